//! Other commands that use the workspace which one command started: it stays until they are done.

use std::sync::Arc;

use tokio::sync::watch;

/// How many there are; nothing once the workspace takes no more.
#[derive(Debug, Clone)]
pub(crate) struct Guests(Arc<watch::Sender<Option<usize>>>);

/// One of them; gone when dropped.
#[derive(Debug)]
pub(crate) struct Guest(Guests);

impl Default for Guests {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Some(0))))
    }
}

impl Guests {
    /// One more, unless the workspace is about to stop.
    pub(crate) fn enter(&self) -> Option<Guest> {
        let entered = self.0.send_if_modified(|count| count.as_mut().map(|n| *n += 1).is_some());
        entered.then(|| Guest(self.clone()))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.borrow().unwrap_or(0)
    }

    /// Waits until there is none, and lets no further one in.
    pub(crate) async fn leave(&self) {
        let mut guests = self.0.subscribe();
        loop {
            let closed = self.0.send_if_modified(|count| {
                let alone = *count == Some(0);
                if alone {
                    *count = None;
                }
                alone
            });
            if closed
                || guests.wait_for(|count| count.is_none_or(|n| n == 0)).await.is_err()
                || self.0.borrow().is_none()
            {
                return;
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.0.send_if_modified(|count| count.as_mut().map(|n| *n = n.saturating_sub(1)).is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_workspace_stays_until_the_last_guest_is_gone_and_then_takes_no_more() {
        let guests = Guests::default();
        let (first, second) = (guests.enter().unwrap(), guests.enter().unwrap());
        let waiting = tokio::spawn({
            let guests = guests.clone();
            async move { guests.leave().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        let third = guests.enter().unwrap();
        drop((second, third));
        waiting.await.unwrap();
        assert!(guests.enter().is_none());
    }
}
