//! What a notebook makes: temporary views, and the columns of its tables and views where its text says them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::notebook::{Cell, CellKind, cells};
use super::super::{Clause, Select, Structure, Token, statements, tokens};
use super::{Finding, Problem, finding};

/// Names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Temporary views that the notebook makes.
    pub temp_views: BTreeSet<String>,
    /// Tables and lasting views that it makes.
    pub lasting: BTreeSet<String>,
    /// Columns of tables and views, where they are known.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Tables made with a list of columns.
    pub declared: BTreeSet<String>,
}

/// What a CREATE statement makes.
pub(super) struct Created {
    /// The last part of its name.
    pub name: String,
    pub view: bool,
    pub temporary: bool,
    /// The token after the name.
    pub after: usize,
}

/// What the statement makes, if it makes a table or a view.
pub(super) fn created(statement: &[Token<'_>]) -> Option<Created> {
    statement.first().filter(|t| t.is_word("create"))?;
    let kind = (1..statement.len().min(6)).find(|i| statement[*i].is_any(&["table", "view"]))?;
    let temporary = statement[1..kind].iter().any(|t| t.is_any(&["temporary", "temp"]));
    let mut at = kind + 1;
    if statement.get(at).is_some_and(|t| t.is_word("if")) {
        at += 3;
    }
    let (name, last) = path(statement, at)?;
    Some(Created { name, view: statement[kind].is_word("view"), temporary, after: last + 1 })
}

/// The name that starts at `at`: its last part, and the token where it ends.
fn path(statement: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let mut last = at;
    statement.get(last).filter(|t| t.is_name())?;
    while statement.get(last + 1).is_some_and(|t| t.is(".")) && statement.get(last + 2).is_some_and(|t| t.is_name()) {
        last += 2;
    }
    Some((statement[last].content(), last))
}

/// The tables and views that a statement reads by an unqualified name, each with its token.
pub(super) fn relations(statement: &[Token<'_>], structure: &Structure) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for i in 0..statement.len() {
        let (frame, clause) = structure.at[i];
        if clause != Clause::From || !structure.frames[frame].query {
            continue;
        }
        let begins = statement[i].is_any(&["from", "join", "using"]) || statement[i].is(",");
        if let (true, Some((name, last))) = (begins, path(statement, i + 1)) {
            let call = statement.get(last + 1).is_some_and(|t| t.is("("));
            let own = common_tables(statement).contains(&name.to_lowercase());
            if last == i + 1 && !call && !own {
                found.push((last, name));
            }
        }
    }
    found
}

/// Names that WITH gives: `name AS (`.
fn common_tables(statement: &[Token<'_>]) -> BTreeSet<String> {
    let query = |i: usize| {
        statement.get(i).is_some_and(|t| t.is("("))
            && statement.get(i + 1).is_some_and(|t| t.is_any(&["select", "with", "from", "values"]))
    };
    let named =
        |i: &usize| statement[*i].is_name() && statement.get(i + 1).is_some_and(|t| t.is_word("as")) && query(i + 2);
    (0..statement.len()).filter(named).map(|i| statement[i].content().to_lowercase()).collect()
}

impl Facts {
    /// Reads them off the cells of a notebook.
    pub fn of(cells: &[Cell]) -> Self {
        let mut facts = Self::default();
        for cell in cells.iter().filter(|c| c.kind == CellKind::Sql) {
            let all = tokens(&cell.text);
            if super::syntax::unreadable(&all).is_some() {
                continue;
            }
            for statement in statements(&all) {
                facts.add(statement);
            }
        }
        facts
    }

    fn add(&mut self, statement: &[Token<'_>]) {
        let Some(made) = created(statement) else { return };
        let name = made.name.to_lowercase();
        if made.temporary { &mut self.temp_views } else { &mut self.lasting }.insert(name.clone());
        let structure = Structure::of(statement);
        let columns = if statement.get(made.after).is_some_and(|t| t.is("(")) && !made.view {
            self.declared.insert(name.clone());
            super::create_table::column_names(statement, &structure)
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
                let (name, _) = path(statement, i + 1)?;
                if common_tables(statement).contains(&name.to_lowercase()) {
                    return None;
                }
                names.extend(self.columns.get(&name.to_lowercase())?.iter().cloned());
            }
        }
        any.then_some(names)
    }
}

/// Names of temporary views that one notebook makes and another reads without making them: `(notebook, findings)`.
pub fn read_elsewhere<'n>(notebooks: &[(&'n str, &str)]) -> Vec<(&'n str, Finding)> {
    let parsed: Vec<(&str, Vec<Cell>)> = notebooks.iter().map(|(name, text)| (*name, cells(text))).collect();
    let facts: Vec<Facts> = parsed.iter().map(|(_, cells)| Facts::of(cells)).collect();
    let mut found = Vec::new();
    for (i, (notebook, cells)) in parsed.iter().enumerate() {
        for cell in cells.iter().filter(|c| c.kind == CellKind::Sql) {
            let all = tokens(&cell.text);
            if super::syntax::unreadable(&all).is_some() {
                continue;
            }
            for (at, name) in statements(&all).iter().flat_map(|s| offset_relations(&all, s)) {
                let key = name.to_lowercase();
                let somewhere = facts.iter().any(|f| f.lasting.contains(&key)) || facts[i].temp_views.contains(&key);
                let Some(maker) = facts.iter().position(|f| f.temp_views.contains(&key)).filter(|_| !somewhere) else {
                    continue;
                };
                let message =
                    format!("`{name}` is a temporary view of {}: another task does not see it", parsed[maker].0);
                let hint = "pass data between notebooks by tables";
                let problem = Problem::new("sql-temp-view", at..at + 1, message, hint);
                found.push((*notebook, finding(cell, &all, problem)));
            }
        }
    }
    found
}

fn offset_relations(all: &[Token<'_>], statement: &[Token<'_>]) -> Vec<(usize, String)> {
    let shift = all.iter().position(|t| t.span == statement[0].span).unwrap_or(0);
    relations(statement, &Structure::of(statement)).into_iter().map(|(at, name)| (at + shift, name)).collect()
}
