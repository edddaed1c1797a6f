//! What a notebook makes: temporary views, and the columns of its tables and views where they can be told.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Clause, Create, Select, Structure, Token, column_definitions, common_tables, name_end, relations, statements,
};

/// Names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StatementFacts {
    /// Temporary views that the notebook makes.
    pub temp_views: BTreeSet<String>,
    /// Tables and permanent views that it makes.
    pub lasting: BTreeSet<String>,
    /// Columns of tables and views, where they are known.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Tables made with a list of columns.
    pub declared: BTreeSet<String>,
    /// Temporary views that only `INSERT INTO` statements read, each once, directly or through views like them.
    pub only_inserted: BTreeSet<String>,
}

/// What one statement reads by unqualified names, and how.
struct Reading {
    by: Reader,
    sources: Vec<String>,
}

#[derive(PartialEq, Eq)]
enum Reader {
    Insert,
    TemporaryView(String),
    Other,
}

/// The temporary views whose rows reach a table once for each `INSERT INTO` and are read by nothing else.
fn only_inserted(readings: &[Reading], temp_views: &BTreeSet<String>) -> BTreeSet<String> {
    let mut good = temp_views.clone();
    loop {
        let keeps = |view: &String| {
            let mut readers = readings.iter().filter(|r| r.sources.contains(view)).peekable();
            let is_read = readers.peek().is_some();
            let once = |r: &Reading| r.sources.iter().filter(|s| *s == view).count() == 1;
            let passes_on = |r: &Reading| match &r.by {
                Reader::Insert => true,
                Reader::TemporaryView(name) => good.contains(name),
                Reader::Other => false,
            };
            is_read && readers.all(|r| once(r) && passes_on(r))
        };
        let kept: BTreeSet<String> = good.iter().filter(|view| keeps(view)).cloned().collect();
        if kept == good {
            return kept;
        }
        good = kept;
    }
}

/// The tables and views that a statement reads by an unqualified name, each with its token.
pub(super) fn plain_sources(statement: &[Token<'_>]) -> impl Iterator<Item = (usize, String)> {
    let read = relations(statement).into_iter().filter(|r| r.is_source && !r.is_call && !r.is_common);
    read.filter(|r| r.parts.len() == 1).map(|r| (r.tokens.start, r.parts.concat()))
}

impl StatementFacts {
    /// Reads them off the cells of a notebook that can be read.
    pub(super) fn of<'c>(cells: impl Iterator<Item = &'c [Token<'c>]>) -> Self {
        let mut facts = Self::default();
        let mut readings = Vec::new();
        for cell in cells {
            for statement in statements(cell) {
                facts.add(statement);
                readings.push(reading(statement));
            }
        }
        facts.only_inserted = only_inserted(&readings, &facts.temp_views);
        facts
    }

    fn add(&mut self, statement: &[Token<'_>]) {
        let Some(made) = Create::read(statement) else { return };
        let name = made.last_name().to_owned();
        if made.temporary { &mut self.temp_views } else { &mut self.lasting }.insert(name.clone());
        let structure = Structure::of(statement);
        let columns = if let Some(list) = made.list.filter(|_| !made.is_view) {
            self.declared.insert(name.clone());
            let names = column_definitions(statement, list).into_iter().map(|c| c.name.to_lowercase());
            Some(names.collect::<Vec<_>>()).filter(|n| !n.is_empty())
        } else {
            let first = structure.selects.iter().find(|s| s.frame == 0);
            first.and_then(|s| self.listed(statement, &structure, s))
        };
        if let Some(columns) = columns {
            self.columns.insert(name, columns);
        }
    }

    /// The columns that a select list gives, if all can be told.
    fn listed(&self, statement: &[Token<'_>], structure: &Structure, select: &Select) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for item in &select.items {
            let list = &statement[item.tokens.clone()];
            if list.last()?.is("*") {
                names.extend(self.read_by(statement, structure, select)?);
            } else {
                names.push(item.name.clone()?.to_lowercase());
            }
        }
        Some(names)
    }

    /// The columns of everything that a SELECT reads, in lower case, if all of it is known.
    pub(super) fn read_by(
        &self,
        statement: &[Token<'_>],
        structure: &Structure,
        select: &Select,
    ) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut any = false;
        for i in structure.direct(select.frame, select.rest.clone()) {
            if structure.at[i].1 != Clause::From {
                continue;
            }
            if statement[i].is_word("lateral") {
                return None;
            }
            if !statement[i].is_any(&["from", "join"]) && !statement[i].is(",") {
                continue;
            }
            any = true;
            if statement.get(i + 1).is_some_and(|t| t.is("(")) {
                let frame = structure.frames.iter().position(|f| f.tokens.start == i + 2)?;
                let inner = structure.selects.iter().find(|s| s.frame == frame)?;
                names.extend(self.listed(statement, structure, inner)?);
            } else {
                let name = statement[name_end(statement, i + 1)? - 1].content().to_lowercase();
                if common_tables(statement).iter().any(|c| c.is_query && c.name == name) {
                    return None;
                }
                names.extend(self.columns.get(&name)?.iter().cloned());
            }
        }
        any.then_some(names)
    }
}

fn reading(statement: &[Token<'_>]) -> Reading {
    let starts = |words: [&str; 2]| words.iter().zip(statement).all(|(word, token)| token.is_word(word));
    let by = match Create::read(statement) {
        Some(made) if made.is_view && made.temporary => Reader::TemporaryView(made.last_name().to_owned()),
        None if starts(["insert", "into"]) => Reader::Insert,
        _ => Reader::Other,
    };
    Reading { by, sources: plain_sources(statement).map(|(_, name)| name.to_lowercase()).collect() }
}
