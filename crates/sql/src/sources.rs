//! The tables of one FROM clause, with their aliases: what a select list can read.

use std::ops::Range;

use super::cursor::{closing, name_end, name_parts};
use super::keywords::is_keyword;
use super::pieces::pieces;
use super::token::{Token, TokenKind};

/// One table of a FROM clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromItem {
    /// What it is.
    pub source: FromSource,
    /// The name by which columns are qualified, in lower case: the alias, or the last part of a table's name.
    pub alias: String,
}

/// What a FROM clause reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromSource {
    /// A table, a view or a named query.
    Table {
        /// The parts of its name, in lower case.
        parts: Vec<String>,
        /// The first token of its name.
        at: usize,
    },
    /// A query in brackets: its tokens.
    Query(Range<usize>),
    /// A LATERAL VIEW: the names of its columns, in lower case.
    View(Vec<String>),
    /// A function, or a lateral query: its columns cannot be told from the text.
    Unknown,
}

/// Words that end a FROM clause.
const ENDS: [&str; 13] = [
    "where",
    "union",
    "except",
    "intersect",
    "order",
    "group",
    "limit",
    "having",
    "qualify",
    "window",
    "distribute",
    "sort",
    "cluster",
];

/// The tables of the FROM clause that begins at `range`; none if it does not begin there. Tables that give no columns
/// (the right side of SEMI and ANTI joins) are not among them.
pub fn from_items(tokens: &[Token<'_>], range: Range<usize>) -> Vec<FromItem> {
    let units = pieces(tokens, range);
    let token = |at: usize| units.get(at).map(|u: &Range<usize>| &tokens[u.start]);
    let is = |at: usize, word: &str| token(at).is_some_and(|t| t.is_word(word));
    let mut found = Vec::new();
    if !is(0, "from") {
        return found;
    }
    // after a LATERAL VIEW commas separate its columns
    let mut in_view = false;
    let mut at = 0;
    while let Some(word) = token(at) {
        if at > 0 && (word.is_any(&ENDS) || word.is(";")) {
            break;
        }
        if word.is_word("lateral") && is(at + 1, "view") {
            found.push(lateral_view(units[at + 2..].iter().map(|u| &tokens[u.start])));
            in_view = true;
            at += 2;
            continue;
        }
        in_view &= !word.is_word("join");
        let relation = word.is_word("from") || word.is_word("join") || word.is(",") && !in_view;
        let hidden = at > 0 && (is(at - 1, "semi") || is(at - 1, "anti"));
        at += 1;
        if !relation || at >= units.len() {
            continue;
        }
        if is(at, "lateral") {
            found.push(FromItem { source: FromSource::Unknown, alias: String::new() });
            continue;
        }
        let (item, next) = item(tokens, &units, at);
        found.extend(Some(item).filter(|_| !hidden));
        at = next;
    }
    found
}

/// The name that a relation whose name or brackets end at token `end` has after it, with or without AS, in lower case.
pub fn alias_at(tokens: &[Token<'_>], end: usize) -> Option<String> {
    let next = if tokens.get(end).is_some_and(|t| t.is_word("as")) { end + 1 } else { end };
    let name = tokens.get(next)?;
    let plain = name.kind == TokenKind::Quoted || name.kind == TokenKind::Word && !is_keyword(name.raw);
    plain.then(|| name.content().to_lowercase())
}

/// The table at unit `at`, and the unit after it.
fn item(tokens: &[Token<'_>], units: &[Range<usize>], at: usize) -> (FromItem, usize) {
    let first = units[at].start;
    let (source, name, end) = if tokens[first].is("(") {
        (FromSource::Query(first + 1..closing(tokens, first)), String::new(), units[at].end)
    } else {
        let end = name_end(tokens, first).unwrap_or(first + 1);
        let parts: Vec<String> = name_parts(&tokens[first..end]).map(|p| p.to_lowercase()).collect();
        let name = parts.last().cloned().unwrap_or_default();
        match tokens.get(end).filter(|t| t.is("(")) {
            Some(_) => (FromSource::Unknown, name, closing(tokens, end) + 1),
            None => (FromSource::Table { parts, at: first }, name, end),
        }
    };
    let alias = alias_at(tokens, end);
    let mut next = end;
    if alias.is_some() {
        next += 1 + usize::from(tokens[end].is_word("as"));
    }
    let unit = units.iter().position(|u| u.start >= next).unwrap_or(units.len());
    (FromItem { source, alias: alias.unwrap_or(name) }, unit)
}

/// `LATERAL VIEW [OUTER] function(…) name AS column, …`, after its first two words.
fn lateral_view<'t, 's: 't>(words: impl Iterator<Item = &'t Token<'s>>) -> FromItem {
    let mut rest = words.skip_while(|t| !t.is("(")).skip(1);
    let alias = rest.next().map(|t| t.content().to_lowercase()).unwrap_or_default();
    let mut columns = Vec::new();
    let mut expected = true;
    for token in rest {
        if token.is_word("as") || token.is(",") {
            expected = true;
        } else if expected && token.is_name() {
            columns.push(token.content().to_lowercase());
            expected = false;
        } else {
            break;
        }
    }
    FromItem { source: FromSource::View(columns), alias }
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::{FromSource, from_items};

    #[test]
    fn tables_queries_and_views_have_their_aliases() {
        for (sql, expected) in [
            ("FROM a", "a=a"),
            ("FROM c.s.T AS x JOIN `B c` ON x.k = k WHERE z", "c.s.t=x b c=b c"),
            ("FROM a x, (SELECT 1 FROM hidden) AS q, f(1) AS g", "a=x query=q ?=g"),
            ("FROM a LEFT ANTI JOIN b ON a.k = b.k LEFT SEMI JOIN c USING (k)", "a=a"),
            ("FROM a LATERAL VIEW OUTER explode(xs) v AS x, y ORDER BY x", "a=a view(x,y)=v"),
            ("FROM a, LATERAL (SELECT 1) UNION SELECT 2 FROM b", "a=a ?="),
            ("WHERE a", ""),
        ] {
            let all = tokens(sql);
            let shown = from_items(&all, 0..all.len()).into_iter().map(|item| {
                let source = match item.source {
                    FromSource::Table { parts, .. } => parts.join("."),
                    FromSource::Query(_) => "query".to_owned(),
                    FromSource::View(columns) => format!("view({})", columns.join(",")),
                    FromSource::Unknown => "?".to_owned(),
                };
                format!("{source}={}", item.alias)
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{sql}");
        }
    }
}
