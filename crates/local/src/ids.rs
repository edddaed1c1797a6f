//! Numbers that the workspace gives, each of a type of its own: to the API all are plain numbers.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::store::{Transaction, id_key};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(u64);

        impl $name {
            /// A number that no object has had.
            pub(crate) fn next(t: &mut Transaction<'_>) -> Self {
                Self(t.next_id())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// The number of a job.
    JobId
);
number!(
    /// The number of a run of a job.
    RunId
);
number!(
    /// The number of one attempt of a task within a run. The API calls it a run, and takes it where it takes one.
    TaskRunId
);

impl FromStr for JobId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl JobId {
    /// Its key in the table of jobs.
    pub(crate) fn key(self) -> String {
        id_key(self.0)
    }
}

impl RunId {
    /// Its key in the table of runs.
    pub(crate) fn key(self) -> String {
        id_key(self.0)
    }

    /// The same number as that of a task's attempt, which a caller may have meant.
    pub(crate) fn as_task(self) -> TaskRunId {
        TaskRunId(self.0)
    }
}
