//! The columns that a query gives, and what is known of each.

use std::collections::BTreeMap;
use std::ops::Range;

use super::infer::{Lookup, infer};
use super::model::{Columns, Contract, TableColumn};
use super::scope::{ends_operand, is_by_name, is_pipe};
use piq_sql::{
    FromItem, FromSource, Token, TokenKind, alias_at, common_tables, from_items, is_keyword, name_end, pieces,
    split_at_commas,
};

/// How deep queries may hang on each other.
const MAX_DEPTH: usize = 20;

/// The columns of a query; `None` where they cannot be told.
pub(super) fn columns(all: &[Token<'_>], range: Range<usize>, contract: &Contract) -> Option<Columns> {
    let expressions = common_tables(all).into_iter().map(|c| (c.name, (c.body, c.columns))).collect();
    Reader { all, contract, expressions }.query(range, 0)
}

/// A table of a FROM clause.
struct SelectSource {
    alias: String,
    /// `None`: they cannot be told.
    columns: Option<Columns>,
}

struct Reader<'r> {
    all: &'r [Token<'r>],
    contract: &'r Contract,
    /// Common table expressions: their queries, and the names of their columns where these are listed.
    expressions: BTreeMap<String, (Range<usize>, Vec<String>)>,
}

impl Reader<'_> {
    fn query(&self, range: Range<usize>, depth: usize) -> Option<Columns> {
        let all = self.all;
        let mut units = pieces(all, range.clone());
        // each step of a pipe has columns of its own, and a union by name those of both sides
        if depth > MAX_DEPTH || units.iter().any(|u| is_pipe(all, u.start) || is_by_name(all, u.start)) {
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
        let sources = Sources(self.sources(list_end..range.end, depth));
        let mut found = Columns::new();
        for item in split_at_commas(all, units.first()?.start..list_end) {
            self.item(item, &sources, &mut found)?;
        }
        if units.iter().any(|u| all[u.start].is_any(&["union", "except", "intersect", "minus"])) {
            // the names are those of the first part; the values may be those of any
            found.values_mut().for_each(|c| *c = TableColumn::default());
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
            Some(b) if plain && ends_operand(b) => Some((name, item.start..last)),
            None if plain => Some((name, item)),
            _ => None,
        }
    }

    /// The tables of the FROM clause that begins at `range`.
    fn sources(&self, range: Range<usize>, depth: usize) -> Vec<SelectSource> {
        let all = self.all;
        // a pivot turns values into columns
        let turned = pieces(all, range.clone()).iter().any(|u| all[u.start].is_any(&["pivot", "unpivot"]));
        let source = |FromItem { source, alias }| {
            let columns = match source {
                _ if turned => None,
                FromSource::Table { parts, at } => self.table(&parts, at, depth),
                FromSource::Query(inner) if self.is_renamed(inner.end + 1) => None,
                FromSource::Query(inner) => self.query(inner, depth + 1),
                FromSource::View(names) => Some(names.into_iter().map(|n| (n, TableColumn::default())).collect()),
                FromSource::Unknown => None,
            };
            SelectSource { alias, columns }
        };
        from_items(all, range).into_iter().map(source).collect()
    }

    /// Whether a relation that ends at token `end` has an alias that lists its columns: `AS t (a, b)`.
    fn is_renamed(&self, end: usize) -> bool {
        let as_word = self.all.get(end).is_some_and(|t| t.is_word("as"));
        let name = end + usize::from(as_word);
        alias_at(self.all, end).is_some() && self.all.get(name + 1).is_some_and(|t| t.is("("))
    }

    fn table(&self, parts: &[String], at: usize, depth: usize) -> Option<Columns> {
        let name = parts.last()?;
        let end = name_end(self.all, at).unwrap_or(at + 1);
        if self.is_renamed(end) {
            return None;
        }
        let common = self.expressions.get(name).filter(|(inner, _)| parts.len() == 1 && !inner.contains(&at));
        if let Some((inner, listed)) = common {
            if !listed.is_empty() {
                return Some(listed.iter().map(|n| (n.clone(), TableColumn::default())).collect());
            }
            return self.query(inner.clone(), depth + 1);
        }
        let tables = &self.contract.tables;
        let table = tables.get(&parts.join(".")).or_else(|| tables.get(name).filter(|_| parts.len() < 3))?;
        (!table.open).then(|| table.columns.clone())
    }
}

fn ends_list(token: &Token<'_>) -> bool {
    token.is_any(&["from", "where", "union", "except", "intersect", "order", "group", "limit", "having"])
        || token.is(";")
}

struct Sources(Vec<SelectSource>);

impl Lookup for Sources {
    fn column(&self, table: Option<&str>, name: &str) -> TableColumn {
        let of = self.0.iter().filter(|s| table.is_none_or(|t| s.alias == t));
        let mut found = of.filter_map(|s| s.columns.as_ref()?.get(name));
        match (found.next(), self.0.iter().all(|s| s.columns.is_some()) || table.is_some()) {
            (Some(first), true) if found.all(|c| c == first) => first.clone(),
            _ => TableColumn::default(),
        }
    }
}
