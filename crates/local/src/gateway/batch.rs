//! Answers a batch: from the journal what a broken statement was already given, from the source the rest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use super::asking::Asking;
use super::counts::Count;
use super::endpoint::{TIMED_OUT, timed_out};
use super::faults::GatewayFaultAction;
use super::journal::Journal;
use super::request::{Key, ModelAnswer, Options, Request};
use super::sending::Sent;
use super::{Gateway, GatewaySession};
use crate::engine_error::EngineError;

/// How many calls a thread of its own answers at a time.
const CHUNK: usize = 256;

/// A call of a batch that has to be asked.
struct Open {
    at: usize,
    key: Key,
    request: Request,
    fault: Option<GatewayFaultAction>,
}

/// A call of a batch that is answered.
struct Done {
    at: usize,
    key: Key,
    answer: ModelAnswer,
    /// Whether the journal had the answer.
    is_kept: bool,
}

impl Gateway {
    /// Answers of one batch, in the order of its prompts. What is at the model when the statement ends is left to
    /// whoever asks next.
    ///
    /// # Errors
    /// The statement has ended, or the journal cannot be written.
    pub(crate) async fn answer_all(
        self: &Arc<Self>,
        session: u64,
        function: &str,
        options: Options,
        prompts: Vec<String>,
    ) -> Result<Vec<ModelAnswer>, EngineError> {
        let (run, mut ended, asking) = {
            let sessions = self.sessions();
            let GatewaySession { run, ended, asking } = sessions.get(&session).ok_or_else(gone)?;
            (run.clone(), ended.subscribe(), Arc::clone(asking))
        };
        let refused = options.model.as_deref().filter(|_| self.source.is_offline());
        if let Some(message) = refused.and_then(|model| self.models.refuses_batch(model)) {
            return Err(EngineError { class: "AI_FUNCTION_SESSION_PERMISSION_DENIED".into(), message });
        }
        tokio::select! {
            answers = self.work(session, run.as_deref(), &asking, function, options, prompts) => answers,
            // it changes when a statement ends, and is gone with the session
            _ = ended.changed() => Err(gone()),
        }
    }

    /// Answers one call of a client that is not the engine: nothing is kept for later.
    pub(crate) async fn answer_one(&self, request: &Request) -> ModelAnswer {
        let _waiting = self.counts.wait();
        let answer = self.one(request, self.faults.hit(request), None).await;
        let count = Count::of(request, request.sent_chars(), &answer);
        self.counts.add(&request.function, request.options.model.as_deref(), None, &count);
        answer
    }

    async fn work(
        self: &Arc<Self>,
        session: u64,
        run: Option<&str>,
        asking: &Asking,
        function: &str,
        options: Options,
        prompts: Vec<String>,
    ) -> Result<Vec<ModelAnswer>, EngineError> {
        let journal = self.journal()?;
        let question = options.schema_name().unwrap_or_else(|| function.to_owned());
        asking.begin(&question, prompts.len());
        let options = Arc::new(options);
        let count = |count: Count| self.counts.add(function, options.model.as_deref(), run, &count);
        let mut answers: Vec<ModelAnswer> = vec![Err("not asked".into()); prompts.len()];
        let mut sent = vec![0; prompts.len()];
        let trial = Request { function: function.to_owned(), options: Arc::clone(&options), prompt: String::new() };
        let mut open = Vec::new();
        let mut reused = 0;
        for (at, prompt) in prompts.into_iter().enumerate() {
            let request = Request { function: function.to_owned(), options: Arc::clone(&options), prompt };
            let key = request.key();
            if let Some(answer) = journal.take(&key, session)? {
                answers[at] = Ok(answer);
                reused += 1;
            } else {
                sent[at] = request.sent_chars();
                let fault = self.faults.hit(&request);
                open.push(Open { at, key, request, fault });
            }
        }
        count(Count { reused, ..Count::default() });
        asking.end(&question, answers.len() - open.len());
        let mut finished = std::pin::pin!(self.ask(journal, session, open, run));
        while let Some(done) = finished.next().await {
            let done = done?;
            let new = done.iter().filter(|d| !d.is_kept);
            journal.keep(session, new.filter_map(|d| Some((d.key, d.answer.as_deref().ok()?))))?;
            asking.end(&question, done.len());
            for Done { at, answer, is_kept, .. } in done {
                let reused = Count { reused: 1, ..Count::default() };
                count(if is_kept { reused } else { Count::of(&trial, sent[at], &answer) });
                answers[at] = answer;
            }
        }
        Ok(answers)
    }

    /// Asks, as many at a time as the source allows; gives what is finished as it comes.
    fn ask(
        self: &Arc<Self>,
        journal: &Journal,
        session: u64,
        open: Vec<Open>,
        run: Option<&str>,
    ) -> impl stream::Stream<Item = Result<Vec<Done>, EngineError>> {
        let (alone, mut chunks) = if self.source.is_local() {
            let (alone, rest): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|o| o.fault.is_some());
            (alone, VecDeque::from(rest))
        } else {
            (open, VecDeque::new())
        };
        let gateway = Arc::clone(self);
        let mut parts = Vec::new();
        while !chunks.is_empty() {
            parts.push(chunks.drain(..chunks.len().min(CHUNK)).collect::<Vec<_>>());
        }
        let quick = stream::iter(parts).then(move |part| quickly(Arc::clone(&gateway), part)).map(Ok);
        let gateway = Arc::clone(self);
        let together = self.source.concurrency().max(if self.source.is_local() { alone.len() } else { 1 });
        let slow = stream::iter(alone)
            .map(move |open| {
                let gateway = Arc::clone(&gateway);
                async move {
                    let _waiting = gateway.counts.wait();
                    let Open { at, key, request, fault } = open;
                    // a fault of a test is of the statement that it hits
                    let (answer, is_kept) = if fault.is_some() {
                        (gateway.one(&request, fault, run).await, false)
                    } else {
                        match gateway.send(journal, session, run, request, key)? {
                            Sent::Waiting(call) => (call.answer().await, false),
                            Sent::Kept(answer) => (Ok(answer), true),
                        }
                    };
                    Ok(vec![Done { at, key, answer, is_kept }])
                }
            })
            .buffer_unordered(together);
        quick.chain(slow)
    }

    pub(super) async fn one(
        &self,
        request: &Request,
        fault: Option<GatewayFaultAction>,
        run: Option<&str>,
    ) -> ModelAnswer {
        match fault {
            Some(GatewayFaultAction::Fail(why)) => return Err(why),
            Some(GatewayFaultAction::Answer(text)) => return Ok(text),
            Some(GatewayFaultAction::Delay(milliseconds)) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await
            }
            Some(GatewayFaultAction::Hang) | None => {}
        }
        if let Some(why) = self.breaker.open(run) {
            return Err(why);
        }
        let answer = if fault == Some(GatewayFaultAction::Hang) {
            tokio::time::sleep(self.patience).await;
            Err(timed_out(self.patience))
        } else {
            self.answered(request).await
        };
        self.breaker.ended(run, answer.as_ref().is_err_and(|why| why.starts_with(TIMED_OUT)));
        answer
    }

    /// The answer of the source. An offline model refuses what the model that it stands for refuses.
    async fn answered(&self, request: &Request) -> ModelAnswer {
        match self.refusal(request) {
            Some(why) => Err(why),
            None => self.source.answer(request).await,
        }
    }

    /// As `answered`, for a local source.
    fn answered_now(&self, request: &Request) -> ModelAnswer {
        match self.refusal(request) {
            Some(why) => Err(why),
            None => self.source.answer_now(request),
        }
    }

    fn refusal(&self, request: &Request) -> Option<String> {
        self.source.is_offline().then(|| self.models.refusal(request)).flatten()
    }
}

/// Answers of a local source, off the threads that serve requests.
async fn quickly(gateway: Arc<Gateway>, part: Vec<Open>) -> Vec<Done> {
    let places: Vec<(usize, Key)> = part.iter().map(|o| (o.at, o.key)).collect();
    let work = move || part.iter().map(|o| gateway.answered_now(&o.request)).collect::<Vec<ModelAnswer>>();
    let done = |(at, key), answer| Done { at, key, answer, is_kept: false };
    match tokio::task::spawn_blocking(work).await {
        Ok(answers) => places.into_iter().zip(answers).map(|(place, answer)| done(place, answer)).collect(),
        Err(e) => places.into_iter().map(|place| done(place, Err(format!("the answer broke: {e}")))).collect(),
    }
}

fn gone() -> EngineError {
    EngineError { class: "SESSION_CLOSED".into(), message: "the statement that asks has ended".into() }
}
