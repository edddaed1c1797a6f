//! The names in a query or an expression: columns and functions that nothing provides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use piq_diagnostics::{closest, is_slip};
use piq_sql::{FunctionKind, Structure, Token, TokenKind, common_tables, is_function, is_keyword, relations};

use super::generators::default_columns;
use super::raw_texts::RawTexts;
use super::scope::{Columns, Found, Scopes};
use super::shape::Shape;

/// Functions that engines have, one a line.
static FUNCTIONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("functions.txt").lines().collect());

/// The values of columns, by the columns' names in lower case.
pub(super) type KnownValues = BTreeMap<String, Vec<String>>;

/// What a name may stand for, in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Readable {
    /// Columns that may be read.
    pub columns: BTreeSet<String>,
    /// Columns that are there, but are not among the inputs.
    pub undeclared: BTreeSet<String>,
    /// Source texts that must not reach a model as they are.
    pub raw_texts: BTreeSet<String>,
    /// The values of columns that have known ones.
    pub values: KnownValues,
    /// The name of the question, which cannot read its own result.
    pub itself: Option<String>,
    /// Columns behind an alias that is there already.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// Columns of the relations that a query may name.
    pub relations: BTreeMap<String, BTreeSet<String>>,
    /// The shapes of columns of these relations.
    pub shapes: BTreeMap<String, Shape>,
}

/// Tables and views that the notebooks make, besides those that a query usually reads.
const MADE: [&str; 14] = [
    "piq_ai_calls",
    "piq_attempts",
    "piq_bootstrap",
    "piq_history",
    "piq_input_hashes",
    "piq_live_dates",
    "piq_questions",
    "piq_run",
    "piq_scope",
    "piq_source_hashes",
    "piq_spent",
    "piq_pushes",
    "piq_forecast",
    "piq_attention",
];

/// Functions of other engines, and what they are here.
const FOREIGN: [(&str, &str); 12] = [
    ("group_concat", "`listagg` or `string_agg`"),
    ("string_to_array", "`split`"),
    ("array_to_string", "`array_join`"),
    ("strftime", "`date_format`"),
    ("isnumeric", "`try_cast(… AS DOUBLE) IS NOT NULL`"),
    ("safe_cast", "`try_cast`"),
    ("safe_divide", "`try_divide`"),
    ("iif", "`iff` or `if`"),
    ("convert", "`CAST(… AS …)`"),
    ("json_extract", "`get_json_object`"),
    ("regexp_matches", "`regexp_like` or `regexp_extract_all`"),
    ("stuff", "`overlay`"),
];

/// Something wrong at some bytes of the SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NameFault {
    pub code: &'static str,
    pub span: Range<usize>,
    /// The name as written.
    pub name: String,
    pub message: String,
    pub hint: Option<String>,
}

/// All faults of `sql`, a query or an expression whose brackets match, in their order.
pub(super) fn name_faults<'r>(
    all: &'r [Token<'r>],
    structure: &'r Structure,
    readable: &'r Readable,
    scopes: Option<&'r Scopes<'r>>,
) -> Vec<NameFault> {
    let reader = Reader::new(all, structure, readable, scopes);
    (0..all.len()).filter_map(|i| reader.fault(i)).collect()
}

struct Reader<'r> {
    all: &'r [Token<'r>],
    structure: &'r Structure,
    readable: &'r Readable,
    raw: RawTexts,
    /// Names that the SQL gives itself: aliases, lambda variables, common tables.
    own: BTreeSet<String>,
    /// Relations by alias; `None` where an alias is of something whose columns are not known.
    aliases: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Tokens of the names of relations.
    sources: BTreeSet<usize>,
    /// Tokens that give a name to a column, without AS.
    given: BTreeSet<usize>,
    /// Variables of lambdas, and windows.
    local: BTreeSet<String>,
    /// What each SELECT can read; nothing where that cannot be told.
    scopes: Option<&'r Scopes<'r>>,
    /// Whether the columns of all relations are known.
    closed: bool,
}

impl<'r> Reader<'r> {
    fn new(
        all: &'r [Token<'r>],
        structure: &'r Structure,
        readable: &'r Readable,
        scopes: Option<&'r Scopes<'r>>,
    ) -> Self {
        let mut reader = Self {
            all,
            structure,
            readable,
            raw: RawTexts::of(all, structure, &readable.raw_texts),
            own: BTreeSet::new(),
            aliases: readable.aliases.iter().map(|(alias, columns)| (alias.clone(), Some(columns.clone()))).collect(),
            sources: BTreeSet::new(),
            given: BTreeSet::new(),
            local: BTreeSet::new(),
            scopes,
            // what a pivot, or `inline`, makes cannot be told from the names
            closed: !all.iter().any(|t| t.is_any(&["pivot", "unpivot", "inline", "inline_outer"])),
        };
        let calls = (0..all.len()).filter(|i| all.get(i + 1).is_some_and(|t| t.is("(")));
        reader.own.extend(calls.filter_map(|i| default_columns(&all[i])).flatten());
        // a window has a name too
        for common in common_tables(all) {
            if !common.is_query {
                reader.local.insert(common.name.clone());
            }
            reader.given.extend(common.at..common.body.start);
            reader.own.insert(common.name);
            reader.own.extend(common.columns);
        }
        for item in structure.selects.iter().flat_map(|s| &s.items).filter(|item| item.is_alias) {
            reader.own.extend(item.name.as_ref().map(|name| name.to_lowercase()));
            reader.given.insert(item.tokens.end - 1);
        }
        let is_view = |pair: &[Token<'_>]| pair[0].is_word("lateral") && pair[1].is_word("view");
        for (view, _) in all.windows(2).enumerate().filter(|(_, pair)| is_view(pair)) {
            reader.lateral_view(view + 2);
        }
        for relation in relations(all).into_iter().filter(|r| r.is_source) {
            reader.sources.extend(relation.tokens.clone());
            let name = relation.parts.join(".").to_lowercase();
            let columns = readable.relations.get(&name).filter(|_| !relation.is_common && !relation.is_call);
            reader.closed &= columns.is_some() || relation.is_common;
            let mut end = relation.tokens.end;
            if reader.word(end, "as") {
                end += 1;
            }
            let alias = all.get(end).filter(|t| t.is_name() && !(t.kind == TokenKind::Word && is_keyword(t.raw)));
            reader.sources.extend(alias.map(|_| end));
            let alias = alias.map_or_else(|| relation.parts.last().cloned().unwrap_or_default(), Token::content);
            let known = reader.aliases.entry(alias.to_lowercase()).or_insert_with(|| Some(BTreeSet::new()));
            match (known.as_mut(), columns) {
                (Some(set), Some(columns)) => set.extend(columns.iter().cloned()),
                _ => *known = None,
            }
        }
        for i in 0..all.len() {
            let name = all[i].content().to_lowercase();
            if reader.word(i, "as") && all.get(i + 1).is_some_and(Token::is_name) {
                let alias = all[i + 1].content().to_lowercase();
                if i > 0 && all[i - 1].is(")") && reader.closes_query(i - 1) {
                    reader.aliases.insert(alias.clone(), None);
                }
                reader.own.insert(alias);
                reader.own_list(i + 2);
            } else if reader.word(i, "as") && all.get(i + 2).is_some_and(|t| !t.is_any(&["select", "with", "from"])) {
                // the columns of a function that gives several: `AS (key, value)`
                reader.own_list(i + 1);
            } else if reader.arrow(i + 1) && all[i].is_name() {
                reader.local.insert(name.clone());
                reader.own.insert(name);
            } else if all[i].is(")") && reader.arrow(i + 1) {
                let open = (0..i).rev().find(|at| all[*at].is("(")).unwrap_or(i);
                let variables = all[open..i].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase());
                let variables: Vec<String> = variables.collect();
                reader.local.extend(variables.clone());
                reader.own.extend(variables);
            } else if all[i].is(")")
                && reader.closes_query(i)
                && all.get(i + 1).is_some_and(|t| t.is_name() && !is_keyword(t.raw))
            {
                let alias = all[i + 1].content().to_lowercase();
                reader.aliases.insert(alias.clone(), None);
                reader.given.insert(i + 1);
                reader.own.insert(alias);
                reader.own_list(i + 2);
            }
        }
        reader
    }

    /// Names in brackets after an alias, if the brackets hold nothing else.
    fn own_list(&mut self, open: usize) {
        if !self.is(open, "(") {
            return;
        }
        let listed: Vec<&Token<'_>> = self.all[open + 1..].iter().take_while(|t| !t.is(")")).collect();
        if listed.iter().all(|t| t.is_name() || t.is(",")) {
            self.own.extend(listed.iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()));
            self.given.extend(open + 1..open + 1 + listed.len());
        }
    }

    /// The names of `LATERAL VIEW [OUTER] function(…) table [AS column, …]`.
    fn lateral_view(&mut self, start: usize) {
        let function = start + usize::from(self.word(start, "outer"));
        let Some(close) = self.structure.call(function).map(|f| f.tokens.end) else { return };
        let is_column = |at: usize| self.all.get(at).is_some_and(|t| t.is_name() && !is_keyword(t.raw));
        let mut at = close + 1;
        let mut names = Vec::new();
        if is_column(at) {
            names.push(at);
            at += 1;
        }
        if self.word(at, "as") {
            at += 1;
        }
        while is_column(at) {
            names.push(at);
            at += 1;
            if !self.is(at, ",") {
                break;
            }
            at += 1;
        }
        if let Some(table) = names.first() {
            self.aliases.insert(self.all[*table].content().to_lowercase(), None);
        }
        self.given.extend(&names);
        self.own.extend(names.iter().map(|at| self.all[*at].content().to_lowercase()));
    }

    fn word(&self, i: usize, word: &str) -> bool {
        self.all.get(i).is_some_and(|t| t.is_word(word))
    }

    fn is(&self, i: usize, symbol: &str) -> bool {
        self.all.get(i).is_some_and(|t| t.is(symbol))
    }

    fn arrow(&self, i: usize) -> bool {
        self.is(i, "-") && self.is(i + 1, ">")
    }

    /// Whether the name begins the qualified name of a function.
    fn qualifies_call(&self, mut i: usize) -> bool {
        let start = i;
        while self.is(i + 1, ".") && self.all.get(i + 2).is_some_and(Token::is_name) {
            i += 2;
        }
        i > start && self.is(i + 1, "(")
    }

    fn closes_query(&self, close: usize) -> bool {
        self.structure.frames.iter().any(|f| f.tokens.end == close && f.query)
    }

    fn fault(&self, i: usize) -> Option<NameFault> {
        let token = &self.all[i];
        if let Some(fault) = self.relation(i).or_else(|| self.raw_text(i)) {
            return Some(fault);
        }
        if !token.is_name() || self.sources.contains(&i) || self.given.contains(&i) {
            return None;
        }
        // `overlay(a PLACING 'b' FROM 2)`, `a DIV b`, and the name of an order of texts
        if token.is_any(&["placing", "collate", "div"]) || self.word(i.wrapping_sub(1), "collate") {
            return None;
        }
        // `column:field` and `value::type`
        if self.is(i.wrapping_sub(1), ":") {
            return None;
        }
        let keyword = token.kind == TokenKind::Word && is_keyword(token.raw);
        let name = token.content().to_lowercase();
        let after_dot = i > 0 && self.is(i - 1, ".");
        if self.is(i + 1, "(") && token.kind == TokenKind::Word {
            return if keyword || after_dot || self.own.contains(&name) { None } else { self.function(i, &name) };
        }
        let named = self.is(i + 1, "=") && self.is(i + 2, ">");
        let field = self.is(i + 1, ":") && !self.is(i + 2, ":");
        if named || field || self.arrow(i + 1) || name.starts_with("piq_") {
            return None;
        }
        if after_dot {
            return self.qualified(i, &name);
        }
        if keyword || self.word(i.wrapping_sub(1), "as") || self.local.contains(&name) {
            return None;
        }
        // what stands before a dot is a relation, or a column with fields
        if self.qualifies_call(i) {
            return None;
        }
        if is_text_of_expression(token) {
            return None;
        }
        if let Some(fault) = self.out_of_reach(i, &name) {
            return Some(fault);
        }
        if self.own.contains(&name) {
            return None;
        }
        let alias = self.aliases.contains_key(&name);
        if alias && self.is(i + 1, ".") {
            return None;
        }
        let is_known = self.aliases.values().flatten().any(|columns| columns.contains(&name));
        if self.readable.columns.contains(&name) || is_known || !self.closed {
            return None;
        }
        self.undeclared(i, &name).or_else(|| Some(self.unknown(i, &name, self.candidates())))
    }

    /// A column after the alias of a relation whose columns are known.
    fn qualified(&self, i: usize, name: &str) -> Option<NameFault> {
        let owner = self.all.get(i.checked_sub(2)?)?;
        if !owner.is_name() || i >= 3 && (self.is(i - 3, ".") || self.is(i - 3, ":")) {
            return None;
        }
        let alias = owner.content().to_lowercase();
        if !self.local.contains(&alias)
            && let Some(relation) = self.scopes.and_then(|s| s.relation(i - 2, &alias).ok().flatten())
            && let Some(columns) = &relation.columns
        {
            if columns.contains_key(name) || is_text_of_expression(&self.all[i]) || name.starts_with("_metadata") {
                return None;
            }
            let undeclared = self.undeclared(i, name).filter(|_| self.is_given(columns));
            return undeclared.or_else(|| Some(self.unknown(i, name, columns.keys().map(String::as_str).collect())));
        }
        let columns = self.aliases.get(&owner.content().to_lowercase())?.as_ref()?;
        if columns.contains(name) {
            return None;
        }
        self.undeclared(i, name).or_else(|| Some(self.unknown(i, name, columns.iter().map(String::as_str).collect())))
    }

    /// Whether these are the columns of a relation outside of the statement.
    fn is_given(&self, columns: &Columns) -> bool {
        self.readable.relations.values().any(|known| known.iter().eq(columns.keys()))
    }

    /// A name that the statement has, but not where this SELECT can read it.
    fn out_of_reach(&self, i: usize, name: &str) -> Option<NameFault> {
        let scopes = self.scopes.filter(|s| s.select_of(i).is_some())?;
        let before_dot = self.is(i + 1, ".");
        if before_dot && scopes.relation(i, name) != Ok(None)
            || scopes.column(i, name) != Found::Unknown
            || self.readable.columns.contains(name)
            || self.readable.aliases.contains_key(name)
            || self.readable.aliases.values().any(|columns| columns.contains(name))
        {
            return None;
        }
        if before_dot && self.aliases.contains_key(name) {
            let message = format!("this SELECT cannot read `{name}`, the alias of another query");
            let hint = "join the table here, or give the column another way".to_owned();
            return Some(self.at(i, "unknown-alias", message, Some(hint)));
        }
        let is_elsewhere = self.own.contains(name)
            || self.aliases.values().flatten().any(|columns| columns.contains(name))
            || self.readable.relations.values().any(|columns| columns.contains(name));
        // a subquery in between would still have to give it
        let reads_rows =
            scopes.outwards(i).flat_map(|s| &s.relations).any(|r| r.columns.as_ref().is_some_and(|c| self.is_given(c)));
        if let Some(fault) = self.undeclared(i, name).filter(|_| reads_rows) {
            return Some(fault);
        }
        let mut near: Vec<&str> = Vec::new();
        for scope in scopes.outwards(i) {
            near.extend(
                scope.relations.iter().filter_map(|r| r.columns.as_ref()).flat_map(|c| c.keys()).map(String::as_str),
            );
            near.extend(scope.given.iter().map(String::as_str));
        }
        let mut fault = self.unknown(i, name, near);
        if fault.hint.is_none() && is_elsewhere {
            fault.hint =
                Some("no table or subquery in the FROM of this SELECT gives it: add it to their lists".to_owned());
        }
        Some(fault)
    }

    fn candidates(&self) -> Vec<&str> {
        let related = self.aliases.values().flatten().flatten();
        self.readable.columns.iter().chain(&self.own).chain(related).map(String::as_str).collect()
    }

    fn unknown(&self, i: usize, name: &str, candidates: Vec<&str>) -> NameFault {
        let hint = closest(name, candidates).map(|near| format!("did you mean `{near}`?"));
        self.at(i, "unknown-column", format!("unknown column `{}`", self.all[i].content()), hint)
    }

    fn undeclared(&self, i: usize, name: &str) -> Option<NameFault> {
        self.readable.undeclared.contains(name).then(|| {
            let message = format!("the SQL reads `{name}`, which is not one of its `inputs`");
            let hint = format!("add `{name}` to `inputs`: only a change of an input asks, or computes, again");
            self.at(i, "undeclared-input", message, Some(hint))
        })
    }

    /// A text of the source in the arguments of an AI function.
    fn raw_text(&self, i: usize) -> Option<NameFault> {
        let mut around = self.structure.around(i).filter_map(|(frame, _)| self.structure.frames[frame].callee);
        if !self.raw.is_raw(self.all, self.structure, i)
            || !around.any(|callee| is_function(self.all[callee].raw, FunctionKind::Ai))
        {
            return None;
        }
        let name = self.all[i].content().to_lowercase();
        if self.all[i].is("*") {
            let message = "all columns go to a model as they are: with contacts in them, and not marked as data";
            let hint = "name the columns, with {{ crm_text([…]) }} around the texts";
            return Some(self.at(i, "raw-text", message.to_owned(), Some(hint.to_owned())));
        }
        let message = format!("`{name}` goes to a model as it is: with contacts in it, and not marked as data");
        let hint = if self.readable.raw_texts.contains(&name) {
            format!("write {{{{ crm_text(['{name}']) }}}}, or {{{{ clean('{name}') }}}} within a marked text")
        } else {
            format!("make `{name}` of {{{{ crm_text([…]) }}}} instead of the columns themselves")
        };
        Some(self.at(i, "raw-text", message, Some(hint)))
    }

    /// A relation whose name is nearly that of one which is known, or the question itself. Tables of the project's own are
    /// not known here.
    fn relation(&self, i: usize) -> Option<NameFault> {
        let is_one = self.sources.contains(&i) && !self.is(i + 1, ".") && !self.is(i + 1, "(");
        let before = i.checked_sub(1).map(|b| &self.all[b])?;
        if !is_one || !(before.is_any(&["from", "join"]) || before.is(",")) {
            return None;
        }
        let name = self.all[i].content().to_lowercase();
        if self.readable.itself.as_ref() == Some(&name) {
            let message = format!("the query reads `{name}`, which is its own result");
            return Some(self.at(i, "unknown-relation", message, Some("read FROM filtered_usecases".to_owned())));
        }
        let scopes = self.scopes;
        if scopes.is_some_and(|s| s.common(i, &name).is_some()) {
            return None;
        }
        let known = &self.readable.relations;
        if known.contains_key(&name) || MADE.contains(&name.as_str()) {
            return None;
        }
        if let Some(later) = scopes.and_then(|s| s.later(i, &name)) {
            let is_recursive = self.all.iter().any(|t| t.is_word("recursive"));
            let inside = later.body.contains(&i);
            return (!is_recursive && !inside).then(|| {
                let message = format!("the WITH gives `{name}` only behind this query");
                self.at(i, "unknown-relation", message, Some(format!("move `{name}` in front of what reads it")))
            });
        }
        // a query that is read elsewhere may have nearly the name of a table
        let common = scopes.into_iter().flat_map(|s| s.unread(i));
        let made = MADE.into_iter().filter(|_| !known.is_empty() && name.starts_with("piq_"));
        let candidates: Vec<&str> = known.keys().map(String::as_str).chain(common).chain(made).collect();
        let near = closest(&name, candidates.into_iter().filter(|c| *c != name)).filter(|near| is_slip(&name, near))?;
        let hint = format!("did you mean `{near}`? A table of your own is named as catalog.schema.table");
        Some(self.at(i, "unknown-relation", format!("unknown relation `{}`", self.all[i].content()), Some(hint)))
    }

    fn function(&self, i: usize, name: &str) -> Option<NameFault> {
        // a name with a list of columns after a query or a table is an alias
        if FUNCTIONS.contains(name) || self.word(i.wrapping_sub(1), "as") {
            return None;
        }
        let foreign = FOREIGN.iter().find(|(other, _)| *other == name).map(|(_, here)| *here);
        if let Some(here) = foreign {
            let message = format!("unknown function `{}`", self.all[i].content());
            return Some(self.at(i, "unknown-sql-function", message, Some(format!("did you mean {here}?"))));
        }
        let hint = closest(name, FUNCTIONS.iter().copied()).map_or_else(
            || "name a function of your own as catalog.schema.function".to_owned(),
            |near| format!("did you mean `{near}`? A function of your own is named as catalog.schema.function"),
        );
        Some(self.at(i, "unknown-sql-function", format!("unknown function `{}`", self.all[i].content()), Some(hint)))
    }

    fn at(&self, i: usize, code: &'static str, message: String, hint: Option<String>) -> NameFault {
        NameFault { code, span: self.all[i].span.clone(), name: self.all[i].content(), message, hint }
    }
}

/// Whether a quoted name is the text of an expression, such as `` `max(a)` ``: a column without an alias is called so.
fn is_text_of_expression(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Quoted && token.raw.contains(['(', '[', '+', '*', '/', '=', '<', '>'])
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::{Readable, Scopes, name_faults};

    fn set(names: &str) -> BTreeSet<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    fn readable() -> Readable {
        Readable {
            columns: set("usecase_id stage days_to_live notes"),
            undeclared: set("vertical"),
            raw_texts: set("stage notes"),
            itself: Some("my_question".to_owned()),
            aliases: BTreeMap::new(),
            values: BTreeMap::new(),
            shapes: BTreeMap::new(),
            relations: BTreeMap::from([
                ("filtered_usecases".to_owned(), set("usecase_id stage days_to_live notes")),
                ("ref_stage".to_owned(), set("code rank")),
            ]),
        }
    }

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        let (structure, readable) = (Structure::of(&all), readable());
        let scopes = Scopes::of(&all, &structure, &readable.relations, &readable.shapes);
        name_faults(&all, &structure, &readable, scopes.as_ref())
            .into_iter()
            .map(|f| format!("{} {}", f.code, f.name))
            .collect()
    }

    #[test]
    fn names_that_nothing_provides_are_found() {
        for (sql, expected) in [
            ("stag = 'U3'", "unknown-column stag"),
            ("lenght(stage) > 3", "unknown-sql-function lenght"),
            ("coalesce(vertical, '') <> ''", "undeclared-input vertical"),
            ("SELECT u.usecase_id, u.stge FROM filtered_usecases AS u", "unknown-column stge"),
            ("SELECT usecase_id, ai_gen(concat('x', notes)) AS a FROM filtered_usecases", "raw-text notes"),
            (
                "SELECT usecase_id, ai_gen(d) AS a FROM (SELECT usecase_id, concat('x', notes) AS d FROM filtered_usecases) t",
                "raw-text d",
            ),
            (
                "SELECT ai_gen(t.s.d) AS a FROM (SELECT struct(notes AS d) AS s FROM filtered_usecases) AS t",
                "raw-text d",
            ),
            ("SELECT ai_gen(t.notes) AS a FROM (SELECT notes FROM filtered_usecases) AS t", "raw-text notes"),
            ("SELECT ai_gen(to_json(struct(*))) AS a FROM filtered_usecases", "raw-text *"),
            ("SELECT code FROM ref_stagee", "unknown-relation ref_stagee"),
            ("SELECT usecase_id FROM my_question", "unknown-relation my_question"),
            ("SELECT r.rnk FROM filtered_usecases u JOIN ref_stage r ON r.code = u.stage", "unknown-column rnk"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_the_sql_names_itself_is_known() {
        for sql in [
            "SELECT usecase_id, x.a FROM (SELECT usecase_id, struct(1 AS a) AS x FROM filtered_usecases) AS t WHERE x.a > 1",
            "WITH c (k) AS (SELECT stage FROM filtered_usecases) SELECT k FROM c",
            "transform(array(1), (v, i) -> v + i)",
            "filter(array(stage), s -> s IS NOT NULL)",
            "SELECT CAST(array() AS ARRAY<STRUCT<name: STRING>>) AS a, v.n FROM (VALUES (1)) AS v(n)",
            "SELECT t.anything, whatever FROM main.other.table_of_ours AS t",
            "extract(YEAR FROM CAST(days_to_live AS DATE)) > 2020 AND stage RLIKE '^U'",
            "main.tools.our_function(stage)",
            "SELECT usecase_id, ai_gen(piq_text_notes) AS a, notes AS read_text FROM filtered_usecases",
            "date_diff(DAY, stage, stage) > 1",
            "SELECT usecase_id, days_to_live my_flag, 1 one FROM filtered_usecases ORDER BY my_flag",
            "SELECT rank() OVER w AS r FROM filtered_usecases WINDOW w AS (ORDER BY stage)",
            "SELECT t.k, v FROM filtered_usecases LATERAL VIEW OUTER explode(map('a', 1)) t AS k, v WHERE k = 'a'",
            "SELECT usecase_id, explode(map('a', 1)) AS (k, v) FROM filtered_usecases",
            "SELECT val, what FROM filtered_usecases UNPIVOT (val FOR what IN (stage, notes))",
            "overlay(stage PLACING 'x' FROM 1) = 'x' AND stage COLLATE UTF8_LCASE = 'u3'",
            "SELECT ai_gen(CASE WHEN notes IS NULL THEN 'none' ELSE 'some' END) AS a FROM filtered_usecases",
            "SELECT ai_gen(concat('n', n)) AS a FROM (SELECT length(notes) AS n FROM filtered_usecases) AS t",
            "SELECT ai_gen(notes) AS a FROM (SELECT concat('x', piq_text_notes) AS notes FROM filtered_usecases) AS t",
            "SELECT x FROM our_lookup",
            "percentile_approx(days_to_live, 0.5) FILTER (WHERE stage = 'U3') > 1",
        ] {
            assert_eq!(found(sql), [] as [String; 0], "{sql}");
        }
    }
}
