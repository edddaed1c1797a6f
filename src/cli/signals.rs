//! Ctrl-C and SIGTERM as a wish to stop.

use crate::deploy::Cancel;

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
