//! An AI function is called once and its answer kept: only the select list of a statement that writes a table may
//! call one, or that of a temporary view that nothing but such statements reads. Anywhere else an engine is free to call
//! it again for each reader, filter or sort.

use std::ops::Range;

use super::super::{Clause, Create, FunctionKind, Token, is_function};
use super::LintedStatement;
use super::problem::Problem;

const CODE: &str = "sql-ai-call";
const WRITE_FIRST: &str = "write the answer to a table first (INSERT INTO … SELECT), then read that table";

/// The indices of calls of AI functions.
pub(super) fn calls(tokens: &[Token<'_>]) -> impl Iterator<Item = usize> {
    (0..tokens.len()).filter(|i| is_call(tokens, *i, FunctionKind::Ai))
}

fn is_call(tokens: &[Token<'_>], at: usize, kind: FunctionKind) -> bool {
    tokens.get(at + 1).is_some_and(|t| t.is("(")) && is_function(tokens[at].raw, kind)
}

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for call in calls(s.tokens) {
        let name = s.tokens[call].raw;
        let mut say = |tokens: Range<usize>, message: String, hint: &str| {
            out.push(Problem::new(CODE, tokens, message, hint));
        };
        let here = call..call + 1;
        if let Some(kind) = not_a_write(s) {
            say(here, format!("{name} {kind}"), WRITE_FIRST);
        } else if let Some(clause) = s.structure.around(call).find_map(|(_, clause)| outside_of_list(clause)) {
            say(here, format!("{name} in {clause}: the model may be asked several times per row"), WRITE_FIRST);
        } else if let Some(aggregate) = aggregate_inside(s, call) {
            let message = format!("{name} over `{}` of the same SELECT", s.tokens[aggregate].raw);
            say(aggregate..aggregate + 1, message, "aggregate in a subquery first");
        } else if let Some(filter) = filtered_later(s, call) {
            let message = format!("a filter reads the answer of {name} in the statement that asks for it");
            say(filter..filter + 1, message, WRITE_FIRST);
        }
    }
}

/// Why the answers would not be kept, if the statement does not write a table.
fn not_a_write(s: &LintedStatement<'_>) -> Option<&'static str> {
    let is_view = s.reads(0, &["create"]) && s.tokens.iter().take(6).any(|t| t.is_word("view"));
    let writes = s.reads(0, &["insert"])
        || s.reads(0, &["create", "table"])
        || s.reads(0, &["create", "or", "replace", "table"])
        || (s.reads(0, &["with"]) && s.find(&["insert"]).is_some());
    let made = Create::read(s.tokens);
    if made.is_some_and(|made| made.temporary && s.facts.only_inserted.contains(made.last_name())) {
        None
    } else if is_view {
        Some("behind a view: every reader of the view asks the model again")
    } else if s.reads(0, &["merge"]) {
        Some("in a MERGE, which may read its source twice")
    } else if !writes {
        Some("in a statement that does not write a table: the answer is lost")
    } else {
        None
    }
}

fn outside_of_list(clause: Clause) -> Option<&'static str> {
    match clause {
        Clause::Head | Clause::Select | Clause::From => None,
        Clause::On => Some("the condition of a join"),
        Clause::Where => Some("WHERE"),
        Clause::GroupBy => Some("GROUP BY"),
        Clause::Having => Some("HAVING"),
        Clause::Qualify => Some("QUALIFY"),
        Clause::OrderBy => Some("ORDER BY"),
    }
}

/// An aggregate function among the arguments, outside of subqueries and windows.
fn aggregate_inside(s: &LintedStatement<'_>, call: usize) -> Option<usize> {
    let frame = s.structure.call(call)?;
    frame.tokens.clone().find(|i| {
        let aggregate = is_call(s.tokens, *i, FunctionKind::Aggregate);
        let in_subquery = s
            .structure
            .around(*i)
            .map(|(f, _)| &s.structure.frames[f])
            .take_while(|f| f.tokens.start > frame.tokens.start)
            .any(|f| f.query);
        let after = s.structure.call(*i).map_or(i + 2, |f| f.tokens.end + 1);
        aggregate && !in_subquery && !s.reads(after, &["over"])
    })
}

/// Where a query around the call filters by its answer: in WHERE, HAVING, QUALIFY or a join's condition, also under a
/// name that a query in between gives to the answer.
fn filtered_later(s: &LintedStatement<'_>, call: usize) -> Option<usize> {
    let around: Vec<usize> =
        s.structure.around(call).map(|(f, _)| f).filter(|f| s.structure.frames[*f].query).collect();
    let mut names: Vec<String> = Vec::new();
    for (distance, frame) in around.iter().enumerate() {
        let named = |i: usize| s.tokens[i].is_name() && names.contains(&s.tokens[i].content().to_lowercase());
        if distance > 0 {
            let all = s.structure.frames[*frame].tokens.clone();
            let filter = |c: Clause| matches!(c, Clause::Where | Clause::Having | Clause::Qualify | Clause::On);
            let filters = |i: usize| s.structure.around(i).any(|(f, c)| f == *frame && filter(c));
            if let Some(use_of_it) = all.clone().find(|i| named(*i) && filters(*i)) {
                return Some(use_of_it);
            }
        }
        let items = s.structure.selects.iter().filter(|x| x.frame == *frame).flat_map(|x| &x.items);
        let made: Vec<String> = items
            .filter(|item| item.tokens.contains(&call) || item.tokens.clone().any(named))
            .filter_map(|item| item.name.as_ref().map(|n| n.to_lowercase()))
            .collect();
        names.extend(made);
    }
    None
}
