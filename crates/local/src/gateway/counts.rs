//! How often models were asked, and how much was said.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::request::{ModelAnswer, Request};

/// Calls of one function with one model in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Calls that really were asked.
    pub asked: u64,
    /// Calls of a few tokens that only try whether a model answers: not among `asked`.
    pub trials: u64,
    /// Those of `asked` that gave no answer.
    pub failed: u64,
    /// Answers that an earlier, broken statement had already been given.
    pub reused: u64,
    /// Characters that the asked calls sent: the text, labels, the form of the answer.
    pub sent_chars: u64,
    /// Characters of their answers.
    pub answer_chars: u64,
}

impl Count {
    /// Of one call that was asked and sent so many characters.
    pub(super) fn of(request: &Request, sent_chars: u64, answer: &ModelAnswer) -> Self {
        if request.is_trial() {
            return Self { trials: 1, ..Self::default() };
        }
        Self {
            asked: 1,
            trials: 0,
            failed: u64::from(answer.is_err()),
            reused: 0,
            sent_chars,
            answer_chars: answer.as_ref().map_or(0, |text| text.chars().count() as u64),
        }
    }

    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.trials += other.trials;
        self.failed += other.failed;
        self.reused += other.reused;
        self.sent_chars += other.sent_chars;
        self.answer_chars += other.answer_chars;
    }
}

/// All counts.
#[derive(Debug, Clone, Serialize)]
pub struct Counted {
    /// Where answers come from, such as `fake model`.
    pub source: String,
    /// By function.
    pub functions: BTreeMap<String, Count>,
    /// By function, model and run.
    pub calls: Vec<CountLine>,
    /// Calls that wait for an answer now.
    pub waiting: u64,
    /// Answers of the offline model that only have the right form, since the server started.
    pub guesses: u64,
}

/// One count and what it is of.
#[derive(Debug, Clone, Serialize)]
pub struct CountLine {
    /// The function.
    pub function: String,
    /// The model that it names.
    pub model: Option<String>,
    /// The task run; none for statements outside of runs.
    pub run: Option<String>,
    /// The numbers.
    #[serde(flatten)]
    pub count: Count,
}

type Of = (String, Option<String>, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<(BTreeMap<Of, Count>, u64)>);

impl Counts {
    pub(super) fn add(&self, function: &str, model: Option<&str>, run: Option<&str>, count: &Count) {
        let of = (function.to_owned(), model.map(str::to_owned), run.map(str::to_owned));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.entry(of).or_default().add(count);
    }

    /// A call waits until the guard is dropped.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 += 1;
        Waiting(self)
    }

    pub(super) fn all(&self, source: &str, guesses: u64) -> Counted {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut functions: BTreeMap<String, Count> = BTreeMap::new();
        for ((function, _, _), count) in &guard.0 {
            functions.entry(function.clone()).or_default().add(count);
        }
        let line = |((function, model, run), count): (&Of, &Count)| CountLine {
            function: function.clone(),
            model: model.clone(),
            run: run.clone(),
            count: count.clone(),
        };
        let calls = guard.0.iter().map(line).collect();
        Counted { source: source.to_owned(), functions, calls, waiting: guard.1, guesses }
    }

    #[cfg(feature = "lab")]
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clear();
    }
}

pub(super) struct Waiting<'c>(&'c Counts);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).1 -= 1;
    }
}
