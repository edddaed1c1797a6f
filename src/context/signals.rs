//! Ctrl-C and SIGTERM as a request to stop.

use piq_deploy::Cancel;
use piq_diagnostics::{Failure, FailureContext as _};

/// Listens for signals until it is dropped.
pub(crate) struct Signals {
    pub cancel: Cancel,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Signals {
    /// Starts to listen, within a runtime.
    fn listen() -> std::io::Result<Self> {
        let (sender, cancel) = Cancel::new();
        let stop = stop_signal()?;
        let task = tokio::spawn(async move {
            stop.await;
            // a receiver that is gone has nothing left to stop
            let _ = sender.send(true);
            std::future::pending::<()>().await;
        });
        Ok(Self { cancel, task })
    }

    /// Does work that may be dropped at any point: a signal ends it.
    pub(crate) async fn or_stop<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.cancel.wait() => Err(Failure::interrupted()),
        }
    }
}

/// Runs the asynchronous part of a command, which listens to signals from its start.
pub(crate) fn block_on<T>(work: impl AsyncFnOnce(&Signals) -> Result<T, Failure>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    runtime.block_on(async {
        let signals = Signals::listen().context("cannot listen for signals")?;
        work(&signals).await
    })
}

/// Ends when the process is asked to stop.
#[cfg(unix)]
pub(crate) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ends when the process is asked to stop.
#[cfg(not(unix))]
pub(crate) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
