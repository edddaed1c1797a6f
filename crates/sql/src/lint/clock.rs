//! Rows are selected by their own timestamp or by the hash of their inputs. A comparison of the source's time with the
//! time of a run loses what changed on the day, or during, a run.

use super::super::{Clause, FunctionKind, Token, is_function};
use super::LintedStatement;
use super::problem::Problem;

/// Columns by which the rule knows a comparison of the two times; the application names its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clocks<'a> {
    /// Columns that say when a row of the source changed.
    pub source: &'a [&'a str],
    /// Columns that say when a run was.
    pub run: &'a [&'a str],
}

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for (i, token) in s.tokens.iter().enumerate() {
        if !matches!(token.raw, "<" | ">" | "=") || !s.structure.around(i).any(|(_, c)| c == Clause::Where) {
            continue;
        }
        let mut end = i + 1;
        while s.tokens.get(end).is_some_and(|t| t.is("=") || t.is(">") || t.is("<")) {
            end += 1;
        }
        // `=>` names an argument, and the second half of `<=` is seen with its first
        if s.reads(i, &["=", ">"]) || i > 0 && matches!(s.tokens[i - 1].raw, "<" | ">" | "=" | "-") {
            continue;
        }
        let (Some(left), Some(right)) = (operand_before(s, i), operand_after(s, end)) else { continue };
        let run = |t: &Token<'_>| t.is_any(s.clocks.run) || is_function(t.raw, FunctionKind::Clock);
        let pair = |a: usize, b: usize| s.tokens[a].is_any(s.clocks.source) && run(&s.tokens[b]);
        if pair(left, right) || pair(right, left) {
            let message = format!("WHERE compares `{}` with `{}`", s.tokens[left].raw, s.tokens[right].raw);
            let hint = "an edit during or after a run on the same day would be missed: compare input hashes, or the \
                        source's timestamp with that of the row that was read";
            out.push(Problem::new("sql-clock", left..right + 1, message, hint));
        }
    }
}

/// The last name of what stands before a comparison: a column, or the function of an empty call.
fn operand_before(s: &LintedStatement<'_>, at: usize) -> Option<usize> {
    let last = at.checked_sub(1)?;
    let empty_call = s.tokens[last].is(")") && last >= 2 && s.tokens[last - 1].is("(");
    let name = if empty_call { last - 2 } else { last };
    s.tokens[name].is_name().then_some(name)
}

/// The last part of the name that follows a comparison.
fn operand_after(s: &LintedStatement<'_>, at: usize) -> Option<usize> {
    let mut name = at;
    while s.tokens.get(name + 1).is_some_and(|t| t.is(".")) && s.tokens.get(name + 2).is_some_and(|t| t.is_name()) {
        name += 2;
    }
    s.tokens.get(name)?.is_name().then_some(name)
}
