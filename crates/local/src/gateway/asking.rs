//! What a session asks right now: how many questions of its statement are asked, and how many of them are answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls of one statement by their question.
#[derive(Debug, Default)]
pub(super) struct Asking(Mutex<BTreeMap<String, Calls>>);

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    asked: usize,
    answered: usize,
}

impl Asking {
    fn calls(&self) -> MutexGuard<'_, BTreeMap<String, Calls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// More calls of a question have to be answered.
    pub(super) fn begin(&self, question: &str, count: usize) {
        self.calls().entry(question.to_owned()).or_default().asked += count;
    }

    /// Calls of a question are answered.
    pub(super) fn end(&self, question: &str, count: usize) {
        self.calls().entry(question.to_owned()).or_default().answered += count;
    }

    /// A statement ended.
    pub(super) fn clear(&self) {
        self.calls().clear();
    }

    /// What is asked, such as `asking confidence, 120 of 164`; nothing while the statement asks nothing. The engine sends
    /// batch after batch, so the second number grows while it reads.
    pub(super) fn shown(&self) -> Option<String> {
        let calls = self.calls();
        let open = calls.values().filter(|c| c.answered < c.asked).count();
        let total = calls
            .values()
            .fold(Calls::default(), |sum, c| Calls { asked: sum.asked + c.asked, answered: sum.answered + c.answered });
        let question = match (calls.keys().next()?, calls.len()) {
            (only, 1) => only.clone(),
            (_, several) => format!("{several} questions"),
        };
        (open > 0).then(|| format!("asking {question}, {} of {}", total.answered, total.asked))
    }
}

#[cfg(test)]
mod tests {
    use super::Asking;

    #[test]
    fn it_says_what_is_asked_while_something_is() {
        let asking = Asking::default();
        assert_eq!(asking.shown(), None);
        asking.begin("confidence", 164);
        asking.end("confidence", 120);
        assert_eq!(asking.shown().as_deref(), Some("asking confidence, 120 of 164"));
        asking.begin("ai_summarize", 10);
        assert_eq!(asking.shown().as_deref(), Some("asking 2 questions, 120 of 174"));
        asking.end("confidence", 44);
        asking.end("ai_summarize", 10);
        assert_eq!(asking.shown(), None, "all is answered");
        asking.clear();
        asking.begin("slippage", 3);
        assert_eq!(asking.shown().as_deref(), Some("asking slippage, 0 of 3"));
    }
}
