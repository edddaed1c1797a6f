//! Statements and clauses that one of the engines lacks.

use super::super::{Select, is_script};
use super::LintedStatement;
use super::problem::Problem;

const CODE: &str = "sql-not-portable";
const SUBQUERY: &str = "use a subquery with row_number() OVER (…), and filter around it";

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    statement_kind(s, out);
    words(s, out);
    insert_columns(s, out);
    for select in &s.structure.selects {
        lateral_alias(s, select, out);
    }
}

fn statement_kind(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    let workspace = "put it in a cell that begins with `-- piq: workspace-only`: other engines skip such cells";
    let kinds: [(&[&str], &str, &str); 12] = [
        (&["cache"], "CACHE", "serverless warehouses refuse it: write a table"),
        (&["uncache"], "UNCACHE", "serverless warehouses refuse it: write a table"),
        (&["set"], "SET", "render the value into the text; a job or warehouse carries settings"),
        (&["reset"], "RESET", "a job or warehouse carries settings"),
        (&["declare"], "a session variable", "render the value into the text, or read it from a table"),
        (&["execute", "immediate"], "EXECUTE IMMEDIATE", "render the statement: templates can loop"),
        (&["call"], "CALL", workspace),
        (&["create", "temporary", "table"], "a temporary table", "use a table, or a temporary view"),
        (&["create", "temp", "table"], "a temporary table", "use a table, or a temporary view"),
        (&["create", "or", "replace", "temporary", "table"], "a temporary table", "use a table, or a temporary view"),
        (&["create", "or", "replace", "temp", "table"], "a temporary table", "use a table, or a temporary view"),
        (&["from"], "a query that begins with FROM", "begin with SELECT"),
    ];
    for (words, name, hint) in kinds.iter().filter(|(words, ..)| s.reads(0, words)) {
        out.push(Problem::new(CODE, 0..words.len(), format!("{name} does not run on every engine"), *hint));
    }
    if is_script(s.tokens) {
        let message = "a script (BEGIN … END) does not run on every engine";
        out.push(Problem::new(CODE, 0..1, message, workspace));
    }
    if s.reads(0, &["with"])
        && let Some(at) = s.find(&["merge", "into"])
    {
        let message = "WITH before MERGE does not run on every engine";
        out.push(Problem::new(CODE, at..at + 1, message, "put the query in USING (…)"));
    }
    if s.reads(0, &["merge", "with", "schema", "evolution"]) {
        let message = "MERGE WITH SCHEMA EVOLUTION does not run on every engine";
        out.push(Problem::new(
            CODE,
            1..4,
            message,
            "add the columns in a cell that begins with `-- piq: workspace-only`",
        ));
    }
}

fn words(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for i in 0..s.tokens.len() {
        // most tokens begin none of these
        let is_first = s.tokens[i].raw.starts_with(['q', 'Q', 'g', 'G', 'o', 'O', 's', 'S', '*', '|']);
        let found: Option<(usize, &str, &str)> = if !is_first || i > 0 && s.tokens[i - 1].is(".") {
            None
        } else if s.structure.at[i].1 == super::super::Clause::Qualify && s.tokens[i].is_word("qualify") {
            Some((1, "QUALIFY", SUBQUERY))
        } else if s.reads(i, &["group", "by", "all"]) {
            Some((3, "GROUP BY ALL", "name the columns"))
        } else if s.reads(i, &["order", "by", "all"]) {
            Some((3, "ORDER BY ALL", "name the columns"))
        } else if s.reads(i, &["*", "except", "("]) {
            Some((2, "* EXCEPT", "name the columns"))
        } else if s.reads(i, &["*", "replace", "("]) {
            Some((2, "* REPLACE", "name the columns"))
        } else if s.reads(i, &["|", ">"]) && s.tokens[i].span.end == s.tokens[i + 1].span.start {
            Some((2, "a pipe (|>)", "use a subquery"))
        } else if s.reads(i, &["session", "."]) {
            Some((1, "a session variable", "render the value into the text, or read it from a table"))
        } else {
            None
        };
        if let Some((length, name, hint)) = found {
            out.push(Problem::new(CODE, i..i + length, format!("{name} does not run on every engine"), hint));
        }
    }
}

/// INSERT INTO with fewer columns than the table has.
fn insert_columns(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    if !s.reads(0, &["insert", "into"]) {
        return;
    }
    let open = if s.reads(2, &["table"]) { 4 } else { 3 };
    let Some(frame) = s.structure.opened_at(open).filter(|f| !f.query) else { return };
    let given: Vec<String> =
        s.tokens[frame.tokens.clone()].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()).collect();
    let table = s.tokens[open - 1].content().to_lowercase();
    let Some(all) = s.facts.columns.get(&table).filter(|_| s.facts.declared.contains(&table)) else { return };
    if let Some(missing) = all.iter().find(|c| !given.contains(c)) {
        let message = format!("INSERT without the column `{missing}` does not run on every engine");
        let hint = "name every column, and write NULL for those without a value";
        out.push(Problem::new(CODE, open..frame.tokens.end + 1, message, hint));
    }
}

/// A column of the list that reads an alias of the same list. It can be told only where the columns that the query
/// reads are known, as a column of that name would come first.
fn lateral_alias(s: &LintedStatement<'_>, select: &Select, out: &mut Vec<Problem>) {
    let Some(known) = s.facts.read_by(s.tokens, &s.structure, select) else { return };
    for (position, item) in select.items.iter().enumerate() {
        let end = item.tokens.end - usize::from(item.is_alias);
        for i in item.tokens.start..end {
            let token = &s.tokens[i];
            let own = s.structure.around(i).find(|(f, _)| s.structure.frames[*f].query).map(|(f, _)| f);
            let qualified = i > 0 && s.tokens[i - 1].is(".");
            let plain = token.is_name()
                && own == Some(select.frame)
                && !qualified
                && !s.tokens.get(i + 1).is_some_and(|t| t.is("(") || t.is("."))
                && !s.reads(i + 1, &["-", ">"])
                && !s.reads(i + 1, &["=", ">"]);
            if !plain {
                continue;
            }
            let name = token.content().to_lowercase();
            let lambda = || (item.tokens.start..end).any(|j| s.tokens[j].is_word(&name) && s.reads(j + 1, &["-", ">"]));
            let earlier = select.items[..position].iter().filter(|e| e.is_alias);
            let alias = earlier.filter_map(|e| e.name.as_ref()).any(|n| n.to_lowercase() == name);
            if alias && !known.contains(&name) && !lambda() {
                let message = format!(
                    "`{}` is an alias of the same select list: not every engine has lateral aliases",
                    token.raw
                );
                out.push(Problem::new(
                    CODE,
                    i..i + 1,
                    message,
                    "repeat the expression, or give it its name in a subquery",
                ));
                break;
            }
        }
    }
}
