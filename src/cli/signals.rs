//! Ctrl-C and SIGTERM as a wish to stop.

use super::Failure;
use piq_deploy::Cancel;

/// Hears signals until it is dropped.
pub(super) struct Signals {
    /// The wish.
    pub cancel: Cancel,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Signals {
    /// Does something that can be left off at any point: the wish to stop ends it.
    pub(super) async fn or_stop<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.cancel.wait() => Err(Failure::interrupted()),
        }
    }
}

/// Listens for signals. Called within the runtime.
pub(super) fn listen() -> std::io::Result<Signals> {
    let (sender, cancel) = Cancel::new();
    let stop = super::workspace::stop_signal()?;
    let task = tokio::spawn(async move {
        stop.await;
        // a receiver that is gone has nothing left to stop
        let _ = sender.send(true);
        std::future::pending::<()>().await;
    });
    Ok(Signals { cancel, task })
}
