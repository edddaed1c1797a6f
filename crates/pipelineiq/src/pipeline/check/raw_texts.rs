//! Which names of a query hold a text of the source as it is.

use std::collections::BTreeSet;

use piq_sql::{Structure, Token};

/// Functions whose result holds nothing of the text.
const WITHOUT_TEXT: [&str; 12] =
    ["length", "char_length", "len", "size", "count", "sha1", "sha2", "md5", "hash", "xxhash64", "isnull", "isnotnull"];

/// Names that hold a text of the source, and those that hold something else under such a name.
pub(super) struct RawTexts {
    raw: BTreeSet<String>,
    /// Whether there are such texts at all.
    any: bool,
}

impl RawTexts {
    /// `texts` are the columns of the source; an alias of what is made of one is raw too, and an alias of the same name as
    /// one is not, if it is made of something else.
    pub(super) fn of(all: &[Token<'_>], structure: &Structure, texts: &BTreeSet<String>) -> Self {
        let mut found = Self { raw: texts.clone(), any: !texts.is_empty() };
        if !found.any {
            return found;
        }
        let aliases: Vec<_> = structure.selects.iter().flat_map(|s| &s.items).filter(|item| item.is_alias).collect();
        // an alias may be made of another
        loop {
            let before = found.raw.len();
            for item in &aliases {
                let Some(name) = item.name.as_ref().map(|name| name.to_lowercase()) else { continue };
                let made_of_raw = item.value.clone().any(|i| found.is_raw(all, structure, i));
                if made_of_raw {
                    found.raw.insert(name);
                    // its fields
                    let fields = item.value.clone().filter(|i| *i > 0 && all[i - 1].is_word("as"));
                    found.raw.extend(fields.map(|i| all[i].content().to_lowercase()));
                }
            }
            if found.raw.len() == before {
                break;
            }
        }
        for item in &aliases {
            let Some(name) = item.name.as_ref().map(|name| name.to_lowercase()) else { continue };
            let of_same_name =
                || aliases.iter().filter(|a| a.name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(&name)));
            if !of_same_name().any(|a| a.value.clone().any(|i| found.is_raw(all, structure, i))) {
                found.raw.remove(&name);
            }
        }
        found
    }

    /// Whether the token stands for a text of the source, in a place where the text itself is used.
    pub(super) fn is_raw(&self, all: &[Token<'_>], structure: &Structure, i: usize) -> bool {
        if !self.any {
            return false;
        }
        let callee = |n: usize| structure.around(i).nth(n).and_then(|(frame, _)| structure.frames[frame].callee);
        if all[i].is("*") {
            let is_all = i > 0 && ["(", ",", "."].iter().any(|s| all[i - 1].is(s));
            return is_all && callee(0).is_some_and(|at| all[at].is_word("struct"));
        }
        if !all[i].is_name() || !self.raw.contains(&all[i].content().to_lowercase()) {
            return false;
        }
        // the name of a function, of an alias, or of what a field belongs to
        let next = all.get(i + 1);
        let is_other = next.is_some_and(|t| t.is("(") || t.is(".")) || i > 0 && all[i - 1].is_word("as");
        let is_compared = next.is_some_and(|t| {
            t.is_any(&["is", "like", "rlike", "ilike", "in", "not", "between"])
                || ["=", "<", ">", "!"].iter().any(|s| t.is(s))
        });
        let is_measured = callee(0).is_some_and(|at| all[at].is_any(&WITHOUT_TEXT));
        !is_other && !is_compared && !is_measured
    }
}
