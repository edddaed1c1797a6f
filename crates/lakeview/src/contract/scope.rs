//! What names mean in a query: tables, common table expressions, aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::model::Columns;
use super::model::{Contract, ContractTable, TableColumn};
use piq_sql::{
    FunctionKind, Relation, Token, TokenKind, alias_at, closing, common_tables, ends_expression, is_function,
    is_keyword, opening, relations,
};

/// Words after which columns come from what the check does not read.
const OPAQUE: [&str; 4] = ["lateral", "pivot", "unpivot", "values"];

/// Whether the token begins `|>`, after which each step has columns of its own.
pub(super) fn is_pipe(all: &[Token<'_>], at: usize) -> bool {
    all[at].is("|") && all.get(at + 1).is_some_and(|next| next.is(">") && next.span.start == all[at].span.end)
}

/// Whether the token is the BY of `UNION BY NAME`, whose columns are those of both sides.
pub(super) fn is_by_name(all: &[Token<'_>], at: usize) -> bool {
    all[at].is_word("by")
        && all.get(at + 1).is_some_and(|t| t.is_word("name"))
        && at.checked_sub(1).is_some_and(|i| all[i].is_any(&["union", "except", "intersect", "all", "distinct"]))
}

/// Whether an expression can end before a name, so that the name is its alias: after an operator it is an operand.
pub(super) fn ends_operand(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::String | TokenKind::Number | TokenKind::Quoted | TokenKind::Parameter => true,
        TokenKind::Word => ends_expression(token.raw) && !token.is_word("div"),
        _ => token.is(")") || token.is("]"),
    }
}

/// The names of one query; all in lower case.
#[derive(Debug, Default)]
pub(super) struct NameScope<'c> {
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

impl<'c> NameScope<'c> {
    pub(super) fn new(all: &[Token<'_>], contract: &'c Contract) -> Self {
        let mut scope = Self::default();
        for common in common_tables(all) {
            scope.shadowing.extend(common.columns.iter().cloned());
            scope.defined.extend(common.columns);
            scope.defined.insert(common.name.clone());
            scope.expressions.insert(common.name, common.body);
        }
        for at in 0..all.len() {
            scope.alias(all, at);
            scope.lambda(all, at);
        }
        for relation in relations(all).iter().filter(|r| r.is_source) {
            scope.table(all, relation, contract);
        }
        let opaque = |t: &Token<'_>| t.is_any(&OPAQUE) || is_function(t.raw, FunctionKind::Generator);
        scope.opaque |= all.iter().any(opaque) || (0..all.len()).any(|at| is_pipe(all, at) || is_by_name(all, at));
        scope
    }

    /// The scope of an expression over the columns of a dataset.
    pub(super) fn of_columns(columns: &'c Columns) -> Self {
        Self { tables: BTreeMap::from([(String::new(), columns)]), ..Self::default() }
    }

    /// The scope of an expression over the columns of one table, which `alias` qualifies. Names in `defined` may stand
    /// there too.
    pub(super) fn of_expression(
        all: &[Token<'_>],
        alias: &str,
        columns: &'c Columns,
        defined: &BTreeSet<String>,
    ) -> Self {
        let mut scope = Self { tables: BTreeMap::from([(alias.to_owned(), columns)]), ..Self::default() };
        (0..all.len()).for_each(|at| scope.lambda(all, at));
        scope.define(defined.iter().cloned());
        scope
    }

    /// Adds names that are defined elsewhere.
    pub(super) fn define(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            self.shadowing.insert(name.clone());
            self.defined.insert(name);
        }
    }

    /// The column that an unqualified name means, if only one can be meant.
    pub(super) fn column(&self, name: &str) -> Option<&'c TableColumn> {
        let mut found = self.tables.values().filter_map(|t| t.get(name));
        let first = found.next()?;
        (!self.shadowing.contains(name) && found.all(|c| c == first)).then_some(first)
    }

    /// `x AS name`, `x name`.
    fn alias(&mut self, all: &[Token<'_>], at: usize) {
        let token = &all[at];
        let Some(before) = at.checked_sub(1).map(|i| &all[i]) else { return };
        if !token.is_name() || token.kind == TokenKind::Word && is_keyword(token.raw) {
            return;
        }
        let explicit = before.is_word("as");
        if !explicit && !ends_operand(before) {
            return;
        }
        let name = token.content().to_lowercase();
        let source = if explicit { at.checked_sub(2) } else { at.checked_sub(1) };
        let same = source.is_some_and(|i| all[i].is_name() && all[i].content().to_lowercase() == name);
        if !same {
            self.shadowing.insert(name.clone());
        }
        self.defined.insert(name);
        // `AS t (a, b)` names the columns too
        if all.get(at + 1).is_some_and(|t| t.is("(")) {
            let listed = &all[at + 2..closing(all, at + 1).max(at + 2)];
            if listed.iter().all(|t| t.is_name() || t.is(",")) {
                self.define(listed.iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()));
            }
        }
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

    fn table(&mut self, all: &[Token<'_>], relation: &Relation, contract: &'c Contract) {
        let (count, end) = (relation.parts.len(), relation.tokens.end);
        self.table_names.extend(relation.tokens.clone());
        if relation.is_call {
            self.opaque = true;
            return;
        }
        let name = all[end - 1].content().to_lowercase();
        if count == 1 && self.expressions.contains_key(&name) {
            return;
        }
        let table = contract.tables.get(&name).filter(|_| count < 3);
        let Some(ContractTable { columns: table, .. }) = table.filter(|t| !t.open) else {
            self.opaque = true;
            if count == 1 && table.is_none() {
                self.missing.push(relation.tokens.start);
            }
            return;
        };
        if let Some(alias) = alias_at(all, end) {
            self.tables.insert(alias, table);
        }
        self.tables.insert(name, table);
    }
}
