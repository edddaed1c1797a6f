//! Names in messages.

/// Names that a message lists at most.
const LISTED: usize = 12;

/// Links of a chain that a message shows at most.
pub(super) const LINKS: usize = 24;

/// Names that lead from one to the next; of a long chain both ends.
pub(super) fn chain(names: &[&str]) -> String {
    let shown = |names: &[&str]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" -> ");
    if names.len() <= LINKS {
        return shown(names);
    }
    let ends = LINKS / 2;
    let more = names.len() - 2 * ends;
    format!("{} -> … {more} more … -> {}", shown(&names[..ends]), shown(&names[names.len() - ends..]))
}

/// The first of some names, in backquotes, and how many more there are.
pub(super) fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let listed: Vec<String> = names.take(LISTED).map(|n| format!("`{n}`")).collect();
    let listed = listed.join(", ");
    if more == 0 { listed } else { format!("{listed} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::{LINKS, chain, some_of};

    #[test]
    fn a_long_list_is_cut_and_counted() {
        assert_eq!(some_of(["a", "b"].into_iter()), "`a`, `b`");
        assert!(some_of(vec!["x"; 15].into_iter()).ends_with("`x` and 3 more"));
    }

    #[test]
    fn a_long_chain_keeps_its_ends() {
        assert_eq!(chain(&["a", "b"]), "`a` -> `b`");
        let names: Vec<String> = (0..LINKS + 6).map(|i| i.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown = chain(&names);
        assert!(
            shown.starts_with("`0` -> ") && shown.contains(" -> … 6 more … -> ") && shown.ends_with("`29`"),
            "{shown}"
        );
    }
}
