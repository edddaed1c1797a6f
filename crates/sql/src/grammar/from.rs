//! FROM: tables, joins, LATERAL VIEW, PIVOT and samples.

use super::{Read, Reader, TokenKind};

impl Reader<'_> {
    pub(super) fn starts_relation(&self) -> bool {
        self.is_plain_name() && !(self.any(&["group", "order"]) && self.word_at(1, "by"))
            || self.is("(")
            || self.any(&["lateral", "values", "table"])
            || self.token(0).is_some_and(|t| matches!(t.kind, TokenKind::Parameter | TokenKind::String))
    }

    /// A table with its joins.
    pub(super) fn relation(&mut self) -> Read {
        self.deeper(|r| {
            r.primary_relation()?;
            // `a JOIN b JOIN c ON … ON …`: the conditions of earlier joins
            let mut open = 0;
            loop {
                if r.word("lateral") && r.word_at(1, "view") {
                    r.lateral_view()?;
                } else if r.any(&["pivot", "unpivot"]) {
                    r.at += 1;
                    if r.any(&["include", "exclude"]) {
                        r.at += 2;
                    }
                    r.skip_brackets()?;
                    r.table_alias()?;
                } else if open > 0 && r.skip_word("on") {
                    r.condition_of_join()?;
                    open -= 1;
                } else {
                    match r.join()? {
                        Some(with_condition) => open += usize::from(!with_condition),
                        None => return Ok(()),
                    }
                }
            }
        })
    }

    fn primary_relation(&mut self) -> Read {
        if !self.starts_relation() {
            let message = format!("expected a table after FROM, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "name the table");
        }
        self.skip_word("lateral");
        if self.is("(") {
            self.in_brackets()?;
        } else if self.skip_word("values") {
            self.list("a row", Self::starts_expression, Self::expression)?;
        } else {
            self.relation_name()?;
        }
        self.table_alias()
    }

    /// Brackets with a query or tables in them.
    fn in_brackets(&mut self) -> Read {
        let is_query = self.starts_query();
        self.at += 1;
        if is_query {
            self.bracketed_query()?
        } else {
            self.relation()?
        }
        self.close()
    }

    /// A query in brackets, or tables in brackets that begin with one: `((SELECT …) AS a JOIN b)`.
    fn bracketed_query(&mut self) -> Read {
        let start = self.at;
        if self.is("(") {
            let relation = self.relation();
            if relation.is_ok() && self.is(")") {
                return Ok(());
            }
            self.at = start;
        }
        self.query()
    }

    /// The name of a table, or the call of a function that gives one.
    pub(super) fn relation_name(&mut self) -> Read {
        if self.word("stream") && self.token(1).is_some_and(|t| t.is_name() || t.is("(")) {
            self.at += 1;
        }
        if self.is("(") {
            return self.in_brackets();
        }
        self.at += 1;
        while self.is(".") {
            self.at += 1;
            if self.token(0).is_none_or(|t| matches!(t.kind, TokenKind::Symbol)) {
                return self.expected("a name after `.`", "remove the dot, or name the table");
            }
            self.at += 1;
        }
        if self.is("(") {
            self.arguments()?;
        }
        // a version: `t@v3`, `t VERSION AS OF 3`, `t FOR TIMESTAMP AS OF '…'`
        if self.skip("@") {
            self.at += 1;
        }
        let ahead = usize::from(self.word("for"));
        if self.any_at(ahead, &["version", "timestamp", "system_version", "system_time"])
            && self.word_at(ahead + 1, "as")
        {
            self.at += ahead + 2;
            self.expect_word("of", "write AS OF …")?;
            self.operand_after(self.at - 1)?;
        }
        if self.skip_word("tablesample") {
            self.skip_brackets()?;
            if self.skip_word("repeatable") {
                self.skip_brackets()?;
            }
        }
        Ok(())
    }

    fn table_alias(&mut self) -> Read {
        if self.skip_word("tablesample") {
            self.skip_brackets()?;
        }
        if self.skip_word("as") {
            self.alias_behind_as()?;
        } else if self.is_alias() {
            self.at += 1;
        } else {
            return Ok(());
        }
        if self.is("(") { self.skip_brackets() } else { Ok(()) }
    }

    /// A join, if one follows, and whether it has a condition.
    fn join(&mut self) -> Read<Option<bool>> {
        const KINDS: [&str; 9] = ["natural", "inner", "cross", "left", "right", "full", "outer", "semi", "anti"];
        let start = self.at;
        while self.any(&KINDS) {
            self.at += 1;
        }
        if !self.skip_word("join") {
            if self.at > start {
                return self.expected("JOIN", "write JOIN and the table");
            }
            return Ok(None);
        }
        if !self.starts_relation() {
            let message = format!("expected a table after JOIN, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "name the table");
        }
        self.primary_relation()?;
        if self.skip_word("on") {
            self.condition_of_join()?;
        } else if self.skip_word("using") {
            self.skip_brackets()?;
        } else {
            return Ok(Some(false));
        }
        Ok(Some(true))
    }

    /// An expression; a comma behind it begins the next table.
    fn condition_of_join(&mut self) -> Read {
        if !self.starts_expression() {
            let message = format!("expected a condition after ON, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "say which rows belong together");
        }
        self.expression()
    }

    /// `LATERAL VIEW [OUTER] function(…) table [AS column, …]`
    fn lateral_view(&mut self) -> Read {
        self.at += 2;
        self.skip_word("outer");
        if !self.is_plain_name() {
            return self.expected("a function after LATERAL VIEW", "write explode(…)");
        }
        self.relation_name()?;
        if self.is_alias() {
            self.at += 1;
        }
        if self.skip_word("as") || self.is_alias() {
            self.list("the name of a column", Self::is_plain_name, |r| {
                r.at += 1;
                Ok(())
            })?;
        }
        Ok(())
    }
}
