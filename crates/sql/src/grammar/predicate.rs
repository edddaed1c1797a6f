//! What is said of a value in words: IN, BETWEEN, LIKE, IS.

use super::{Read, Reader};

impl Reader<'_> {
    /// The predicates behind a value.
    pub(super) fn predicates(&mut self) -> Read {
        loop {
            let start = self.at;
            let negated = self.word("not") && self.any_at(1, &["in", "between", "like", "rlike", "regexp", "ilike"]);
            self.at += usize::from(negated);
            if self.skip_word("in") {
                self.members()?;
            } else if self.skip_word("between") {
                self.bounds(start)?;
            } else if self.any(&["like", "rlike", "regexp", "ilike"]) {
                self.pattern()?;
            } else if self.word("is") {
                self.state()?;
            } else if self.word("not") {
                return self.fault(
                    self.at,
                    "expected an operator before NOT",
                    "write NOT before the condition, or NOT IN",
                );
            } else if !self.operators()? {
                return Ok(());
            }
        }
    }

    fn members(&mut self) -> Read {
        const HINT: &str = "write IN (value, …) or IN (SELECT …)";
        if !self.is("(") {
            // a marker may stand for the list
            if self.token(0).is_some_and(|t| t.kind == super::TokenKind::Parameter) {
                self.at += 1;
                return Ok(());
            }
            return self.expected("`(` after IN", HINT);
        }
        if self.symbol_at(1, ")") {
            return self.fault(self.at, "expected a value in the brackets of IN, found `)`", HINT);
        }
        self.value()
    }

    fn bounds(&mut self, start: usize) -> Read {
        const HINT: &str = "write BETWEEN least AND most";
        let between = self.at - 1;
        if !self.starts_expression() {
            return self.fault(between, format!("expected a value after BETWEEN, found {}", self.found(self.at)), HINT);
        }
        self.value()?;
        if !self.word("and") {
            let message = format!("expected AND for this BETWEEN, found {}", self.found(self.at));
            return self.fault(between.max(start), message, HINT);
        }
        self.at += 1;
        self.operand_after(self.at - 1)
    }

    fn pattern(&mut self) -> Read {
        let word = self.at;
        self.at += 1;
        if self.any(&["any", "some", "all"]) && self.symbol_at(1, "(") {
            self.at += 1;
        }
        self.operand_after(word)?;
        if self.skip_word("escape") { self.operand_after(self.at - 1) } else { Ok(()) }
    }

    fn state(&mut self) -> Read {
        let is = self.at;
        self.at += 1;
        self.skip_word("not");
        if self.skip_any(&["null", "true", "false", "unknown"]) {
            return Ok(());
        }
        if self.word("distinct") && self.word_at(1, "from") {
            self.at += 2;
            return self.operand_after(self.at - 1);
        }
        let message = format!("expected NULL, TRUE, FALSE or DISTINCT FROM after IS, found {}", self.found(self.at));
        self.fault(is, message, "compare a value with =")
    }
}
