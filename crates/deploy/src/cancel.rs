//! A wish to stop, heard at every point where something waits.

use tokio::sync::watch;

/// Says whether to stop. Clones hear the same wish.
#[derive(Debug, Clone)]
pub struct Cancel {
    wish: watch::Receiver<bool>,
    // a wish that nobody can utter must not look like one
    _never: Option<std::sync::Arc<watch::Sender<bool>>>,
}

impl Cancel {
    /// A wish that `sender` utters by sending true.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, wish) = watch::channel(false);
        (sender, Self { wish, _never: None })
    }

    /// A wish that is never uttered.
    pub fn never() -> Self {
        let (sender, wish) = watch::channel(false);
        Self { wish, _never: Some(std::sync::Arc::new(sender)) }
    }

    /// Whether to stop.
    pub fn is_requested(&self) -> bool {
        *self.wish.borrow()
    }

    /// Ends when the wish is uttered.
    pub async fn wait(&self) {
        let mut wish = self.wish.clone();
        if wish.wait_for(|asked| *asked).await.is_err() {
            // whoever could ask is gone
            std::future::pending::<()>().await;
        }
    }
}
