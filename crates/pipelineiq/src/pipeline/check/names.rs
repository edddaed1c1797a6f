//! The names in a query or an expression: columns and functions that nothing provides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use piq_diagnostics::closest;
use piq_sql::{FunctionKind, Structure, Token, TokenKind, common_tables, is_function, is_keyword, relations, tokens};

/// Functions that engines have, one a line.
static FUNCTIONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("functions.txt").lines().collect());

/// What a name may stand for, in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Readable {
    /// Columns that may be read.
    pub columns: BTreeSet<String>,
    /// Columns that are there, but are not among the inputs.
    pub undeclared: BTreeSet<String>,
    /// Source texts that must not reach a model as they are.
    pub raw_texts: BTreeSet<String>,
    /// Columns behind an alias that is there already.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// Columns of the relations that a query may name.
    pub relations: BTreeMap<String, BTreeSet<String>>,
}

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

/// All faults of `sql`, a query or an expression, in their order.
pub(super) fn name_faults(sql: &str, readable: &Readable) -> Vec<NameFault> {
    let all = tokens(sql);
    let reader = Reader::new(&all, readable);
    (0..all.len()).filter_map(|i| reader.fault(i)).collect()
}

struct Reader<'r> {
    all: &'r [Token<'r>],
    structure: Structure,
    readable: &'r Readable,
    /// Names that the SQL gives itself: aliases, lambda variables, common tables.
    own: BTreeSet<String>,
    /// Relations by alias; `None` where an alias is of something whose columns are not known.
    aliases: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Tokens of the names of relations.
    sources: BTreeSet<usize>,
    /// Whether the columns of all relations are known.
    closed: bool,
}

impl<'r> Reader<'r> {
    fn new(all: &'r [Token<'r>], readable: &'r Readable) -> Self {
        let mut reader = Self {
            all,
            structure: Structure::of(all),
            readable,
            own: BTreeSet::new(),
            aliases: readable.aliases.iter().map(|(alias, columns)| (alias.clone(), Some(columns.clone()))).collect(),
            sources: BTreeSet::new(),
            closed: true,
        };
        for common in common_tables(all).into_iter().filter(|c| c.is_query) {
            reader.own.insert(common.name);
            reader.own.extend(common.columns);
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
            } else if reader.arrow(i + 1) && all[i].is_name() {
                reader.own.insert(name);
            } else if all[i].is(")") && reader.arrow(i + 1) {
                let open = (0..i).rev().find(|at| all[*at].is("(")).unwrap_or(i);
                reader.own.extend(all[open..i].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()));
            } else if all[i].is(")")
                && reader.closes_query(i)
                && all.get(i + 1).is_some_and(|t| t.is_name() && !is_keyword(t.raw))
            {
                let alias = all[i + 1].content().to_lowercase();
                reader.aliases.insert(alias.clone(), None);
                reader.own.insert(alias);
                reader.own_list(i + 2);
            }
        }
        reader
    }

    /// Names in brackets after an alias.
    fn own_list(&mut self, open: usize) {
        if self.all.get(open).is_some_and(|t| t.is("(")) {
            let listed = self.all[open..].iter().take_while(|t| !t.is(")")).filter(|t| t.is_name());
            let names: Vec<String> = listed.map(|t| t.content().to_lowercase()).collect();
            self.own.extend(names);
        }
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
        if !token.is_name() || self.sources.contains(&i) {
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
        if keyword || self.word(i.wrapping_sub(1), "as") || self.own.contains(&name) {
            return None;
        }
        // what stands before a dot is a relation, or a column with fields
        if self.qualifies_call(i) {
            return None;
        }
        let alias = self.aliases.contains_key(&name);
        if alias && self.is(i + 1, ".") {
            return None;
        }
        if self.readable.columns.contains(&name) {
            return self.raw(i, &name);
        }
        if self.aliases.values().flatten().any(|columns| columns.contains(&name)) {
            return self.raw(i, &name);
        }
        if !self.closed {
            return None;
        }
        self.undeclared(i, &name).or_else(|| Some(self.unknown(i, &name, self.candidates())))
    }

    /// A column after the alias of a relation whose columns are known.
    fn qualified(&self, i: usize, name: &str) -> Option<NameFault> {
        let owner = self.all.get(i.checked_sub(2)?)?;
        if !owner.is_name() || i >= 3 && self.is(i - 3, ".") {
            return None;
        }
        let columns = self.aliases.get(&owner.content().to_lowercase())?.as_ref()?;
        if columns.contains(name) {
            return self.raw(i, name);
        }
        self.undeclared(i, name).or_else(|| Some(self.unknown(i, name, columns.iter().map(String::as_str).collect())))
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
    fn raw(&self, i: usize, name: &str) -> Option<NameFault> {
        let mut around = self.structure.around(i).filter_map(|(frame, _)| self.structure.frames[frame].callee);
        let to_model = around.any(|callee| is_function(self.all[callee].raw, FunctionKind::Ai));
        (to_model && self.readable.raw_texts.contains(name)).then(|| {
            let message = format!("`{name}` goes to a model as it is: with contacts in it, and not marked as data");
            let hint =
                format!("write {{{{ crm_text(['{name}']) }}}}, or {{{{ clean('{name}') }}}} within a marked text");
            self.at(i, "raw-text", message, Some(hint))
        })
    }

    fn function(&self, i: usize, name: &str) -> Option<NameFault> {
        // a name with a list of columns after a query or a table is an alias
        if FUNCTIONS.contains(name) || self.word(i.wrapping_sub(1), "as") {
            return None;
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Readable, name_faults};

    fn set(names: &str) -> BTreeSet<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    fn readable() -> Readable {
        Readable {
            columns: set("usecase_id stage days_to_live notes"),
            undeclared: set("vertical"),
            raw_texts: set("stage notes"),
            aliases: BTreeMap::new(),
            relations: BTreeMap::from([
                ("filtered_usecases".to_owned(), set("usecase_id stage days_to_live notes")),
                ("ref_stage".to_owned(), set("code rank")),
            ]),
        }
    }

    fn found(sql: &str) -> Vec<String> {
        name_faults(sql, &readable()).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
    }

    #[test]
    fn names_that_nothing_provides_are_found() {
        for (sql, expected) in [
            ("stag = 'U3'", "unknown-column stag"),
            ("lenght(stage) > 3", "unknown-sql-function lenght"),
            ("coalesce(vertical, '') <> ''", "undeclared-input vertical"),
            ("SELECT u.usecase_id, u.stge FROM filtered_usecases AS u", "unknown-column stge"),
            ("SELECT usecase_id, ai_gen(concat('x', notes)) AS a FROM filtered_usecases", "raw-text notes"),
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
            "percentile_approx(days_to_live, 0.5) FILTER (WHERE stage = 'U3') > 1",
        ] {
            assert_eq!(found(sql), [] as [String; 0], "{sql}");
        }
    }
}
