//! Types, as in a cast.

use super::{Read, Reader, TokenKind};

impl Reader<'_> {
    /// A type: a name with what it holds.
    pub(super) fn data_type(&mut self) -> Read {
        self.deeper(|r| {
            if r.token(0).is_none_or(|t| !t.is_name()) {
                return r.expected("a type", "write STRING, INT, DATE, …");
            }
            let is_struct = r.word("struct");
            let is_interval = r.word("interval");
            r.at += 1;
            if r.is("(") {
                r.skip_brackets()?;
            }
            if r.skip("<") {
                if !r.is(">") {
                    let one = if is_struct { Self::struct_field } else { Self::data_type };
                    r.list("a type", |r| r.token(0).is_some_and(super::Token::is_name), one)?;
                }
                r.expect(">", "close the type")?;
            }
            if is_interval {
                while r.any(&["year", "month", "day", "hour", "minute", "second", "to"]) {
                    r.at += 1;
                }
            }
            if r.word("collate") {
                r.at += 2;
            }
            Ok(())
        })
    }

    /// `name: type [NOT NULL] [COMMENT '…']`
    fn struct_field(&mut self) -> Read {
        self.at += 1;
        self.skip(":");
        self.data_type()?;
        if self.word("not") && self.word_at(1, "null") {
            self.at += 2;
        }
        if self.word("comment") && self.token(1).is_some_and(|t| t.kind == TokenKind::String) {
            self.at += 2;
        }
        Ok(())
    }
}
