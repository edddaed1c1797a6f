//! What each SELECT can read: the relations of its FROM with their columns, and those of the queries around it. What
//! cannot be told from the text stays open.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use piq_sql::{Clause, CommonTable, Item, Joined, JoinedSource, Structure, Token, TokenKind, common_tables, joined};

use super::generators::default_columns;
use super::shape::Shape;

/// Columns by their names in lower case.
pub(super) type Columns = BTreeMap<String, Shape>;

/// A relation of a FROM.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Relation {
    /// The name by which its columns are qualified, and its token.
    pub alias: Option<(String, usize)>,
    /// Its columns; `None` where they cannot be told.
    pub columns: Option<Columns>,
    /// Tokens of the columns in USING, by which it is joined to those before it.
    pub using: Vec<usize>,
    /// Whether its columns are only for the condition of its join.
    pub is_hidden: bool,
    /// Whether its name is a longer one without an alias, such as `schema.table`, which tells it from another of that name.
    pub is_path: bool,
}

/// What one SELECT can read.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub relations: Vec<Relation>,
    /// Whether there may be other relations than these.
    pub is_open: bool,
    /// Names that the select list gives.
    pub given: BTreeSet<String>,
    /// The SELECT around it that it can read too.
    pub outer: Option<usize>,
}

/// What a name turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A column, or a name that the select list gives.
    Known(Shape),
    /// It cannot be told.
    Open,
    /// Nothing that the SELECT can read.
    Unknown,
}

/// The scopes of a statement.
pub(super) struct Scopes<'r> {
    all: &'r [Token<'r>],
    structure: &'r Structure,
    /// Columns of the relations outside of the statement.
    relations: &'r BTreeMap<String, BTreeSet<String>>,
    /// The shapes of columns of these relations.
    shapes: &'r BTreeMap<String, Shape>,
    common: Vec<(CommonTable, usize)>,
    scopes: Vec<Scope>,
    /// Columns of queries by their frames; `None` while they are looked for.
    queries: RefCell<BTreeMap<usize, Option<Columns>>>,
}

impl<'r> Scopes<'r> {
    /// Nothing of a statement with a pivot: its columns cannot be told from their names.
    pub(super) fn of(
        all: &'r [Token<'r>],
        structure: &'r Structure,
        relations: &'r BTreeMap<String, BTreeSet<String>>,
        shapes: &'r BTreeMap<String, Shape>,
    ) -> Option<Self> {
        if all.iter().any(|t| t.is_any(&["pivot", "unpivot"])) {
            return None;
        }
        let common = common_tables(all).into_iter().filter(|c| c.is_query).map(|c| {
            let frame = structure.at[c.at].0;
            (c, frame)
        });
        let common = common.collect();
        let queries = RefCell::default();
        let mut found = Self { all, structure, relations, shapes, common, scopes: Vec::new(), queries };
        found.scopes = (0..structure.selects.len()).map(|select| found.scope(select)).collect();
        Some(found)
    }

    /// All of them, one for each SELECT of the statement.
    pub(super) fn each(&self) -> &[Scope] {
        &self.scopes
    }

    /// The SELECT that a token is in.
    pub(super) fn select_of(&self, token: usize) -> Option<usize> {
        for (frame, _) in self.structure.around(token).filter(|(frame, _)| self.structure.frames[*frame].query) {
            if let Some(select) = self.select_in(frame, token) {
                return Some(select);
            }
        }
        None
    }

    /// The scope of a token, then those around it that it can read too.
    pub(super) fn outwards(&self, token: usize) -> impl Iterator<Item = &Scope> {
        let first = self.select_of(token);
        std::iter::successors(first, |at| self.scopes[*at].outer).map(|at| &self.scopes[at])
    }

    /// A name that stands alone.
    pub(super) fn column(&self, token: usize, name: &str) -> Found {
        for scope in self.outwards(token) {
            if let Some(shape) = scope.relations.iter().find_map(|r| r.columns.as_ref()?.get(name)) {
                return Found::Known(shape.clone());
            }
            if scope.is_open || scope.relations.iter().any(|r| r.columns.is_none()) {
                return Found::Open;
            }
            if scope.given.contains(name) {
                return Found::Known(Shape::Any);
            }
        }
        Found::Unknown
    }

    /// The relation whose alias stands before a dot at `token`; nothing where it may be a column with fields.
    pub(super) fn relation(&self, token: usize, alias: &str) -> Result<Option<&Relation>, ()> {
        for scope in self.outwards(token) {
            let mut named = scope.relations.iter().filter(|r| r.alias.as_ref().is_some_and(|(name, _)| name == alias));
            if let Some(relation) = named.next() {
                // two of one name are a fault of their own; a column of that name may have the field
                let is_column = |r: &Relation| r.columns.as_ref().is_some_and(|columns| columns.contains_key(alias));
                let is_sure = named.next().is_none() && !scope.relations.iter().any(is_column);
                return if is_sure { Ok(Some(relation)) } else { Err(()) };
            }
            let is_column = |r: &Relation| r.columns.as_ref().is_none_or(|columns| columns.contains_key(alias));
            if scope.is_open || scope.given.contains(alias) || scope.relations.iter().any(is_column) {
                return Err(());
            }
        }
        Ok(None)
    }

    /// The query of the statement that a name at `token` stands for, if the name is of one.
    pub(super) fn common(&self, token: usize, name: &str) -> Option<&CommonTable> {
        let frames: Vec<usize> = self.structure.around(token).map(|(frame, _)| frame).collect();
        let place = |frame: &usize| frames.iter().position(|f| f == frame);
        let visible = self.common.iter().filter(|(c, _)| c.name == name && c.at < token);
        let found = visible
            .filter_map(|(c, frame)| Some((place(frame)?, c)))
            .min_by_key(|(place, c)| (*place, usize::MAX - c.at));
        found.map(|(_, c)| c)
    }

    /// A query that a name at `token` would stand for if it did not come later.
    pub(super) fn later(&self, token: usize, name: &str) -> Option<&CommonTable> {
        let in_reach = |frame: usize| self.structure.around(token).any(|(f, _)| f == frame);
        self.common.iter().find(|(c, frame)| c.name == name && c.at > token && in_reach(*frame)).map(|(c, _)| c)
    }

    /// The names of the queries that `token` could read, and that nothing reads or that are piq's own.
    pub(super) fn unread(&self, token: usize) -> impl Iterator<Item = &str> {
        let in_reach = move |c: &CommonTable| self.common(token, &c.name).is_some() && !c.body.contains(&token);
        let is_read = |c: &CommonTable| {
            let mut reads = self.all.windows(2).filter(|pair| pair[0].is_any(&["from", "join"]) || pair[0].is(","));
            reads.any(|pair| {
                pair[1].is_name()
                    && pair[1].span != self.all[c.at].span
                    && pair[1].content().eq_ignore_ascii_case(&c.name)
            })
        };
        self.common
            .iter()
            .map(|(c, _)| c)
            .filter(move |c| in_reach(c) && (c.name.starts_with("piq_") || !is_read(c)))
            .map(|c| c.name.as_str())
    }

    fn select_in(&self, frame: usize, token: usize) -> Option<usize> {
        let selects = self.structure.selects.iter().enumerate().filter(|(_, s)| s.frame == frame);
        let start = |s: &piq_sql::Select| s.items.first().map_or(s.rest.start, |item| item.tokens.start);
        selects.filter(|(_, s)| start(s) <= token && token < s.rest.end).map(|(at, _)| at).next_back()
    }

    fn scope(&self, select: usize) -> Scope {
        let this = &self.structure.selects[select];
        let relations = self.relations_of(select);
        // what is sorted behind a UNION has the names of its other queries too
        let others = self.structure.selects.iter().enumerate().filter(|(at, s)| *at != select && s.frame == this.frame);
        let others = others.flat_map(|(_, s)| &s.items);
        let named = this.items.iter().filter(|item| item.is_alias).chain(others);
        let mut given: BTreeSet<String> = named.filter_map(|i| i.name.as_ref()).map(|n| n.to_lowercase()).collect();
        for item in &this.items {
            given.extend(self.listed(item));
            if let Some(names) = default_columns(&self.all[item.tokens.start]) {
                given.extend(names);
            }
        }
        Scope {
            is_open: relations.is_none(),
            relations: relations.unwrap_or_default(),
            given,
            outer: self.outer(this.frame),
        }
    }

    /// The SELECT around a query that it can read: that of a subquery, not that of a query of a FROM or a WITH.
    fn outer(&self, frame: usize) -> Option<usize> {
        let open = self.structure.frames[frame].tokens.start.checked_sub(1)?;
        let (mut parent, mut clause) = self.structure.frames[frame].parent?;
        let mut is_direct = true;
        while !self.structure.frames[parent].query {
            is_direct = false;
            (parent, clause) = self.structure.frames[parent].parent?;
        }
        let is_lateral = open > 0 && self.all[open - 1].is_word("lateral");
        match clause {
            Clause::Head => self.outer(parent),
            Clause::From if is_direct && !is_lateral => self.outer(parent),
            _ => self.select_in(parent, open).or_else(|| self.outer(parent)),
        }
    }

    fn relations_of(&self, select: usize) -> Option<Vec<Relation>> {
        let rest = self.structure.selects[select].rest.clone();
        let frame = self.structure.selects[select].frame;
        // FROM may come first
        if self.all.get(self.structure.frames[frame].tokens.start).is_some_and(|t| t.is_word("from")) {
            return None;
        }
        let found = joined(self.all, rest)?.into_iter().map(|item| Relation {
            columns: self.columns_of(&item),
            is_path: match (&item.source, &item.alias) {
                (JoinedSource::Table(parts, first), Some((_, at))) => {
                    parts.len() > 1 && *at == first + 2 * (parts.len() - 1)
                }
                _ => false,
            },
            alias: item.alias,
            using: item.using,
            is_hidden: item.is_hidden,
        });
        Some(found.collect())
    }

    fn columns_of(&self, item: &Joined) -> Option<Columns> {
        if !item.columns.is_empty() {
            return Some(item.columns.iter().map(|name| (name.clone(), Shape::Any)).collect());
        }
        match &item.source {
            JoinedSource::Table(parts, at) => {
                let [name] = parts.as_slice() else { return None };
                if let Some(common) = self.common(*at, name) {
                    if !common.columns.is_empty() {
                        return Some(common.columns.iter().map(|name| (name.clone(), Shape::Any)).collect());
                    }
                    return self.columns_of_query(self.frame_at(common.body.start)?);
                }
                if self.later(*at, name).is_some() {
                    return None;
                }
                let columns = self.relations.get(name)?;
                let shape = |name: &String| self.shapes.get(name).cloned().unwrap_or_default();
                Some(columns.iter().map(|name| (name.clone(), shape(name))).collect())
            }
            JoinedSource::Query(first) => self.columns_of_query(self.frame_at(*first)?),
            JoinedSource::View(function) => any_of(default_columns(&self.all[*function])?),
            JoinedSource::Unknown => None,
        }
    }

    fn frame_at(&self, first: usize) -> Option<usize> {
        self.structure.frames.iter().position(|f| f.tokens.start == first && f.query && f.parent.is_some())
    }

    /// The columns that a query gives.
    fn columns_of_query(&self, frame: usize) -> Option<Columns> {
        if let Some(known) = self.queries.borrow().get(&frame) {
            return known.clone();
        }
        self.queries.borrow_mut().insert(frame, None);
        let found = self.given_by(frame);
        self.queries.borrow_mut().insert(frame, found.clone());
        found
    }

    fn given_by(&self, frame: usize) -> Option<Columns> {
        let range = self.structure.frames[frame].tokens.clone();
        let first = self.all.get(range.start)?;
        if first.is_word("values") {
            return any_of((1..100).map(|n| format!("col{n}")).collect());
        }
        if !first.is_any(&["select", "with"]) {
            return None;
        }
        let select = self.structure.selects.iter().position(|s| s.frame == frame)?;
        let relations = self.relations_of(select);
        // shapes of the other queries of a union may differ
        let is_single = self.structure.selects.iter().filter(|s| s.frame == frame).count() == 1;
        let mut found = Columns::new();
        for item in &self.structure.selects[select].items {
            let given = self.given_by_item(item, relations.as_deref())?;
            found.extend(given.into_iter().map(|(name, shape)| (name, if is_single { shape } else { Shape::Any })));
        }
        Some(found)
    }

    fn given_by_item(&self, item: &Item, relations: Option<&[Relation]>) -> Option<Columns> {
        let start = item.tokens.start;
        let is = |at: usize, symbol: &str| at < item.tokens.end && self.all[at].is(symbol);
        if is(start, "*") {
            let mut found = Columns::new();
            for relation in relations?.iter().filter(|r| !r.is_hidden) {
                found.extend(relation.columns.clone()?);
            }
            return Some(found);
        }
        if is(start + 1, ".") && is(start + 2, "*") {
            let alias = self.all[start].content().to_lowercase();
            let mut named = relations?.iter().filter(|r| r.alias.as_ref().is_some_and(|(name, _)| *name == alias));
            return named.next()?.columns.clone();
        }
        if (start..item.tokens.end).any(|at| is(at, "*") && at > start && self.all[at - 1].is(".")) {
            return None;
        }
        if let Some(name) = &item.name {
            let shape = self.shape(item.value.clone(), relations);
            return Some([(name.to_lowercase(), shape)].into());
        }
        let listed = self.listed(item);
        if !listed.is_empty() {
            return any_of(listed);
        }
        let function = &self.all[start];
        if function.is_any(&["inline", "inline_outer"]) {
            return None;
        }
        if let Some(names) = default_columns(function) {
            return any_of(names);
        }
        // the text of a call is the name of its column; other expressions may be named by a column in them
        let is_call =
            is(start + 1, "(") && self.structure.call(start).is_some_and(|f| f.tokens.end + 1 == item.tokens.end);
        if is_call && !function.is_any(&["cast", "try_cast"]) {
            return Some(Columns::new());
        }
        any_of(
            item.tokens
                .clone()
                .filter(|i| self.all[*i].is_name())
                .map(|i| self.all[i].content().to_lowercase())
                .collect(),
        )
    }

    /// The names in `function(…) AS (key, value)`.
    fn listed(&self, item: &Item) -> Vec<String> {
        let is_list = |at: &usize| self.all[*at].is_word("as") && self.all.get(at + 1).is_some_and(|t| t.is("("));
        let direct = self.structure.direct(self.structure.at[item.tokens.start].0, item.tokens.clone());
        let Some(at) = direct.filter(is_list).last() else { return Vec::new() };
        let names = self.all[at + 2..item.tokens.end].iter().filter(|t| t.is_name());
        names.map(|t| t.content().to_lowercase()).collect()
    }

    /// The shape of an expression in a query that reads these relations.
    fn shape(&self, range: Range<usize>, relations: Option<&[Relation]>) -> Shape {
        let resolve = |token: usize| {
            let name = self.all[token].content().to_lowercase();
            let Some(relations) = relations else { return (Shape::Any, token + 1) };
            let field = self.all.get(token + 2).filter(|t| self.all[token + 1].is(".") && t.is_name());
            let named = relations.iter().find(|r| r.alias.as_ref().is_some_and(|(alias, _)| *alias == name));
            if let (Some(relation), Some(field)) = (named, field) {
                let columns = relation.columns.as_ref();
                let column = columns.and_then(|c| c.get(&field.content().to_lowercase())).cloned();
                return (column.unwrap_or_default(), token + 3);
            }
            let column = relations.iter().find_map(|r| r.columns.as_ref()?.get(&name)).cloned();
            (column.unwrap_or_default(), token + 1)
        };
        shape_of(self.all, self.structure, range, &resolve)
    }

    /// The shape of an expression where it stands.
    pub(super) fn shape_at(&self, range: Range<usize>) -> Shape {
        let resolve = |token: usize| {
            let name = self.all[token].content().to_lowercase();
            let field = self.all.get(token + 2).filter(|t| self.all[token + 1].is(".") && t.is_name());
            if let (Ok(Some(relation)), Some(field)) = (self.relation(token, &name), field) {
                let columns = relation.columns.as_ref();
                let column = columns.and_then(|c| c.get(&field.content().to_lowercase())).cloned();
                return (column.unwrap_or_default(), token + 3);
            }
            match self.column(token, &name) {
                Found::Known(shape) => (shape, token + 1),
                _ => (Shape::Any, token + 1),
            }
        };
        shape_of(self.all, self.structure, range, &resolve)
    }
}

fn any_of(names: Vec<String>) -> Option<Columns> {
    Some(names.into_iter().map(|name| (name, Shape::Any)).collect())
}

/// Functions whose result has the shape of their first argument.
const SAME: [&str; 13] = [
    "filter",
    "sort_array",
    "array_sort",
    "slice",
    "array_distinct",
    "reverse",
    "shuffle",
    "array_compact",
    "max",
    "min",
    "any_value",
    "first",
    "last",
];

/// Functions that give one element of their first argument.
const ELEMENT: [&str; 7] =
    ["element_at", "try_element_at", "get", "explode", "explode_outer", "array_max", "array_min"];

/// Functions that make an array of their argument.
const COLLECTED: [&str; 3] = ["collect_list", "collect_set", "array_agg"];

/// Functions whose lambda gets the elements of the first argument as its first variable.
const OF_ELEMENTS: [&str; 5] = ["transform", "filter", "exists", "forall", "array_sort"];

/// The shape of an expression; `resolve` tells that of the name at a token, and where the name ends.
fn shape_of(
    all: &[Token<'_>],
    structure: &Structure,
    range: Range<usize>,
    resolve: &dyn Fn(usize) -> (Shape, usize),
) -> Shape {
    let Some(first) = all.get(range.start).filter(|_| !range.is_empty()) else { return Shape::Any };
    let is = |at: usize, symbol: &str| range.contains(&at) && all[at].is(symbol);
    let (mut shape, mut at) = if first.is("(") {
        let close = piq_sql::closing(all, range.start);
        (shape_of(all, structure, range.start + 1..close, resolve), close + 1)
    } else if !first.is_name() {
        return Shape::Any;
    } else if is(range.start + 1, "(") && first.kind == TokenKind::Word {
        let Some(frame) = structure.call(range.start) else { return Shape::Any };
        (of_call(all, structure, range.start, resolve), frame.tokens.end + 1)
    } else if let Some(shape) = variable(all, structure, range.start, resolve) {
        (shape, range.start + 1)
    } else {
        resolve(range.start)
    };
    // a name that goes on behind the range
    if at > range.end {
        return Shape::Any;
    }
    while at < range.end {
        if is(at, ".") && all.get(at + 1).is_some_and(Token::is_name) {
            shape = shape.field(&all[at + 1].content());
            at += 2;
        } else if is(at, "[") {
            let Some(frame) = structure.frames.iter().find(|f| f.tokens.start == at + 1) else { return Shape::Any };
            shape = shape.element();
            at = frame.tokens.end + 1;
        } else {
            return Shape::Any;
        }
    }
    shape
}

/// The shape of what a call gives.
fn of_call(all: &[Token<'_>], structure: &Structure, i: usize, resolve: &dyn Fn(usize) -> (Shape, usize)) -> Shape {
    let Some(given) = structure.arguments(all, i) else { return Shape::Any };
    let of = |at: usize| given.get(at).map_or(Shape::Any, |a| shape_of(all, structure, a.clone(), resolve));
    let name = &all[i];
    if name.is_word("named_struct") {
        let mut fields = BTreeMap::new();
        for pair in given.chunks(2) {
            let [key, value] = pair else { return Shape::Any };
            if key.len() != 1 || all[key.start].kind != TokenKind::String {
                return Shape::Any;
            }
            let shape = shape_of(all, structure, value.clone(), resolve);
            fields.insert(all[key.start].content().to_lowercase(), shape);
        }
        return Shape::Struct(fields);
    }
    if name.is_word("array") {
        return of(0).array();
    }
    if name.is_any(&SAME) {
        return of(0);
    }
    if name.is_any(&ELEMENT) {
        return of(0).element();
    }
    if name.is_any(&COLLECTED) {
        return of(0).array();
    }
    if name.is_word("transform") {
        let Some(body) = given.get(1).and_then(|a| body_of_lambda(all, a.clone())) else { return Shape::Any };
        return shape_of(all, structure, body, resolve).array();
    }
    if name.is_word("from_json") {
        let schema = given.get(1).filter(|a| a.len() == 1).map(|a| &all[a.start]);
        return schema.filter(|t| t.kind == TokenKind::String).map_or(Shape::Any, |t| Shape::of_schema(&t.content()));
    }
    Shape::Any
}

/// What stands behind the arrow of a lambda.
fn body_of_lambda(all: &[Token<'_>], argument: Range<usize>) -> Option<Range<usize>> {
    let arrow = (argument.start..argument.end.checked_sub(2)?).find(|i| all[*i].is("-") && all[*i + 1].is(">"))?;
    let head = arrow - argument.start;
    (head == 1 || all[argument.start].is("(")).then_some(arrow + 2..argument.end)
}

/// The shape of a variable of a lambda around the token; nothing of another name.
fn variable(
    all: &[Token<'_>],
    structure: &Structure,
    token: usize,
    resolve: &dyn Fn(usize) -> (Shape, usize),
) -> Option<Shape> {
    let name = all[token].content();
    for (frame, _) in structure.around(token) {
        let Some(callee) = structure.frames[frame].callee else { continue };
        let given = structure.arguments(all, callee)?;
        let Some(place) = given.iter().position(|a| a.contains(&token)) else { continue };
        let Some(body) = body_of_lambda(all, given[place].clone()).filter(|b| b.contains(&token)) else { continue };
        let variables: Vec<usize> = (given[place].start..body.start - 2).filter(|i| all[*i].is_name()).collect();
        let Some(number) = variables.iter().position(|i| all[*i].content().eq_ignore_ascii_case(&name)) else {
            continue;
        };
        if place == 1 && number == 0 && all[callee].is_any(&OF_ELEMENTS) {
            return Some(shape_of(all, structure, given[0].clone(), resolve).element());
        }
        return Some(Shape::Any);
    }
    None
}
