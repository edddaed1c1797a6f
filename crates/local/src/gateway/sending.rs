//! Sends calls to the model. One that was sent is paid for, whatever becomes of the statement that asked: if the
//! statement is gone (its engine died, it failed, its session was closed), the answer goes to the journal when it
//! arrives, and whoever asks the same before that waits for it in place of a call.

use std::sync::Arc;

use super::Gateway;
use super::counts::Count;
use super::flights::{Flight, remove};
use super::journal::Journal;
use super::request::{Key, ModelAnswer, Request};
use crate::engine_error::EngineError;

/// A call that is asked about, or the answer that was there.
pub(super) enum Sent {
    /// It is at the model.
    Waiting(Waiting),
    /// The journal had it.
    Kept(String),
}

/// Somebody who waits for a call. Who stops waiting leaves it to whoever asks next.
pub(super) struct Waiting {
    gateway: Arc<Gateway>,
    flight: Arc<Flight>,
    key: Key,
    answered: bool,
}

impl Waiting {
    /// The answer.
    pub(super) async fn answer(mut self) -> ModelAnswer {
        loop {
            let landed = self.flight.landed.notified();
            if let Some(answer) = self.flight.answer().take() {
                self.answered = true;
                return answer;
            }
            landed.await;
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut orphans = self.gateway.flights.orphans();
        match self.flight.answer().take() {
            Some(Ok(answer)) => self.gateway.free(self.key, &answer),
            Some(Err(_)) => {}
            None => orphans.entry(self.key).or_default().push(Arc::clone(&self.flight)),
        }
    }
}

impl Gateway {
    /// Sends a call, unless one like it is at the model for nobody, or was answered meanwhile.
    pub(super) fn send(
        self: &Arc<Self>,
        journal: &Journal,
        session: u64,
        run: Option<&str>,
        request: Request,
        key: Key,
    ) -> Result<Sent, EngineError> {
        let mut orphans = self.flights.orphans();
        let waiting = |flight| Sent::Waiting(Waiting { gateway: Arc::clone(self), flight, key, answered: false });
        if let Some(flight) = remove(&mut orphans, &key, |_| true) {
            return Ok(waiting(flight));
        }
        if let Some(answer) = journal.take(&key, session)? {
            return Ok(Sent::Kept(answer));
        }
        let flight = Arc::new(Flight::default());
        let (gateway, of, run) = (Arc::clone(self), Arc::clone(&flight), run.map(str::to_owned));
        tokio::spawn(async move {
            let answer = gateway.one(&request, None, run.as_deref()).await;
            gateway.land(&of, key, &request, run.as_deref(), answer);
        });
        Ok(waiting(flight))
    }

    /// The answer of a call arrived.
    fn land(&self, flight: &Arc<Flight>, key: Key, request: &Request, run: Option<&str>, answer: ModelAnswer) {
        let mut orphans = self.flights.orphans();
        if remove(&mut orphans, &key, |f| Arc::ptr_eq(f, flight)).is_none() {
            *flight.answer() = Some(answer);
            flight.landed.notify_one();
            return;
        }
        // nobody counts it but here
        let count = Count::of(request, request.sent_chars(), &answer);
        self.counts.add(&request.function, request.options.model.as_deref(), run, &count);
        if let Ok(answer) = answer {
            self.free(key, &answer);
        }
    }

    /// Writes an answer down for whoever asks next.
    fn free(&self, key: Key, answer: &str) {
        // if the disk is full the answer is lost, and asked for again: nobody is left to be told
        let _ = self.journal().and_then(|journal| journal.free(key, answer));
    }
}
