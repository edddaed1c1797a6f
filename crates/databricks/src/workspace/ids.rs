//! Ids that the workspace gives, each of a type of its own: the API takes all of them as plain numbers or texts, the run
//! of a task looks like the run of its job, and a dashboard is published with the id of a warehouse beside its own.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The number in an answer of the API; `None` if it has none.
            pub fn of(answer: &Value) -> Option<Self> {
                answer[$field].as_i64().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    };
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id in this field of an answer of the API; `None` if there is none, or an empty one.
            pub fn of(answer: &Value, field: &str) -> Option<Self> {
                answer[field].as_str().filter(|id| !id.is_empty()).map(Self::from)
            }

            /// The id as the API writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    };
}

text!(
    /// The id of a dashboard, which its URL hangs on.
    DashboardId
);
text!(
    /// The id of a SQL warehouse.
    WarehouseId
);

number!(
    /// The number of a job, `job_id`.
    JobId,
    "job_id"
);
number!(
    /// The number of a run of a job, `run_id`.
    RunId,
    "run_id"
);
number!(
    /// The number of one task's own run within the run of a job; the API calls it `run_id` too.
    TaskRunId,
    "run_id"
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DashboardId, JobId, RunId, TaskRunId, WarehouseId};

    #[test]
    fn a_number_is_read_from_its_field_and_written_as_it_is() {
        let answer = json!({"job_id": 7, "run_id": 8, "tasks": [{"run_id": 9}]});
        let (job, run) = (JobId::of(&answer).expect("a job"), RunId::of(&answer).expect("a run"));
        let task = TaskRunId::of(&answer["tasks"][0]).expect("a task");
        assert_eq!(json!([job, run, task]), json!([7, 8, 9]));
        assert_eq!("7".parse(), Ok(job));
        assert_eq!(RunId::of(&json!({"run_id": "8"})), None);
    }
    #[test]
    fn a_text_is_read_from_its_field_and_an_empty_one_is_none() {
        let answer = json!({"dashboard_id": "01ef", "warehouse_id": "", "id": 7});
        assert_eq!(DashboardId::of(&answer, "dashboard_id"), Some("01ef".into()));
        assert_eq!(json!(DashboardId::from("01ef")), json!("01ef"));
        assert_eq!([WarehouseId::of(&answer, "warehouse_id"), WarehouseId::of(&answer, "id")], [None, None]);
    }
}
