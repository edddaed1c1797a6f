//! A FROM clause read strictly: what it reads and by which names. One of another form than these has no answer, so that
//! nothing is concluded from it.

use std::ops::Range;

use super::cursor::{closing, name_end, name_parts};
use super::keywords::is_keyword;
use super::pieces::pieces;
use super::token::{Token, TokenKind};

/// One relation of a FROM clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// What it is.
    pub source: JoinedSource,
    /// The name by which its columns are qualified, in lower case, and its token: the alias, or the last part of a table's
    /// name.
    pub alias: Option<(String, usize)>,
    /// The columns that are listed behind the alias, in lower case.
    pub columns: Vec<String>,
    /// Tokens of the columns in USING.
    pub using: Vec<usize>,
    /// Whether it gives no columns: the right side of a SEMI or ANTI join.
    pub is_hidden: bool,
}

/// What a relation of a FROM clause is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinedSource {
    /// A table, a view or a named query: the parts of its name in lower case, and the first token of it.
    Table(Vec<String>, usize),
    /// A query in brackets, by the first token within them.
    Query(usize),
    /// A LATERAL VIEW, by the token of its function.
    View(usize),
    /// Something whose columns cannot be told.
    Unknown,
}

/// Words that end a FROM clause.
const ENDS: [&str; 14] = [
    "where",
    "union",
    "except",
    "minus",
    "intersect",
    "order",
    "group",
    "limit",
    "offset",
    "having",
    "window",
    "distribute",
    "sort",
    "cluster",
];

/// Words that begin a join.
const JOINS: [&str; 9] = ["join", "inner", "cross", "left", "right", "full", "semi", "anti", "natural"];

/// The relations of the FROM clause that begins at `range`; none in a query without one, and no answer where the clause
/// has parts that are not read here.
pub fn joined(tokens: &[Token<'_>], range: Range<usize>) -> Option<Vec<Joined>> {
    if range.is_empty() || !tokens[range.start].is_word("from") {
        // anything may precede it, but not a table
        let reads = pieces(tokens, range).into_iter().any(|p| tokens[p.start].is_any(&["from", "join", "lateral"]));
        return (!reads).then(Vec::new);
    }
    let mut reader = Reader { tokens, at: range.start + 1, end: range.end, found: Vec::new() };
    reader.source(false)?;
    while reader.at < reader.end {
        let token = &tokens[reader.at];
        if token.is_any(&ENDS) || token.is_word("qualify") || token.is(";") {
            break;
        }
        reader.next()?;
    }
    // a column of such a name looks like the end of the clause
    let goes_on =
        pieces(tokens, reader.at..range.end).into_iter().any(|p| tokens[p.start].is_any(&["join", "lateral"]));
    (!goes_on).then_some(reader.found)
}

struct Reader<'t, 's> {
    tokens: &'t [Token<'s>],
    at: usize,
    end: usize,
    found: Vec<Joined>,
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<&Token<'_>> {
        self.tokens.get(self.at).filter(|_| self.at < self.end)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is_word(word));
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<()> {
        if self.peek()?.is(",") {
            self.at += 1;
            return self.source(false);
        }
        if self.peek()?.is_word("lateral") && self.tokens.get(self.at + 1)?.is_word("view") {
            self.at += 2;
            return self.view();
        }
        let mut hidden = false;
        while self.peek()?.is_any(&JOINS[1..]) || self.peek()?.is_word("outer") {
            hidden |= self.peek()?.is_any(&["semi", "anti"]);
            self.at += 1;
        }
        if !self.take("join") {
            return None;
        }
        self.source(hidden)?;
        if self.take("using") {
            let close = self.group()?;
            let names = (self.at + 1..close).filter(|i| self.tokens[*i].is_name());
            let names = names.collect();
            self.found.last_mut()?.using = names;
            self.at = close + 1;
        } else if self.take("on") {
            self.skip_condition();
        }
        Some(())
    }

    /// The bracket that closes the one which is next.
    fn group(&self) -> Option<usize> {
        self.peek().filter(|t| t.is("("))?;
        Some(closing(self.tokens, self.at)).filter(|close| *close < self.end)
    }

    fn skip_condition(&mut self) {
        for piece in pieces(self.tokens, self.at..self.end) {
            let token = &self.tokens[piece.start];
            if self.tokens[piece.start - 1].is(".") {
                continue;
            }
            let is_function = self.tokens.get(piece.end).is_some_and(|t| t.is("("));
            let ends = token.is_any(&JOINS) && !is_function
                || token.is_any(&ENDS)
                || token.is_any(&["lateral", "qualify"])
                || token.is(",")
                || token.is(";");
            if ends {
                self.at = piece.start;
                return;
            }
        }
        self.at = self.end;
    }

    fn source(&mut self, is_hidden: bool) -> Option<()> {
        self.take("lateral");
        let first = self.at;
        let mut named = None;
        let source = if let Some(close) = self.group() {
            self.at = close + 1;
            let is_query = self.tokens[first + 1].is_any(&["select", "with", "values"]);
            if is_query { JoinedSource::Query(first + 1) } else { JoinedSource::Unknown }
        } else {
            let token = self.peek().filter(|t| t.is_name())?;
            if token.is_any(&["values", "identifier", "select", "table", "stream"]) {
                return None;
            }
            let end = name_end(self.tokens, first)?;
            let parts: Vec<String> = name_parts(&self.tokens[first..end]).map(|p| p.to_lowercase()).collect();
            self.at = end;
            if let Some(close) = self.group() {
                self.at = close + 1;
                JoinedSource::Unknown
            } else {
                named = Some((parts.last().cloned().unwrap_or_default(), end - 1));
                JoinedSource::Table(parts, first)
            }
        };
        let alias = self.alias()?;
        let mut columns = Vec::new();
        if alias.is_some()
            && let Some(close) = self.group()
        {
            let listed = self.tokens[self.at + 1..close].iter();
            columns = listed.filter(|t| t.is_name()).map(|t| t.content().to_lowercase()).collect();
            self.at = close + 1;
        }
        self.found.push(Joined { source, alias: alias.or(named), columns, using: Vec::new(), is_hidden });
        Some(())
    }

    /// The alias that is next, if there is one; no answer if AS has none behind it.
    fn alias(&mut self) -> Option<Option<(String, usize)>> {
        let explicit = self.take("as");
        let is_alias = |t: &&Token<'_>| {
            t.kind == TokenKind::Quoted || t.kind == TokenKind::Word && (explicit || !is_keyword(t.raw))
        };
        let is_end = |t: &&Token<'_>| !explicit && t.is_any(&["qualify", "minus", "offset"]);
        let name = self.peek().filter(is_alias).filter(|t| !is_end(t)).map(Token::content);
        match name {
            Some(name) => {
                self.at += 1;
                Some(Some((name.to_lowercase(), self.at - 1)))
            }
            None => (!explicit).then_some(None),
        }
    }

    /// `[OUTER] function(…) [table] [AS column, …]`, behind LATERAL VIEW.
    fn view(&mut self) -> Option<()> {
        self.take("outer");
        let function = self.at;
        self.at = name_end(self.tokens, self.at)?;
        self.at = self.group()? + 1;
        let is_name = |t: &&Token<'_>| t.is_name() && !is_keyword(t.raw);
        let mut alias = None;
        if let Some(name) = self.peek().filter(is_name).map(Token::content) {
            alias = Some((name.to_lowercase(), self.at));
            self.at += 1;
        }
        let mut columns = Vec::new();
        if self.take("as") {
            loop {
                columns.push(self.peek().filter(|t| t.is_name())?.content().to_lowercase());
                self.at += 1;
                if !self.peek().is_some_and(|t| t.is(",")) {
                    break;
                }
                self.at += 1;
            }
        } else if self.peek().is_some_and(|t| t.is(",")) {
            // the first name was that of a column
            return None;
        }
        let source = JoinedSource::View(function);
        self.found.push(Joined { source, alias, columns, using: Vec::new(), is_hidden: false });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::{JoinedSource, joined};

    fn read(sql: &str) -> Option<String> {
        let all = tokens(sql);
        let shown = joined(&all, 0..all.len())?.into_iter().map(|item| {
            let source = match item.source {
                JoinedSource::Table(parts, _) => parts.join("."),
                JoinedSource::Query(_) => "query".to_owned(),
                JoinedSource::View(_) => "view".to_owned(),
                JoinedSource::Unknown => "?".to_owned(),
            };
            let alias = item.alias.map_or(String::new(), |(alias, _)| alias);
            let hidden = if item.is_hidden { "!" } else { "" };
            format!("{hidden}{source}={alias}({})", item.columns.join(","))
        });
        Some(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn relations_have_their_names() {
        for (sql, expected) in [
            ("FROM a", "a=a()"),
            ("FROM c.s.T AS x JOIN `B c` ON x.k = left(k, 1) AND k IN (1, 2) WHERE z", "c.s.t=x() b c=b c()"),
            ("FROM a x, (SELECT 1 FROM hidden) AS q (k, v), f(1) AS g", "a=x() query=q(k,v) ?=g()"),
            ("FROM a LEFT ANTI JOIN b ON a.k = b.k LEFT SEMI JOIN c USING (k)", "a=a() !b=b() !c=c()"),
            ("FROM a LATERAL VIEW OUTER explode(xs) v AS x, y ORDER BY x", "a=a() view=v(x,y)"),
            ("FROM a NATURAL FULL OUTER JOIN b CROSS JOIN c QUALIFY x", "a=a() b=b() c=c()"),
            ("FROM a, LATERAL (SELECT 1) AS l UNION SELECT 2 FROM b", "a=a() query=l()"),
            ("WHERE a", ""),
            ("FROM (a JOIN b) AS x", "?=x()"),
            ("FROM a JOIN b ON a.window = b.group JOIN c ON true", "a=a() b=b() c=c()"),
        ] {
            assert_eq!(read(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_is_not_read_has_no_answer() {
        for sql in [
            "FROM a TABLESAMPLE (5 ROWS)",
            "FROM a VERSION AS OF 3",
            "FROM a PIVOT (sum(x) FOR y IN (1))",
            "FROM VALUES (1, 2) AS v(a, b)",
            "FROM a SELECT x",
            "FROM a JOIN b ON offset = 1 JOIN c ON true",
            "FROM a LATERAL VIEW explode(x) k, v",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }
}
