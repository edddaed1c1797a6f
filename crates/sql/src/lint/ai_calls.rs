//! An AI function is called once and its answer kept: only the select list of a statement that writes a table may
//! call one. Anywhere else an engine is free to call it again for each reader, filter or sort.

use std::ops::Range;

use super::super::{Clause, Token};
use super::{Problem, Statement};

const CODE: &str = "sql-ai-call";
const WRITE_FIRST: &str = "write the answer to a table first (INSERT INTO … SELECT), then read that table";

/// The AI functions of Databricks SQL that ask a model for each row.
const FUNCTIONS: [&str; 12] = [
    "ai_analyze_sentiment",
    "ai_classify",
    "ai_extract",
    "ai_fix_grammar",
    "ai_gen",
    "ai_generate_text",
    "ai_mask",
    "ai_parse_document",
    "ai_query",
    "ai_similarity",
    "ai_summarize",
    "ai_translate",
];

const AGGREGATES: [&str; 19] = [
    "any_value",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "collect_list",
    "collect_set",
    "count",
    "count_if",
    "first",
    "last",
    "listagg",
    "max",
    "max_by",
    "mean",
    "min",
    "min_by",
    "string_agg",
    "sum",
];

/// The indices of calls of AI functions.
pub(super) fn calls(tokens: &[Token<'_>]) -> impl Iterator<Item = usize> {
    (0..tokens.len()).filter(|i| tokens[*i].is_any(&FUNCTIONS) && tokens.get(i + 1).is_some_and(|t| t.is("(")))
}

pub(super) fn check(s: &Statement<'_>, out: &mut Vec<Problem>) {
    for call in calls(s.tokens) {
        let name = s.tokens[call].raw;
        let mut say = |tokens: Range<usize>, message: String, hint: &str| {
            out.push(Problem::new(CODE, tokens, message, hint));
        };
        let here = call..call + 1;
        if let Some(kind) = not_a_write(s) {
            say(here, format!("{name} {kind}"), WRITE_FIRST);
        } else if let Some(clause) = s.structure.around(call).find_map(|(_, clause)| outside_of_list(clause)) {
            say(here, format!("{name} in {clause}: the model may be asked several times a row"), WRITE_FIRST);
        } else if let Some(aggregate) = aggregate_inside(s, call) {
            let message = format!("{name} over `{}` of the same SELECT", s.tokens[aggregate].raw);
            say(aggregate..aggregate + 1, message, "aggregate in a subquery first");
        } else if let Some(filter) = filtered_later(s, call) {
            let message = format!("a filter reads the answer of {name} in the statement that asks for it");
            say(filter..filter + 1, message, WRITE_FIRST);
        }
    }
}

/// Why the statement is none that writes a table, if so.
fn not_a_write(s: &Statement<'_>) -> Option<&'static str> {
    let is_view = s.reads(0, &["create"]) && s.tokens.iter().take(6).any(|t| t.is_word("view"));
    let writes = s.reads(0, &["insert"])
        || s.reads(0, &["create", "table"])
        || s.reads(0, &["create", "or", "replace", "table"])
        || (s.reads(0, &["with"]) && s.find(&["insert"]).is_some());
    if is_view {
        Some("behind a view: every reader of the view asks the model again")
    } else if s.reads(0, &["merge"]) {
        Some("in a MERGE, which may read its source twice")
    } else if !writes {
        Some("in a statement that writes no table: the answer is lost")
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
fn aggregate_inside(s: &Statement<'_>, call: usize) -> Option<usize> {
    let frame = s.structure.opened_at(call + 1)?;
    frame.tokens.clone().find(|i| {
        let is_call = s.tokens[*i].is_any(&AGGREGATES) && s.tokens.get(i + 1).is_some_and(|t| t.is("("));
        let in_subquery = s
            .structure
            .around(*i)
            .map(|(f, _)| &s.structure.frames[f])
            .take_while(|f| f.tokens.start > frame.tokens.start)
            .any(|f| f.query);
        let after = s.structure.opened_at(i + 1).map_or(i + 2, |f| f.tokens.end + 1);
        is_call && !in_subquery && !s.reads(after, &["over"])
    })
}

/// A use of the answer in WHERE, HAVING, QUALIFY or a join's condition of a query around the one that asks, also under
/// the names that queries between give to what they make of it.
fn filtered_later(s: &Statement<'_>, call: usize) -> Option<usize> {
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
