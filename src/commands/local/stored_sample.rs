//! Which sample the source table holds, as the table's comment tells it.

use piq_fixtures::{Sample, SampleOptions};

/// A sample and its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredSample {
    /// Where the use cases come from.
    pub sample: Sample,
    /// Days since its `as_of`; weeks of history are days below zero.
    pub day: i64,
}

impl StoredSample {
    /// Whether the use cases are those that were written by hand.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self.sample, Sample::Written { .. })
    }

    pub(crate) fn seed(&self) -> u64 {
        let (Sample::Written { seed, .. } | Sample::Generated(SampleOptions { seed, .. })) = self.sample;
        seed
    }

    /// The comment of a table that holds it.
    pub(crate) fn comment(&self) -> String {
        let from = match self.sample {
            Sample::Written { .. } => "written by hand".to_owned(),
            Sample::Generated(SampleOptions { rows, .. }) => format!("{rows} generated"),
        };
        format!(
            "Sample use cases, {from}; seed {}; day {} of {}. All names are made up.",
            self.seed(),
            self.day,
            self.sample.date(0)
        )
    }

    /// The sample that such a comment tells of.
    pub(crate) fn read(comment: &str) -> Option<Self> {
        let (from, rest) = comment.strip_prefix("Sample use cases, ")?.split_once("; seed ")?;
        let (seed, rest) = rest.split_once("; day ")?;
        let (day, rest) = rest.split_once(" of ")?;
        let (as_of, _) = rest.split_once(". ")?;
        let (seed, day, as_of) = (seed.parse().ok()?, day.parse().ok()?, as_of.parse().ok()?);
        let sample = match from.strip_suffix(" generated") {
            Some(rows) => Sample::Generated(SampleOptions { rows: rows.parse().ok()?, seed, as_of }),
            None if from == "written by hand" => Sample::Written { as_of, seed },
            None => return None,
        };
        Some(Self { sample, day })
    }
}

#[cfg(test)]
mod tests {
    use piq_fixtures::{Sample, SampleOptions};

    use super::StoredSample;

    #[test]
    fn a_comment_tells_which_sample_it_is() {
        let as_of = jiff::civil::date(2026, 3, 2);
        for stored in [
            StoredSample { sample: Sample::Written { as_of, seed: 1 }, day: -7 },
            StoredSample { sample: Sample::Generated(SampleOptions { rows: 250_000, seed: 3, as_of }), day: 14 },
        ] {
            assert_eq!(StoredSample::read(&stored.comment()), Some(stored));
        }
        assert_eq!(StoredSample::read("200 use cases of ours"), None);
    }
}
