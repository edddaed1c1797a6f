//! The columns that a query gives, and what is known of each.

use std::collections::BTreeMap;
use std::ops::Range;

use super::infer::{Lookup, infer};
use super::scope::Scope;
use super::{Column, Columns, Contract};
use piq_sql::{Token, TokenKind, closing, is_keyword, name_end, pieces, split_at_commas};

/// How deep queries may hang on each other.
const MAX_DEPTH: usize = 20;

/// The columns of a query; `None` where they cannot be told.
pub(super) fn columns(all: &[Token<'_>], range: Range<usize>, contract: &Contract) -> Option<Columns> {
    let scope = Scope::new(all, contract);
    Reader { all, contract, expressions: &scope.expressions }.query(range, 0)
}

/// A table of a FROM clause.
struct Source {
    alias: String,
    /// `None`: they cannot be told.
    columns: Option<Columns>,
}

struct Reader<'r> {
    all: &'r [Token<'r>],
    contract: &'r Contract,
    /// Common table expressions.
    expressions: &'r BTreeMap<String, Range<usize>>,
}

impl Reader<'_> {
    fn query(&self, range: Range<usize>, depth: usize) -> Option<Columns> {
        let all = self.all;
        let mut units = pieces(all, range.clone());
        if depth > MAX_DEPTH {
            return None;
        }
        if let [only] = units.as_slice()
            && all[only.start].is("(")
        {
            return self.query(only.start + 1..only.end.saturating_sub(1), depth + 1);
        }
        let start = units.iter().position(|u| all[u.start].is_word("select"))?;
        units.drain(..=start);
        if units.first().is_some_and(|u| all[u.start].is_any(&["distinct", "all"])) {
            units.remove(0);
        }
        let end = units.iter().position(|u| ends_list(&all[u.start])).unwrap_or(units.len());
        let list_end = units.get(end).map_or(range.end, |u| u.start);
        let sources = Sources(self.sources(&units[end..], depth));
        let mut found = Columns::new();
        for item in split_at_commas(all, units.first()?.start..list_end) {
            self.item(item, &sources, &mut found)?;
        }
        if units.iter().any(|u| all[u.start].is_any(&["union", "except", "intersect"])) {
            // the names are those of the first part; the values may be those of any
            found.values_mut().for_each(|c| *c = Column::default());
        }
        Some(found)
    }

    /// Adds the columns of one item of a select list.
    fn item(&self, item: Range<usize>, sources: &Sources, found: &mut Columns) -> Option<()> {
        let all = self.all;
        let tokens = &all[item.clone()];
        match tokens {
            [star] if star.is("*") => {
                for source in &sources.0 {
                    found.extend(source.columns.clone()?);
                }
                return if sources.0.is_empty() { None } else { Some(()) };
            }
            [table, dot, star] if dot.is(".") && star.is("*") => {
                let alias = table.content().to_lowercase();
                found.extend(sources.0.iter().find(|s| s.alias == alias)?.columns.clone()?);
                return Some(());
            }
            _ => {}
        }
        let (name, value) = self.named(item)?;
        found.insert(name, infer(all, value, sources));
        Some(())
    }

    /// The name of an item and its expression.
    fn named(&self, item: Range<usize>) -> Option<(String, Range<usize>)> {
        let all = self.all;
        let last = item.end.checked_sub(1).filter(|l| *l >= item.start)?;
        let token = &all[last];
        let before = last.checked_sub(1).filter(|b| *b >= item.start).map(|b| &all[b]);
        let name = token.content().to_lowercase();
        let plain = token.kind == TokenKind::Quoted
            || token.kind == TokenKind::Word && (item.len() == 1 || !is_keyword(token.raw));
        match before {
            Some(b) if b.is_word("as") && token.is_name() => Some((name, item.start..last - 1)),
            // a cast (`x::int`) keeps the name of its column; leave it to the engine
            Some(b) if b.is(":") => None,
            Some(b) if b.is(".") && plain => Some((name, item)),
            Some(_) if plain => Some((name, item.start..last)),
            None if plain => Some((name, item)),
            _ => None,
        }
    }

    /// The tables of a FROM clause.
    fn sources(&self, units: &[Range<usize>], depth: usize) -> Vec<Source> {
        let all = self.all;
        let mut found = Vec::new();
        if !units.first().is_some_and(|u| all[u.start].is_word("from")) {
            return found;
        }
        let mut at = 0;
        while at < units.len() {
            let token = &all[units[at].start];
            if at > 0 && ends_from(token) {
                break;
            }
            if token.is_word("lateral") && units.get(at + 1).is_some_and(|u| all[u.start].is_word("view")) {
                found.push(lateral_view(all, &units[at + 2..]));
                at += 2;
                continue;
            }
            let relation = token.is_word("from") || token.is_word("join") || token.is(",");
            // the right side of these joins gives no columns
            let hidden = at > 0 && all[units[at - 1].start].is_any(&["semi", "anti"]);
            at += 1;
            if relation && at < units.len() && !all[units[at].start].is_word("lateral") {
                let (source, next) = self.relation(units, at, depth);
                if !hidden {
                    found.push(source);
                }
                at = next;
            } else if relation {
                found.push(Source { alias: String::new(), columns: None });
            }
        }
        found
    }

    /// The table at `at` with its alias, and what follows.
    fn relation(&self, units: &[Range<usize>], at: usize, depth: usize) -> (Source, usize) {
        let all = self.all;
        let first = units[at].start;
        let (columns, mut alias, mut next) = if all[first].is("(") {
            (self.query(first + 1..closing(all, first), depth + 1), String::new(), at + 1)
        } else {
            let end = name_end(all, first).unwrap_or(first + 1);
            let count = (end - first).div_ceil(2);
            let name = all[end - 1].content().to_lowercase();
            let next = at + end - first;
            let function = units.get(next).is_some_and(|u| all[u.start].is("("));
            let columns = if function { None } else { self.table(first, count, &name, depth) };
            (columns, name, next + usize::from(function))
        };
        if units.get(next).is_some_and(|u| all[u.start].is_word("as")) {
            next += 1;
        }
        if let Some(name) = units.get(next).map(|u| &all[u.start])
            && (name.kind == TokenKind::Quoted || name.kind == TokenKind::Word && !is_keyword(name.raw))
        {
            alias = name.content().to_lowercase();
            next += 1;
        }
        (Source { alias, columns }, next)
    }

    fn table(&self, first: usize, count: usize, name: &str, depth: usize) -> Option<Columns> {
        let full: Vec<String> = (0..count).map(|i| self.all[first + 2 * i].content().to_lowercase()).collect();
        if let Some(inner) = self.expressions.get(name).filter(|inner| count == 1 && !inner.contains(&first)) {
            return self.query(inner.clone(), depth + 1);
        }
        let tables = &self.contract.tables;
        let table = tables.get(&full.join(".")).or_else(|| tables.get(name).filter(|_| count < 3))?;
        (!table.open).then(|| table.columns.clone())
    }
}

/// `LATERAL VIEW [OUTER] function(…) name AS column, …`
fn lateral_view(all: &[Token<'_>], units: &[Range<usize>]) -> Source {
    let mut columns = Columns::new();
    let mut rest = units.iter().map(|u| &all[u.start]).skip_while(|t| !t.is("(")).skip(1);
    let alias = rest.next().map(|t| t.content().to_lowercase()).unwrap_or_default();
    let mut expected = true;
    for token in rest {
        match token {
            t if t.is_word("as") => expected = true,
            t if t.is(",") => expected = true,
            t if expected && t.is_name() => {
                columns.insert(t.content().to_lowercase(), Column::default());
                expected = false;
            }
            _ => break,
        }
    }
    Source { alias, columns: Some(columns) }
}

fn ends_list(token: &Token<'_>) -> bool {
    token.is_any(&["from", "where", "union", "except", "intersect", "order", "group", "limit", "having"])
        || token.is(";")
}

fn ends_from(token: &Token<'_>) -> bool {
    token.is_any(&[
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
    ]) || token.is(";")
}

struct Sources(Vec<Source>);

impl Lookup for Sources {
    fn column(&self, table: Option<&str>, name: &str) -> Column {
        let of = self.0.iter().filter(|s| table.is_none_or(|t| s.alias == t));
        let mut found = of.filter_map(|s| s.columns.as_ref()?.get(name));
        match (found.next(), self.0.iter().all(|s| s.columns.is_some()) || table.is_some()) {
            (Some(first), true) if found.all(|c| c == first) => first.clone(),
            _ => Column::default(),
        }
    }
}
