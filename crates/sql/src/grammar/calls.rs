//! Calls of functions: arguments, FILTER, windows, and the functions with a grammar of their own.

use super::{Read, Reader, Token, TokenKind};

impl Reader<'_> {
    /// A call whose name has just been read.
    pub(super) fn call(&mut self) -> Read {
        let name = self.at - 1;
        let qualified = name > 0 && self.all[name - 1].is(".");
        self.deeper(|r| {
            let cases = std::mem::take(&mut r.cases);
            let word = &r.all[name];
            let read = if !qualified && word.is_any(&["cast", "try_cast"]) {
                r.cast()
            } else if !qualified && word.is_word("exists") && r.any_at(1, &["select", "with", "values"]) {
                r.at += 1;
                r.query().and_then(|()| r.close())
            } else {
                r.arguments()
            };
            r.cases = cases;
            read
        })?;
        self.after_call()
    }

    /// `(expression AS type)`
    fn cast(&mut self) -> Read {
        const HINT: &str = "write CAST(expression AS type)";
        self.at += 1;
        if !self.starts_expression() {
            return self.expected("an expression to cast", HINT);
        }
        self.expression()?;
        if !self.word("as") {
            return self.expected("AS and a type", HINT);
        }
        self.at += 1;
        if self.is(")") {
            return self.fault(self.at - 1, "expected a type after AS, found `)`", HINT);
        }
        self.data_type()?;
        if self.skip_word("format") {
            self.operand_after(self.at - 1)?;
        }
        self.close()
    }

    /// Arguments in brackets.
    pub(super) fn arguments(&mut self) -> Read {
        self.expect("(", "open a bracket")?;
        if self.skip(")") {
            return Ok(());
        }
        if self.any(&["distinct", "all"]) && !self.symbol_at(1, ",") && !self.symbol_at(1, ")") {
            self.at += 1;
        }
        if self.is(",") {
            let hint = "remove the comma, or add what it separates";
            return self.fault(self.at, "expected an argument before `,`", hint);
        }
        self.list("an argument", Self::starts_argument, Self::argument)?;
        if self.any(&["ignore", "respect"]) && self.word_at(1, "nulls") {
            self.at += 2;
        }
        if self.word("order") && self.word_at(1, "by") {
            self.at += 2;
            self.order_list("ORDER")?;
        }
        if self.skip_word("limit") {
            self.operand_after(self.at - 1)?;
        }
        self.close()
    }

    fn starts_argument(&self) -> bool {
        self.starts_expression() || self.starts_query()
    }

    fn argument(&mut self) -> Read {
        if self.any(&["select", "with"]) && !self.symbol_at(1, "=") {
            return self.query();
        }
        if self.star() {
            if self.any(&["except", "exclude"]) && self.symbol_at(1, "(") {
                self.at += 1;
                self.skip_brackets()?;
            }
            return Ok(());
        }
        // `name => value`
        if self.token(0).is_some_and(Token::is_name) && self.symbol_at(1, "=") && self.joined(2, ">") {
            self.at += 3;
            if !self.starts_argument() {
                let message = format!("expected a value after `=>`, found {}", self.found(self.at));
                return self.fault(self.at - 2, message, "give the argument a value");
            }
            return self.argument();
        }
        if let Some(parameters) = self.lambda() {
            self.at += parameters;
            if !self.starts_expression() {
                let message = format!("expected an expression after `->`, found {}", self.found(self.at));
                return self.fault(self.at - 2, message, "say what the function gives");
            }
            return self.argument();
        }
        if self.word("table") && self.token(1).is_some_and(|t| t.is_name() || t.is("(")) {
            self.at += 1;
            return self.relation_name();
        }
        // `trim(BOTH ' ' FROM a)`, `extract(DAY FROM a)`, `substr(a FROM 1 FOR 2)`, `position('a' IN b)`
        let side = self.any(&["both", "leading", "trailing"]) && !self.symbol_at(1, ",") && !self.symbol_at(1, ")");
        self.at += usize::from(side);
        if side && self.skip_word("from") {
            return self.expression();
        }
        self.value_or_expression()?;
        while self.any(&["from", "for", "placing"]) {
            let word = self.at;
            self.at += 1;
            if !self.starts_expression() {
                let message = format!(
                    "expected an expression after {}, found {}",
                    self.all[word].raw.to_uppercase(),
                    self.found(self.at)
                );
                return self.fault(word, message, "add the argument");
            }
            self.expression()?;
        }
        if self.skip_word("as") {
            return self.alias_behind_as();
        }
        Ok(())
    }

    /// An expression; in `position(a IN b)` what follows IN needs no brackets.
    fn value_or_expression(&mut self) -> Read {
        if self.word("not") || self.is("!") {
            return self.expression();
        }
        self.deeper(|r| {
            r.value()?;
            if r.word("in") && !r.symbol_at(1, "(") {
                r.at += 1;
                return r.operand_after(r.at - 1);
            }
            r.more_conditions()
        })
    }

    /// The number of tokens of `x ->` or `(x, y) ->`, if a lambda begins here.
    fn lambda(&self) -> Option<usize> {
        let arrow = |ahead: usize| self.symbol_at(ahead, "-") && self.joined(ahead + 1, ">");
        if self.token(0)?.is_name() {
            return arrow(1).then_some(3);
        }
        if !self.is("(") {
            return None;
        }
        let mut ahead = 1;
        while self.token(ahead).is_some_and(|t| t.is_name() || t.is(",")) {
            ahead += 1;
        }
        (self.symbol_at(ahead, ")") && arrow(ahead + 1)).then_some(ahead + 3)
    }

    /// FILTER, WITHIN GROUP, nulls and OVER behind a call.
    fn after_call(&mut self) -> Read {
        if self.word("within") && self.word_at(1, "group") {
            self.at += 2;
            self.expect("(", "write WITHIN GROUP (ORDER BY …)")?;
            if !(self.word("order") && self.word_at(1, "by")) {
                return self.expected("ORDER BY", "write WITHIN GROUP (ORDER BY …)");
            }
            self.at += 2;
            self.order_list("ORDER")?;
            self.close()?;
        }
        if self.word("filter") && self.symbol_at(1, "(") {
            self.at += 2;
            if !self.skip_word("where") {
                return self.expected("WHERE", "write FILTER (WHERE condition)");
            }
            self.condition("WHERE")?;
            self.close()?;
        }
        if self.any(&["ignore", "respect"]) && self.word_at(1, "nulls") {
            self.at += 2;
        }
        if !self.word("over") || self.all[self.at].kind != TokenKind::Word {
            return Ok(());
        }
        self.at += 1;
        if self.is("(") {
            return self.window();
        }
        if !self.is_plain_name() {
            let message = format!("expected a window after OVER, found {}", self.found(self.at));
            return self.fault(self.at - 1, message, "write OVER (PARTITION BY … ORDER BY …)");
        }
        self.at += 1;
        Ok(())
    }

    /// `([name] [PARTITION BY …] [ORDER BY …] [ROWS …])`
    pub(super) fn window(&mut self) -> Read {
        self.expect("(", "open a bracket")?;
        for clause in [["partition", "distribute"], ["order", "sort"]] {
            if clause[0] == "partition" && self.is_plain_name() && !self.any(&FRAME) && !self.word_at(1, "by") {
                let next_is_clause = self.any_at(1, &["partition", "order", "rows", "range"]) || self.symbol_at(1, ")");
                if next_is_clause {
                    self.at += 1;
                }
            }
            if !self.any(&clause) {
                continue;
            }
            let word = self.all[self.at].raw.to_uppercase();
            self.at += 1;
            if !self.skip_word("by") {
                return self.fault(
                    self.at - 1,
                    format!("expected BY after {word}, found {}", self.found(self.at)),
                    "write BY behind it",
                );
            }
            self.order_list(&word)?;
        }
        if self.any(&FRAME) {
            self.frame()?;
        }
        self.close()
    }

    fn frame(&mut self) -> Read {
        self.at += 1;
        if !self.skip_word("between") {
            return self.frame_bound();
        }
        self.frame_bound()?;
        self.expect_word("and", "write ROWS BETWEEN … AND …")?;
        self.frame_bound()
    }

    fn frame_bound(&mut self) -> Read {
        if self.word("current") && self.word_at(1, "row") {
            self.at += 2;
            return Ok(());
        }
        if !self.skip_word("unbounded") {
            self.operand_after(self.at - 1)?;
        }
        if self.skip_any(&["preceding", "following"]) {
            return Ok(());
        }
        self.expected("PRECEDING or FOLLOWING", "write UNBOUNDED PRECEDING, 3 PRECEDING, CURRENT ROW, …")
    }
}

/// Words that begin the frame of a window.
const FRAME: [&str; 3] = ["rows", "range", "groups"];
