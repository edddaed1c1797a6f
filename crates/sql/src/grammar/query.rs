//! Queries: WITH, SELECT and its clauses in their order, set operations, ORDER BY and LIMIT.

use super::{RESERVED, Read, Reader, Stop, is_name};

/// Words that go on with the query behind a table or a column, so that they do not name it.
const FOLLOW: [&str; 16] = [
    "anti",
    "cross",
    "div",
    "group",
    "lateral",
    "left",
    "not",
    "order",
    "over",
    "pivot",
    "right",
    "semi",
    "tablesample",
    "unpivot",
    "collate",
    "then",
];

/// Brackets before a query: each may be that of an expression, and is read twice.
const MOST_BRACKETS: usize = 6;

impl Reader<'_> {
    /// Whether a query begins here.
    pub(super) fn starts_query(&self) -> bool {
        let mut ahead = 0;
        while self.symbol_at(ahead, "(") {
            ahead += 1;
        }
        // what has more is read as an expression
        if ahead > MOST_BRACKETS {
            return false;
        }
        self.any_at(ahead, &["select", "with", "values", "from"]) || self.word_at(ahead, "table") && ahead == 0
    }

    pub(super) fn query(&mut self) -> Read {
        let cases = std::mem::take(&mut self.cases);
        let read = self.deeper(|r| {
            if r.skip_word("with") {
                r.skip_word("recursive");
                r.list("a named query", Self::is_plain_name, Self::common_table)?;
                // not a query: the names are for a statement that writes
                if r.any(&["insert", "merge", "update", "delete"]) {
                    return Err(Stop::Unread);
                }
            }
            r.term()?;
            while r.any(&["union", "intersect", "except", "minus"]) {
                let operator = r.at;
                r.at += 1;
                r.skip_any(&["all", "distinct"]);
                if r.word("by") && r.word_at(1, "name") {
                    r.at += 2;
                }
                if !(r.starts_query() || r.is("(")) {
                    let message = format!(
                        "expected a query after {}, found {}",
                        r.all[operator].raw.to_uppercase(),
                        r.found(r.at)
                    );
                    return r.fault(operator, message, "write SELECT …");
                }
                r.term()?;
            }
            r.organization()
        });
        self.cases = cases;
        read
    }

    /// `name [(columns)] AS (query)`
    fn common_table(&mut self) -> Read {
        let hint = "write name AS (SELECT …)";
        if !self.is_plain_name() {
            return self.expected("the name of a query", hint);
        }
        self.at += 1;
        if self.is("(") && !self.starts_query() {
            self.skip_brackets()?;
        }
        // MAX RECURSION LEVEL 10
        while self.any(&["max", "recursion", "level"]) || self.token(0).is_some_and(|t| t.raw.parse::<u32>().is_ok()) {
            self.at += 1;
        }
        self.skip_word("as");
        self.expect("(", hint)?;
        self.query()?;
        self.close()
    }

    fn term(&mut self) -> Read {
        if self.skip("(") {
            self.query()?;
            return self.close();
        }
        if self.word("from") {
            return Err(Stop::Unread);
        }
        if self.skip_word("table") {
            return self.relation_name();
        }
        if self.skip_word("values") {
            return self.list("a row", Self::starts_expression, Self::expression);
        }
        self.expect_word("select", "write SELECT …")?;
        self.select()
    }

    /// What follows SELECT.
    fn select(&mut self) -> Read {
        self.skip_any(&["distinct", "all"]);
        if self.word("on") && self.symbol_at(1, "(") {
            return self.fault(self.at, "DISTINCT ON is not SQL of Databricks", "number the rows, and keep the first");
        }
        if !self.starts_expression() {
            let hint = if self.is(",") { "remove the comma, or add what it separates" } else { "name the columns" };
            return self.expected("a column after SELECT", hint);
        }
        let transforms = self.word("transform") && self.symbol_at(1, "(");
        self.list("a column", Self::starts_expression, Self::item)?;
        // a script of the system over the rows
        if transforms && self.any(&["using", "format"]) {
            return Err(Stop::Unread);
        }
        if self.skip_word("from") {
            self.list("a table", Self::starts_relation, Self::relation)?;
        }
        if self.is("|") && self.joined(1, ">") {
            return Err(Stop::Unread);
        }
        if self.skip_word("where") {
            self.condition("WHERE")?;
        }
        if self.word("group") {
            self.group_by()?;
        }
        if self.skip_word("having") {
            self.condition("HAVING")?;
        }
        if self.skip_word("qualify") {
            self.condition("QUALIFY")?;
        }
        self.window_clause()?;
        self.clause_in_its_place()
    }

    /// An expression behind a keyword that cannot be without one.
    pub(super) fn condition(&mut self, clause: &str) -> Read {
        if !self.starts_expression() {
            let message = format!("expected a condition after {clause}, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "add the condition, or remove the word");
        }
        self.expression()?;
        if self.is(",") {
            return self.fault(self.at, format!("expected one condition after {clause}, found `,`"), "write AND");
        }
        Ok(())
    }

    /// A column of a select list.
    fn item(&mut self) -> Read {
        if self.star() {
            return self.after_star();
        }
        self.expression()?;
        if self.skip_word("as") {
            return self.alias_behind_as();
        }
        if self.is_alias() {
            self.at += 1;
        }
        Ok(())
    }

    /// `*` and `t.*`
    pub(super) fn star(&mut self) -> bool {
        let mut ahead = 0;
        while self.token(ahead).is_some_and(super::Token::is_name) && self.symbol_at(ahead + 1, ".") {
            ahead += 2;
        }
        let found = self.symbol_at(ahead, "*");
        if found {
            self.at += ahead + 1;
        }
        found
    }

    fn after_star(&mut self) -> Read {
        if self.any(&["except", "exclude"]) && self.symbol_at(1, "(") && !self.any_at(2, &["select", "with"]) {
            self.at += 1;
            self.skip_brackets()?;
        }
        if self.skip_word("as") { self.alias_behind_as() } else { Ok(()) }
    }

    pub(super) fn alias_behind_as(&mut self) -> Read {
        if self.is("(") {
            return self.skip_brackets();
        }
        let reserved = self.any(&RESERVED) && !self.any(&["by", "full", "inner", "natural", "limit"]);
        if !self.token(0).is_some_and(is_name) || reserved {
            let message = format!("expected a name after AS, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "give the column a name");
        }
        self.at += 1;
        Ok(())
    }

    /// Whether the next word is a name for what stands before it, without AS.
    pub(super) fn is_alias(&self) -> bool {
        let used =
            self.any(&["window", "offset", "version", "timestamp", "for", "sort", "cluster", "distribute", "minus"])
                && self.token(1).is_some_and(|t| !t.is(",") && !t.is(")") && !t.is_word("from"));
        self.is_plain_name() && !self.any(&FOLLOW) && !used
    }

    fn group_by(&mut self) -> Read {
        self.at += 1;
        self.expect_word("by", "write GROUP BY …")?;
        if self.skip_word("all") {
            return Ok(());
        }
        if !self.starts_expression() {
            return self.expected("a column after GROUP BY", "name the columns of the groups");
        }
        self.list("a column", Self::starts_expression, Self::group)?;
        if self.word("with") && self.any_at(1, &["rollup", "cube"]) {
            self.at += 2;
        }
        if self.word("grouping") && self.word_at(1, "sets") {
            self.at += 2;
            self.skip_brackets()?;
        }
        Ok(())
    }

    fn group(&mut self) -> Read {
        if self.word("grouping") && self.word_at(1, "sets") {
            self.at += 2;
            return self.skip_brackets();
        }
        if self.any(&["rollup", "cube"]) && self.symbol_at(1, "(") {
            self.at += 1;
            return self.skip_brackets();
        }
        self.expression()
    }

    fn window_clause(&mut self) -> Read {
        if !(self.word("window") && self.word_at(2, "as")) {
            return Ok(());
        }
        self.at += 1;
        self.list("a window", Self::is_plain_name, |r| {
            r.at += 1;
            r.expect_word("as", "write WINDOW name AS (…)")?;
            if r.is("(") {
                return r.window();
            }
            r.at += 1;
            Ok(())
        })
    }

    fn organization(&mut self) -> Read {
        loop {
            let by = self.word_at(1, "by");
            if self.any(&["order", "sort", "cluster", "distribute"]) {
                let clause = self.all[self.at].raw.to_uppercase();
                if !by {
                    return self.fault(self.at, format!("expected BY after {clause}"), "write BY behind it");
                }
                self.at += 2;
                self.order_list(&clause)?;
            } else if self.any(&["limit", "offset"]) {
                self.at += 1;
                if !self.skip_word("all") {
                    self.operand_after(self.at - 1)?;
                }
            } else if self.word("window") && self.word_at(2, "as") {
                self.window_clause()?;
            } else if self.is("|") && self.joined(1, ">") {
                return Err(Stop::Unread);
            } else {
                break;
            }
        }
        if self.any(&["union", "intersect", "except"]) {
            let message = format!("expected the end of the query, found `{}`", self.all[self.at].raw);
            return self.fault(self.at, message, "put the query before it into brackets");
        }
        self.clause_in_its_place()
    }

    /// What stands behind ORDER BY.
    pub(super) fn order_list(&mut self, clause: &str) -> Read {
        if self.skip_word("all") {
            self.direction();
            return Ok(());
        }
        if !self.starts_expression() {
            return self.expected(&format!("a column after {clause} BY"), "name the columns");
        }
        self.list("a column", Self::starts_expression, |r| {
            r.expression()?;
            r.direction();
            Ok(())
        })
    }

    fn direction(&mut self) {
        self.skip_any(&["asc", "desc"]);
        if self.word("nulls") && self.any_at(1, &["first", "last"]) {
            self.at += 2;
        }
    }

    /// A clause that stands behind one that follows it, or stands there twice.
    fn clause_in_its_place(&self) -> Read {
        if self.any(&["from", "where", "having", "qualify"]) || self.word("group") && self.word_at(1, "by") {
            let clause = self.all[self.at].raw.to_uppercase();
            let message = format!("expected the end of the query, found {clause}");
            let hint = "write SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT in this order, each once";
            return self.fault(self.at, message, hint);
        }
        Ok(())
    }
}
