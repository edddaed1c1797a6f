//! Temporary views of other notebooks.

use super::super::{Token, statements};
use super::facts::plain_sources;
use super::problem::{Problem, SqlProblem, finding};
use super::read::ReadNotebook;

/// Names of temporary views that one notebook makes and another reads without making them: `(notebook, findings)`.
pub(super) fn read_elsewhere<'n>(notebooks: &[(&'n str, ReadNotebook<'_>)]) -> Vec<(&'n str, SqlProblem)> {
    let mut found = Vec::new();
    let lasting = |key: &String| notebooks.iter().any(|(_, n)| n.facts.lasting.contains(key));
    for (notebook, read) in notebooks {
        for cell in read.cells.iter().filter(|c| c.unreadable.is_none()) {
            let all = &cell.tokens;
            for (at, name) in statements(all).iter().flat_map(|s| offset_relations(all, s)) {
                let key = name.to_lowercase();
                let makers = notebooks.iter().find(|(_, n)| n.facts.temp_views.contains(&key));
                let Some((maker, _)) = makers.filter(|_| !read.facts.temp_views.contains(&key) && !lasting(&key))
                else {
                    continue;
                };
                let message = format!("`{name}` is a temporary view of {maker}: other tasks do not see it");
                let hint = "pass data between notebooks in tables";
                let problem = Problem::new("sql-temp-view", at..at + 1, message, hint);
                found.push((*notebook, finding(cell.cell, all, problem)));
            }
        }
    }
    found
}

fn offset_relations(all: &[Token<'_>], statement: &[Token<'_>]) -> Vec<(usize, String)> {
    let shift = all.iter().position(|t| t.span == statement[0].span).unwrap_or(0);
    plain_sources(statement).map(|(at, name)| (at + shift, name)).collect()
}
