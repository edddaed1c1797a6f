//! What names mean in a query: tables, common table expressions, aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::relations::{after_from, parts};
use super::Columns;
use super::brackets::{closing, opening};
use super::keywords::{ends_expression, is_keyword};
use super::{Column, Contract, Table};
use piq_sql::{Token, TokenKind};

/// Words after which columns come from what the check does not read.
const OPAQUE: [&str; 9] =
    ["lateral", "pivot", "unpivot", "values", "stack", "explode", "explode_outer", "posexplode", "inline"];

/// The names of one query; all in lower case.
#[derive(Debug, Default)]
pub(super) struct Scope<'c> {
    /// Contract tables by alias and by name.
    pub(super) tables: BTreeMap<String, &'c Columns>,
    /// Names that are defined in the query: aliases, expressions with a name, lambda variables.
    pub(super) defined: BTreeSet<String>,
    /// Those of them that stand for something other than the column of the same name.
    pub(super) shadowing: BTreeSet<String>,
    /// Common table expressions and the tokens of their queries.
    pub(super) expressions: BTreeMap<String, Range<usize>>,
    /// Tokens that are parts of tables' names.
    pub(super) table_names: BTreeSet<usize>,
    /// Tables that are not in the contract and should be.
    pub(super) missing: Vec<usize>,
    /// Whether columns can come from elsewhere.
    pub(super) opaque: bool,
}

impl<'c> Scope<'c> {
    pub(super) fn new(all: &[Token<'_>], contract: &'c Contract) -> Self {
        let mut scope = Self::default();
        for at in 0..all.len() {
            scope.expression(all, at);
            scope.alias(all, at);
            scope.lambda(all, at);
        }
        for at in after_from(all) {
            scope.table(all, at, contract);
        }
        scope.opaque |= all.iter().any(|t| OPAQUE.iter().any(|w| t.is_word(w)));
        scope
    }

    /// The scope of an expression over the columns of a dataset.
    pub(super) fn of_columns(columns: &'c Columns) -> Self {
        Self { tables: BTreeMap::from([(String::new(), columns)]), ..Self::default() }
    }

    /// The column that an unqualified name means, if only one can be meant.
    pub(super) fn column(&self, name: &str) -> Option<&'c Column> {
        let mut found = self.tables.values().filter_map(|t| t.get(name));
        let first = found.next()?;
        (!self.shadowing.contains(name) && found.all(|c| c == first)).then_some(first)
    }

    /// `name AS (…)` or `name (a, b) AS (…)`.
    fn expression(&mut self, all: &[Token<'_>], at: usize) {
        if !(all[at].is_word("as") && at > 0 && all.get(at + 1).is_some_and(|t| t.is("("))) {
            return;
        }
        let mut name = at - 1;
        if all[name].is(")") {
            let Some(open) = opening(all, name) else { return };
            let columns = all[open..name].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase());
            let columns: Vec<String> = columns.collect();
            self.shadowing.extend(columns.iter().cloned());
            self.defined.extend(columns);
            let Some(before) = open.checked_sub(1) else { return };
            name = before;
        }
        if all[name].is_name() {
            let lower = all[name].content().to_lowercase();
            self.defined.insert(lower.clone());
            self.expressions.insert(lower, at + 2..closing(all, at + 1));
        }
    }

    /// `x AS name`, `x name`.
    fn alias(&mut self, all: &[Token<'_>], at: usize) {
        let token = &all[at];
        let Some(before) = at.checked_sub(1).map(|i| &all[i]) else { return };
        if !token.is_name() || token.kind == TokenKind::Word && is_keyword(token.raw) {
            return;
        }
        let explicit = before.is_word("as");
        let operand = before.is(")")
            || matches!(before.kind, TokenKind::String | TokenKind::Number | TokenKind::Quoted | TokenKind::Parameter)
            || before.kind == TokenKind::Word && ends_expression(before.raw);
        if !explicit && !operand {
            return;
        }
        let name = token.content().to_lowercase();
        let source = if explicit { at.checked_sub(2) } else { at.checked_sub(1) };
        let same = source.is_some_and(|i| all[i].is_name() && all[i].content().to_lowercase() == name);
        if !same {
            self.shadowing.insert(name.clone());
        }
        self.defined.insert(name);
    }

    /// `x -> …` and `(x, y) -> …`.
    fn lambda(&mut self, all: &[Token<'_>], at: usize) {
        let arrow = all[at].is("-") && all.get(at + 1).is_some_and(|t| t.is(">") && t.span.start == all[at].span.end);
        let Some(last) = at.checked_sub(1).filter(|_| arrow) else { return };
        let first = if all[last].is(")") { opening(all, last).unwrap_or(last) } else { last };
        for name in all[first..=last].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()) {
            self.shadowing.insert(name.clone());
            self.defined.insert(name);
        }
    }

    fn table(&mut self, all: &[Token<'_>], at: usize, contract: &'c Contract) {
        let count = parts(&all[at..]);
        let end = at + 2 * count - 1;
        self.table_names.extend(at..end);
        if all.get(end).is_some_and(|t| t.is("(")) {
            self.opaque = true;
            return;
        }
        let name = all[end - 1].content().to_lowercase();
        if count == 1 && self.expressions.contains_key(&name) {
            return;
        }
        let table = contract.tables.get(&name).filter(|_| count < 3);
        let Some(Table { columns: table, .. }) = table.filter(|t| !t.open) else {
            self.opaque = true;
            if count == 1 && table.is_none() {
                self.missing.push(at);
            }
            return;
        };
        let next = if all.get(end).is_some_and(|t| t.is_word("as")) { end + 1 } else { end };
        if let Some(alias) = all.get(next).filter(|t| t.kind == TokenKind::Quoted || t.is_name() && !is_keyword(t.raw))
        {
            self.tables.insert(alias.content().to_lowercase(), table);
        }
        self.tables.insert(name, table);
    }
}
