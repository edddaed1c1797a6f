//! The mapping of the source: which columns of the contract it gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Source, Span, closest};
use piq_sql::lint::{Clocks, SqlProblem, check_portable};
use piq_sql::notebook::HEADER;
use piq_sql::{Structure, tokens};

use super::column;
use super::names::Readable;
use super::patterns::pattern_faults;
use super::sql::query_faults;
use crate::pipeline::reference::ReferenceTable;
use crate::template::Rendered;

/// Faults of `sql/source.sql`: required columns that an explicit list lacks, names that the contract does not have, and
/// unknown functions.
pub(crate) fn check_source_sql(rendered: &Rendered, file: &Arc<Source>, contract: &ReferenceTable) -> Vec<Diagnostic> {
    let sql = &rendered.text;
    let place = |at: usize, name: &str| {
        let place = rendered.map.span_of(at).unwrap_or_else(|| Span::new(file, 0..0));
        if place.span.is_empty() {
            Span::new(&place.source, place.span.start..place.span.start + name.len())
        } else {
            place
        }
    };
    // the columns of somebody's table are not known here
    let anything = Readable::default();
    let mut found: Vec<Diagnostic> = query_faults(sql, &anything)
        .into_iter()
        .chain(pattern_faults(sql))
        .filter(|fault| fault.code != "unknown-column")
        .map(|fault| {
            let at = place(fault.span.start, &fault.name);
            super::diagnostic(fault, Some(at))
        })
        .collect();
    // in the notebooks it would be found where the template puts it
    let notebook = format!("{HEADER}\n{sql}");
    for problem in check_portable(&notebook, Clocks { source: &[], run: &[] }) {
        let SqlProblem { code, message, span, hint, .. } = problem;
        let at = span.start.saturating_sub(HEADER.len() + 1);
        let length = span.len().max(1);
        let text = sql.get(at..at + length).unwrap_or_default();
        found.push(Diagnostic::error(code, message).at(place(at, text)).hint(hint));
    }
    let all = tokens(sql);
    if let Some(end) = all.iter().find(|t| t.is(";")) {
        let d = Diagnostic::error("sql-statements", "expected one query, found `;`");
        found.push(d.at(place(end.span.start, ";")).hint("remove it: the query becomes a part of the notebook's"));
    }
    let structure = Structure::of(&all);
    let Some(select) = structure.selects.iter().find(|s| s.frame == 0) else { return found };
    let given: Vec<Option<(String, usize)>> = select
        .items
        .iter()
        .map(|item| {
            let last = &all[item.tokens.end - 1];
            item.name.clone().map(|name| (name.to_lowercase(), last.span.start))
        })
        .collect();
    let whole = select.items.iter().any(|item| all[item.tokens.end - 1].is("*"));
    if whole || given.iter().any(Option::is_none) {
        return found;
    }
    let known = column(contract, "column");
    let names: BTreeSet<&String> = given.iter().flatten().map(|(name, _)| name).collect();
    let wanted = contract.rows.iter().filter(|r| r.get("required").is_some_and(|r| r == "yes"));
    let missing: Vec<&str> =
        wanted.filter_map(|r| r.get("column")).filter(|c| !names.contains(c)).map(String::as_str).collect();
    for (name, at) in given.iter().flatten().filter(|(name, _)| !known.contains(name)) {
        let near = closest(name, missing.iter().copied().chain(known.iter().map(String::as_str)));
        let d = Diagnostic::error("source-column", format!("`{name}` is not a column of sql/source_columns.csv"));
        let d = d.at(place(*at, name));
        found.push(match near {
            Some(near) => d.hint(format!("did you mean `{near}`?")),
            None => d.hint("leave it out, or add it to sql/source_columns.csv"),
        });
    }
    let said: Vec<&(String, usize)> = given.iter().flatten().collect();
    let again = said.iter().enumerate().filter(|(i, (name, _))| said[..*i].iter().any(|(before, _)| before == name));
    let twice: Vec<&(String, usize)> = again.map(|(_, column)| *column).collect();
    if !twice.is_empty() {
        // said below with what is missing for it
        found.retain(|d| d.code != "sql-columns");
    }
    for (name, at) in &twice {
        let d = Diagnostic::error("source-column", format!("the mapping gives `{name}` twice"));
        found.push(d.at(place(*at, name)).hint(match missing.as_slice() {
            [] => "give each column once".to_owned(),
            [one] => format!("did you mean `{one}`?"),
            _ => {
                format!("the mapping lacks {}", missing.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
            }
        }));
    }
    if !missing.is_empty() && twice.is_empty() {
        let list = missing.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let start = all.first().map_or(0, |t| t.span.start);
        found.push(
            Diagnostic::error("source-column", format!("the mapping lacks required columns: {list}"))
                .at(place(start, "SELECT"))
                .hint("give each a column of your table, as in `your_column AS usecase_name`"),
        );
    }
    found
}
