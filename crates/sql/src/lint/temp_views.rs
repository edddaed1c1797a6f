//! Temporary views live in one session: a lasting view cannot read one, and another task does not see it.

use super::facts::{created, relations};
use super::{Problem, Statement};

pub(super) fn check(s: &Statement<'_>, out: &mut Vec<Problem>) {
    let lasting = created(s.tokens).is_some_and(|c| c.view && !c.temporary);
    if !lasting {
        return;
    }
    for (at, name) in relations(s.tokens, &s.structure) {
        if s.facts.temp_views.contains(&name.to_lowercase()) {
            let message = format!("the view reads `{name}`, a temporary view, which is gone when the session ends");
            let hint = "write it to a table, or read the tables behind it";
            out.push(Problem::new("sql-temp-view", at..at + 1, message, hint));
        }
    }
}
