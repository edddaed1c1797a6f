//! Temporary views live in one session: a permanent view cannot read one, and another task does not see it.

use super::super::Create;
use super::LintedStatement;
use super::facts::plain_sources;
use super::problem::Problem;

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    let lasting = Create::read(s.tokens).is_some_and(|c| c.is_view && !c.temporary);
    if !lasting {
        return;
    }
    for (at, name) in plain_sources(s.tokens) {
        if s.facts.temp_views.contains(&name.to_lowercase()) {
            let message =
                format!("a permanent view cannot read the temporary view `{name}`, which ends with its session");
            let hint = "write it to a table, or read the tables behind it";
            out.push(Problem::new("sql-temp-view", at..at + 1, message, hint));
        }
    }
}
