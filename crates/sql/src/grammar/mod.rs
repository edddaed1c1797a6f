//! The grammar of queries and expressions, as far as it tells what every engine refuses: a reader that accepts or names the
//! first token that cannot stand where it does. What a few engines add (pipes, FROM before SELECT) is accepted unread.
//!
//! Source of the rules: the SQL language reference of Databricks.

mod calls;
mod expression;
mod from;
mod predicate;
mod query;
mod types;

use super::token::{Token, TokenKind};

/// The first token that cannot stand where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// The token at which something is missed, or that is too much; the last one where the text ends too early.
    pub token: usize,
    /// What was expected, and what was found.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// The first fault of a query whose brackets match; a text without tokens has none.
pub fn query_fault(all: &[Token<'_>]) -> Option<SyntaxFault> {
    fault_of(all, |reader| reader.query())
}

/// The first fault of an expression whose brackets match.
pub fn expression_fault(all: &[Token<'_>]) -> Option<SyntaxFault> {
    fault_of(all, |reader| reader.expression())
}

fn fault_of<'t>(all: &'t [Token<'t>], read: impl FnOnce(&mut Reader<'t>) -> Read) -> Option<SyntaxFault> {
    if all.is_empty() {
        return None;
    }
    let mut reader = Reader { all, at: 0, depth: 0, cases: 0 };
    let read = read(&mut reader).and_then(|()| {
        reader.skip(";");
        if reader.at == all.len() { Ok(()) } else { Err(reader.unexpected()) }
    });
    match read {
        Ok(()) | Err(Stop::Unread) => None,
        Err(Stop::Fault(fault)) => Some(SyntaxFault { token: fault.token.min(all.len() - 1), ..fault }),
    }
}

/// Brackets within brackets that are read; what is deeper is accepted, so that no text can exhaust the stack.
const DEEPEST: usize = 300;

/// Why reading ends early.
#[derive(Debug)]
enum Stop {
    Fault(SyntaxFault),
    /// What follows is not read.
    Unread,
}

type Read<T = ()> = Result<T, Stop>;

/// Words at which an expression cannot begin, and that do not name a column or a table without backquotes.
const RESERVED: [&str; 26] = [
    "and",
    "as",
    "between",
    "by",
    "except",
    "from",
    "full",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "is",
    "join",
    "like",
    "limit",
    "natural",
    "on",
    "or",
    "qualify",
    "rlike",
    "select",
    "union",
    "using",
    "where",
    "with",
];

struct Reader<'t> {
    all: &'t [Token<'t>],
    at: usize,
    depth: usize,
    /// CASE expressions that are open: in one, WHEN, THEN, ELSE and END are not names.
    cases: usize,
}

impl<'t> Reader<'t> {
    fn token(&self, ahead: usize) -> Option<&'t Token<'t>> {
        self.all.get(self.at + ahead)
    }

    fn is(&self, symbol: &str) -> bool {
        self.symbol_at(0, symbol)
    }

    fn symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        self.token(ahead).is_some_and(|t| t.is(symbol))
    }

    fn word(&self, word: &str) -> bool {
        self.word_at(0, word)
    }

    fn word_at(&self, ahead: usize, word: &str) -> bool {
        self.token(ahead).is_some_and(|t| t.is_word(word))
    }

    fn any(&self, words: &[&str]) -> bool {
        self.token(0).is_some_and(|t| t.is_any(words))
    }

    fn any_at(&self, ahead: usize, words: &[&str]) -> bool {
        self.token(ahead).is_some_and(|t| t.is_any(words))
    }

    /// Takes a character, if it is the next.
    fn skip(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    /// Takes a keyword, if it is the next.
    fn skip_word(&mut self, word: &str) -> bool {
        let found = self.word(word);
        self.at += usize::from(found);
        found
    }

    fn skip_any(&mut self, words: &[&str]) -> bool {
        let found = self.any(words);
        self.at += usize::from(found);
        found
    }

    /// Whether a character follows the one before without a blank.
    fn joined(&self, ahead: usize, symbol: &str) -> bool {
        let before = (self.at + ahead).checked_sub(1).and_then(|b| self.all.get(b));
        self.token(ahead).is_some_and(|t| t.is(symbol) && before.is_some_and(|b| b.span.end == t.span.start))
    }

    /// What is there instead of what was expected, for people.
    fn found(&self, at: usize) -> String {
        self.all.get(at).map_or_else(|| "the end".to_owned(), |t| format!("`{}`", t.raw))
    }

    fn fault<T>(&self, at: usize, message: impl Into<String>, hint: &'static str) -> Read<T> {
        Err(Stop::Fault(SyntaxFault { token: at, message: message.into(), hint }))
    }

    fn expected<T>(&self, what: &str, hint: &'static str) -> Read<T> {
        self.fault(self.at, format!("expected {what}, found {}", self.found(self.at)), hint)
    }

    /// The next token follows a complete expression or query and cannot.
    fn unexpected(&self) -> Stop {
        let hint = match self.token(0) {
            Some(t) if t.is_name() || matches!(t.kind, TokenKind::String | TokenKind::Number) || t.is("(") => {
                "a comma or an operator may be missing before it"
            }
            _ => "remove it, or add what it belongs to",
        };
        let message = format!("expected a comma, an operator or the end, found {}", self.found(self.at));
        Stop::Fault(SyntaxFault { token: self.at, message, hint })
    }

    fn expect(&mut self, symbol: &str, hint: &'static str) -> Read {
        if self.skip(symbol) { Ok(()) } else { self.expected(&format!("`{symbol}`"), hint) }
    }

    fn expect_word(&mut self, word: &str, hint: &'static str) -> Read {
        if self.skip_word(word) { Ok(()) } else { self.expected(&word.to_uppercase(), hint) }
    }

    /// Takes `)`. Something else there is too much.
    fn close(&mut self) -> Read {
        if self.skip(")") { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes everything up to the bracket that closes the next one, unread.
    fn skip_brackets(&mut self) -> Read {
        self.expect("(", "open a bracket")?;
        let mut depth = 1;
        while depth > 0 {
            let Some(token) = self.token(0) else { return Err(Stop::Unread) };
            depth += usize::from(token.is("("));
            depth -= usize::from(token.is(")"));
            self.at += 1;
        }
        Ok(())
    }

    /// Reads something within something.
    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Read) -> Read {
        if self.depth == DEEPEST {
            return Err(Stop::Unread);
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    /// Whether the next token can be a name without backquotes, or has them.
    fn is_plain_name(&self) -> bool {
        self.token(0).is_some_and(|t| is_name(t) && !t.is_any(&RESERVED))
    }

    /// Something, and more of it after each comma.
    fn list(&mut self, what: &str, starts: fn(&Self) -> bool, one: fn(&mut Self) -> Read) -> Read {
        loop {
            one(self)?;
            if !self.is(",") {
                return Ok(());
            }
            let comma = self.at;
            self.at += 1;
            if !starts(self) {
                let message = format!("expected {what} after `,`, found {}", self.found(self.at));
                return self.fault(comma, message, "remove the comma, or add what it separates");
            }
        }
    }
}

/// Whether a token can name something; names may begin with a digit.
fn is_name(token: &Token<'_>) -> bool {
    let is_number = || {
        let raw = token.raw.to_ascii_lowercase();
        raw.starts_with("0x") || raw.trim_end_matches(['l', 's', 'y', 'f', 'd', 'b']).parse::<f64>().is_ok()
    };
    token.is_name() || token.kind == TokenKind::Number && !is_number()
}

#[cfg(test)]
mod tests;
