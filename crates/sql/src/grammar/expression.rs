//! Operators and operands.

use super::{RESERVED, Read, Reader, Stop, Token, TokenKind};

const OPERAND: &str = "add what is compared or combined";

impl Reader<'_> {
    /// Whether an expression can begin here.
    pub(super) fn starts_expression(&self) -> bool {
        let Some(token) = self.token(0) else { return false };
        match token.kind {
            // brackets and quotes of other languages have a message of their own
            TokenKind::Symbol => "(-+~*!?:[‘’“”„".contains(token.raw),
            TokenKind::Word => !self.ends_expression(token),
            _ => true,
        }
    }

    /// Whether a word ends the expression before it.
    fn ends_expression(&self, word: &Token<'_>) -> bool {
        let call =
            self.symbol_at(1, "(") && !word.is_any(&["and", "or", "in", "as", "on", "from", "where", "by", "using"]);
        // a column may have such a name, if nothing but an end follows
        let ends = [",", ")", ".", "=", "<", ">", "+", "*", "/"].iter().any(|s| self.symbol_at(1, s))
            || self.any_at(1, &["as"]);
        let soft = word.is_any(&["limit", "full", "inner", "natural", "qualify", "by", "with"]) && ends;
        let call = call && !word.is_any(&["having", "select", "like", "is", "union"]);
        let reserved = word.is_any(&RESERVED) && !call && !soft;
        let of_case = self.cases > 0 && word.is_any(&["when", "then", "else", "end"]);
        reserved || of_case || word.is_any(&["group", "order"]) && self.word_at(1, "by")
    }

    /// An expression, with conditions.
    pub(super) fn expression(&mut self) -> Read {
        self.deeper(|r| {
            r.condition_value()?;
            r.more_conditions()
        })
    }

    /// A value behind any number of NOT.
    fn condition_value(&mut self) -> Read {
        while self.word("not") || self.is("!") && !self.joined(1, "=") {
            let not = self.at;
            self.at += 1;
            if !self.starts_expression() {
                return self.lacks_operand(not, "NOT");
            }
        }
        self.value()
    }

    /// What may follow the first value of an expression: predicates, AND and OR.
    pub(super) fn more_conditions(&mut self) -> Read {
        loop {
            self.predicates()?;
            if !self.any(&["and", "or"]) {
                return Ok(());
            }
            let word = self.at;
            self.at += 1;
            if !self.starts_expression() {
                return self.lacks_operand(word, &self.all[word].raw.to_uppercase());
            }
            self.condition_value()?;
        }
    }

    fn lacks_operand<T>(&self, operator: usize, name: &str) -> Read<T> {
        let message = format!("expected an expression after `{name}`, found {}", self.found(self.at));
        self.fault(operator, message, OPERAND)
    }

    /// Operands with the operators between them.
    pub(super) fn value(&mut self) -> Read {
        self.unary()?;
        self.operators()?;
        Ok(())
    }

    /// Operators with the operands behind them; whether there was one.
    pub(super) fn operators(&mut self) -> Read<bool> {
        let start = self.at;
        while let Some(length) = self.operator()? {
            let operator = self.at;
            self.at += length;
            if !self.starts_expression() || self.is("*") {
                let name: String = self.all[operator..operator + length].iter().map(|t| t.raw).collect();
                return self.lacks_operand(operator, &name);
            }
            self.unary()?;
        }
        Ok(self.at > start)
    }

    /// An operand that an operator or a keyword at `before` needs.
    pub(super) fn operand_after(&mut self, before: usize) -> Read {
        if !self.starts_expression() {
            return self.lacks_operand(before, &self.all[before].raw.to_uppercase());
        }
        self.value()
    }

    /// The number of tokens of the operator here, if there is one.
    fn operator(&self) -> Read<Option<usize>> {
        let Some(token) = self.token(0) else { return Ok(None) };
        if token.is_word("div") {
            return Ok(Some(1));
        }
        if token.kind != TokenKind::Symbol {
            return Ok(None);
        }
        let two = |second: &str| self.joined(1, second);
        let wrong = |hint| {
            let second = self.token(1).map_or("", |t| t.raw);
            self.fault(self.at, format!("`{}{second}` is not an operator of SQL", token.raw), hint)
        };
        Ok(match token.raw {
            "=" if two(">") => return self.fault(self.at, "`=>` is not a comparison", "write >="),
            "=" if two("<") => return wrong("write <="),
            "=" if two("!") => return wrong("write !="),
            "=" if two("=") => Some(2),
            "=" | "+" | "-" | "*" | "/" | "%" | "^" => Some(1),
            "<" if two("=") && self.joined(2, ">") => Some(3),
            "<" if two("=") || two(">") || two("<") => Some(2),
            ">" if two(">") && self.joined(2, ">") => Some(3),
            ">" if two("=") || two(">") => Some(2),
            "<" | ">" => Some(1),
            "!" if two("=") || two("<") || two(">") => Some(2),
            "&" if two("&") => return wrong("write AND"),
            "&" => Some(1),
            "|" if two("|") => Some(2),
            "|" if two(">") => None,
            "|" => Some(1),
            _ => None,
        })
    }

    fn unary(&mut self) -> Read {
        while self.is("-") || self.is("+") || self.is("~") {
            let sign = self.at;
            self.at += 1;
            if !self.starts_expression() {
                return self.lacks_operand(sign, self.all[sign].raw);
            }
        }
        self.primary()?;
        self.postfix()
    }

    /// Fields, elements, paths and casts behind an operand.
    fn postfix(&mut self) -> Read {
        loop {
            if self.is("[") {
                self.element()?;
            } else if self.is(".") {
                self.at += 1;
                self.field()?;
            } else if self.is(":") && self.joined(1, ":") {
                self.at += 2;
                self.data_type()?;
            } else if self.is(":") {
                self.at += 1;
                if self.is("[") {
                    self.element()?;
                } else {
                    self.field()?;
                }
            } else if self.word("collate") {
                self.at += 1;
                self.relation_name()?;
            } else if self.word("at") && self.word_at(1, "time") {
                return Err(Stop::Unread);
            } else {
                return Ok(());
            }
        }
    }

    fn element(&mut self) -> Read {
        self.at += 1;
        if !self.starts_expression() {
            return self.expected("an index", "write the number or the key of the element");
        }
        if self.is("*") && self.symbol_at(1, "]") {
            self.at += 1;
        } else {
            self.expression()?;
        }
        self.expect("]", "close the bracket")
    }

    fn field(&mut self) -> Read {
        let is_name =
            self.token(0).is_some_and(|t| t.is_name() || matches!(t.kind, TokenKind::Number | TokenKind::String));
        if !is_name {
            let found = self.found(self.at);
            return self.fault(
                self.at,
                format!("expected a name after `.`, found {found}"),
                "remove the dot, or name a field",
            );
        }
        self.at += 1;
        if self.is("(") { self.call() } else { Ok(()) }
    }

    fn primary(&mut self) -> Read {
        let Some(token) = self.token(0) else { return self.expected("an expression", OPERAND) };
        match token.kind {
            TokenKind::String => {
                while self.token(0).is_some_and(|t| t.kind == TokenKind::String) {
                    self.at += 1;
                }
                Ok(())
            }
            TokenKind::Symbol => self.symbol(token),
            TokenKind::Word => self.name(token),
            _ => {
                self.at += 1;
                if token.kind == TokenKind::Quoted && self.is("(") { self.call() } else { Ok(()) }
            }
        }
    }

    fn symbol(&mut self, token: &Token<'_>) -> Read {
        if token.is("(") {
            return self.brackets();
        }
        if token.is("?") || token.is("*") {
            self.at += 1;
            return Ok(());
        }
        if token.is(":") && self.token(1).is_some_and(Token::is_name) {
            self.at += 2;
            return Ok(());
        }
        if matches!(token.raw, "‘" | "’" | "“" | "”" | "„") {
            return self.expected("a quote of SQL", "write ' around a text");
        }
        if token.is("[") {
            return self.expected("an expression", "write array(…) for a list");
        }
        self.expected("an expression", OPERAND)
    }

    /// A query, or expressions, in brackets.
    fn brackets(&mut self) -> Read {
        if self.starts_query() && (!self.symbol_at(1, "(") || self.query_fills_brackets()) {
            self.at += 1;
            self.query()?;
            return self.close();
        }
        self.at += 1;
        if self.is(")") {
            return self.expected("an expression in the brackets", "add it, or remove the brackets");
        }
        self.deeper(|r| {
            let cases = std::mem::take(&mut r.cases);
            let read = r.list("an expression", Self::starts_expression, |r| {
                r.expression()?;
                if r.skip_word("as") { r.alias_behind_as() } else { Ok(()) }
            });
            r.cases = cases;
            read
        })?;
        self.close()
    }

    /// Whether the brackets here hold one query with brackets of its own, and not `((SELECT 1) + 1)`.
    fn query_fills_brackets(&mut self) -> bool {
        let start = self.at;
        self.at += 1;
        let fills = self.query().is_ok() && self.is(")");
        self.at = start;
        fills
    }

    fn name(&mut self, token: &Token<'_>) -> Read {
        if self.ends_expression(token) {
            let hint = if token.is_word("select") { "put the query into brackets" } else { OPERAND };
            return self.expected("an expression", hint);
        }
        if token.is_word("case") && !self.symbol_at(1, ".") && !self.symbol_at(1, ",") {
            return self.case();
        }
        if token.is_word("interval") {
            return self.interval();
        }
        self.at += 1;
        if self.is("(") {
            return self.call();
        }
        // `DATE '2026-01-01'`
        let literal = ["date", "timestamp", "timestamp_ntz", "timestamp_ltz", "time", "x", "binary"];
        if token.is_any(&literal) && self.token(0).is_some_and(|t| t.kind == TokenKind::String) {
            self.at += 1;
        }
        Ok(())
    }

    /// `INTERVAL 3 DAYS`, `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '3 days'`, or a column of that name.
    fn interval(&mut self) -> Read {
        let is_value =
            |t: &Token<'_>| matches!(t.kind, TokenKind::Number | TokenKind::String) || t.is("(") || t.is_name();
        let signed = usize::from(self.symbol_at(1, "-") || self.symbol_at(1, "+"));
        let reserved = self.token(1).is_some_and(|t| self.ends_expression(t) || t.is_any(&["as", "desc", "asc"]));
        if !self.token(1 + signed).is_some_and(is_value) || reserved {
            self.at += 1;
            return Ok(());
        }
        let word = self.at;
        self.at += 1;
        loop {
            self.at += usize::from(self.is("-") || self.is("+"));
            let text = self.token(0).is_some_and(|t| t.kind == TokenKind::String);
            self.primary()?;
            let unit = self.token(0).is_some_and(is_unit);
            if !unit && !text {
                let message = format!("expected a unit of time after INTERVAL, found {}", self.found(self.at));
                return self.fault(self.at.min(self.all.len() - 1).max(word), message, "write DAY, MONTH, YEAR, …");
            }
            if !unit {
                return Ok(());
            }
            self.at += 1;
            if self.word("to") && self.token(1).is_some_and(is_unit) {
                self.at += 2;
                return Ok(());
            }
            let more = self.token(0).is_some_and(|t| matches!(t.kind, TokenKind::Number | TokenKind::String));
            if !more || !self.token(1).is_some_and(is_unit) {
                return Ok(());
            }
        }
    }

    fn case(&mut self) -> Read {
        let start = self.at;
        self.at += 1;
        self.cases += 1;
        let read = self.deeper(|r| r.branches(start));
        self.cases -= 1;
        read
    }

    fn branches(&mut self, start: usize) -> Read {
        const FORM: &str = "write CASE WHEN condition THEN value … END";
        if !self.word("when") {
            if !self.starts_expression() {
                return self.fault(start, format!("expected WHEN after CASE, found {}", self.found(self.at)), FORM);
            }
            self.expression()?;
        }
        if !self.word("when") {
            return self.fault(start, format!("expected WHEN in this CASE, found {}", self.found(self.at)), FORM);
        }
        while self.word("when") {
            let when = self.at;
            self.at += 1;
            if !self.starts_expression() {
                return self.lacks_operand(when, "WHEN");
            }
            self.expression()?;
            if !self.word("then") {
                let message = format!("expected THEN for this WHEN, found {}", self.found(self.at));
                return self.fault(self.stray_or(when), message, "write WHEN condition THEN value");
            }
            self.branch()?;
        }
        if self.word("else") {
            self.branch()?;
        }
        if self.skip_word("end") {
            return Ok(());
        }
        let message = format!("expected END for this CASE, found {}", self.found(self.at));
        self.fault(self.stray_or(start), message, "end it with END")
    }

    /// The next token if it is a word that nothing else explains, or the one that lacks something.
    fn stray_or(&self, lacks: usize) -> usize {
        let is_stray = self.token(0).is_some_and(|t| t.is_name() && !self.ends_expression(t));
        if is_stray { self.at } else { lacks }
    }

    /// The value behind THEN or ELSE.
    fn branch(&mut self) -> Read {
        let word = self.at;
        self.at += 1;
        if !self.starts_expression() {
            return self.lacks_operand(word, &self.all[word].raw.to_uppercase());
        }
        self.expression()
    }
}

/// Whether a token is a unit of an interval.
fn is_unit(token: &Token<'_>) -> bool {
    const UNITS: [&str; 10] =
        ["year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond"];
    let word = token.raw.to_ascii_lowercase();
    token.kind == TokenKind::Word && UNITS.contains(&word.strip_suffix('s').unwrap_or(&word))
}
