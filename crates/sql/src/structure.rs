//! The rough shape of a statement: brackets, queries, clauses and select lists. Enough for rules that ask where
//! something stands; no grammar, so a statement that no rule is about cannot be misread into an error.

use std::ops::Range;

use super::keywords::is_keyword;
use super::token::{Token, TokenKind};

/// The part of a query that a token stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    /// Before the first clause, or outside of any query.
    Head,
    /// The select list.
    Select,
    /// FROM and its joins.
    From,
    /// The condition of a join.
    On,
    /// WHERE, also of an aggregate's FILTER.
    Where,
    /// GROUP BY
    GroupBy,
    /// HAVING
    Having,
    /// QUALIFY
    Qualify,
    /// ORDER BY, SORT BY, CLUSTER BY, DISTRIBUTE BY and LIMIT
    OrderBy,
}

/// What one pair of brackets holds; the first frame is the whole statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The frame around it, and the clause there.
    pub parent: Option<(usize, Clause)>,
    /// The name before the bracket: a function, if it is one.
    pub callee: Option<usize>,
    /// Whether it is a query of its own.
    pub query: bool,
    /// Its tokens, without the brackets.
    pub tokens: Range<usize>,
}

/// One column of a select list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its tokens, the alias included.
    pub tokens: Range<usize>,
    /// Its tokens without an alias.
    pub value: Range<usize>,
    /// The name that it gives, if it can be told: an alias, or the last part of a column's name.
    pub name: Option<String>,
    /// Whether the name is an alias of an expression.
    pub is_alias: bool,
}

/// One SELECT with its list and what follows up to the next SELECT of the same level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The frame that it stands in.
    pub frame: usize,
    /// Its columns.
    pub items: Vec<Item>,
    /// Everything from the list's end to the end of the query.
    pub rest: Range<usize>,
}

/// The shape of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// Frames in the order of their opening brackets.
    pub frames: Vec<Frame>,
    /// Frame and clause of each token.
    pub at: Vec<(usize, Clause)>,
    /// Queries in the order of their SELECT.
    pub selects: Vec<Select>,
}

impl Structure {
    /// The shape of `statement`, whose brackets match.
    pub fn of(statement: &[Token<'_>]) -> Self {
        let whole = Frame { parent: None, callee: None, query: true, tokens: 0..statement.len() };
        let mut structure = Self { frames: vec![whole], at: Vec::with_capacity(statement.len()), selects: Vec::new() };
        let mut stack = vec![(0, Clause::Head)];
        for (i, token) in statement.iter().enumerate() {
            let Some((frame, clause)) = stack.last_mut() else { break };
            if structure.frames[*frame].query
                && let Some(next) = clause_of(statement, i, *clause)
            {
                *clause = next;
            }
            structure.at.push((*frame, *clause));
            if token.is("(") || token.is("[") {
                let parent = Some((*frame, *clause));
                let first = statement.get(i + 1);
                let query = token.is("(") && first.is_some_and(|t| t.is_any(&["select", "with", "from", "values"]));
                let callee = i.checked_sub(1).filter(|b| token.is("(") && statement[*b].is_name());
                let inside = if first.is_some_and(|t| t.is_word("where")) { Clause::Where } else { Clause::Head };
                structure.frames.push(Frame { parent, callee, query, tokens: i + 1..statement.len() });
                stack.push((structure.frames.len() - 1, inside));
            } else if (token.is(")") || token.is("]")) && stack.len() > 1 {
                stack.pop();
                // a closing bracket belongs to the frame around it, as its opening one does
                if let (Some(at), Some((outer, clause))) = (structure.at.last_mut(), stack.last()) {
                    structure.frames[at.0].tokens.end = i;
                    *at = (*outer, *clause);
                }
            }
        }
        structure.selects = (0..statement.len())
            .filter(|i| statement[*i].is_word("select") && structure.at[*i].1 == Clause::Select)
            .map(|i| structure.select(statement, i))
            .collect();
        structure
    }

    /// Frame and clause of a token, then those around it, outwards.
    pub fn around(&self, token: usize) -> impl Iterator<Item = (usize, Clause)> {
        std::iter::successors(self.at.get(token).copied(), |(frame, _)| self.frames[*frame].parent)
    }

    /// The tokens among `range` that stand directly in `frame`, not in brackets within it.
    pub fn direct(&self, frame: usize, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.filter(move |i| self.at[*i].0 == frame)
    }

    /// The frame that the bracket at `open` opens.
    pub(crate) fn opened_at(&self, open: usize) -> Option<&Frame> {
        self.frames.iter().skip(1).find(|f| f.tokens.start == open + 1)
    }

    /// What stands in the brackets of the call whose name is at `name`.
    pub fn call(&self, name: usize) -> Option<&Frame> {
        self.frames.iter().find(|f| f.callee == Some(name))
    }

    /// The arguments of the call whose name is at `name`: their tokens, one range each.
    pub fn arguments(&self, statement: &[Token<'_>], name: usize) -> Option<Vec<Range<usize>>> {
        let at = self.frames.iter().position(|f| f.callee == Some(name))?;
        let all = self.frames[at].tokens.clone();
        let mut found = Vec::new();
        let mut start = all.start;
        for i in self.direct(at, all.clone()).chain([all.end]) {
            if i == all.end || statement[i].is(",") {
                if start < i {
                    found.push(start..i);
                }
                start = i + 1;
            }
        }
        Some(found)
    }

    fn select(&self, statement: &[Token<'_>], select: usize) -> Select {
        let frame = self.at[select].0;
        let end = self.frames[frame].tokens.end;
        let query_end = self
            .direct(frame, select + 1..end)
            .find(|i| statement[*i].is_word("select") || statement[*i].is(";"))
            .unwrap_or(end);
        let mut start = select + 1;
        if statement.get(start).is_some_and(|t| t.is_any(&["distinct", "all"])) {
            start += 1;
        }
        let list_end =
            self.direct(frame, start..query_end).find(|i| self.at[*i].1 != Clause::Select).unwrap_or(query_end);
        let mut items = Vec::new();
        let mut from = start.min(list_end);
        for i in self.direct(frame, from..list_end).chain([list_end]) {
            if i == list_end || statement[i].is(",") {
                if from < i {
                    items.push(item(statement, from..i));
                }
                from = i + 1;
            }
        }
        Select { frame, items, rest: list_end..query_end }
    }
}

/// The clause that the token at `i` opens, in a query whose clause so far is `now`.
fn clause_of(statement: &[Token<'_>], i: usize, now: Clause) -> Option<Clause> {
    let token = &statement[i];
    let before = i.checked_sub(1).map(|b| &statement[b]);
    let by = statement.get(i + 1).is_some_and(|t| t.is_word("by"));
    if before.is_some_and(|t| t.is(".")) {
        return None;
    }
    if token.is_word("select") {
        return Some(Clause::Select);
    }
    if token.is_any(&["union", "intersect"]) && now != Clause::Head {
        return Some(Clause::Head);
    }
    match token.raw.to_ascii_lowercase().as_str() {
        "from" | "using" if !is_comparison(statement, i) => Some(Clause::From),
        "on" => (now == Clause::From).then_some(Clause::On),
        "join" | "lateral" => matches!(now, Clause::On | Clause::From).then_some(Clause::From),
        "where" => Some(Clause::Where),
        "group" if by => Some(Clause::GroupBy),
        "having" => Some(Clause::Having),
        "qualify" if now != Clause::Select || !before.is_some_and(|t| t.is(",")) => Some(Clause::Qualify),
        "order" | "sort" | "cluster" | "distribute" if by => Some(Clause::OrderBy),
        "limit" if now != Clause::Select => Some(Clause::OrderBy),
        _ => None,
    }
}

/// Whether FROM belongs to `IS [NOT] DISTINCT FROM`.
pub(crate) fn is_comparison(statement: &[Token<'_>], i: usize) -> bool {
    let back = |n: usize| i.checked_sub(n).map(|b| &statement[b]);
    statement[i].is_word("from")
        && back(1).is_some_and(|t| t.is_word("distinct"))
        && back(2).is_some_and(|t| t.is_any(&["is", "not"]))
}

fn item(statement: &[Token<'_>], tokens: Range<usize>) -> Item {
    let list = &statement[tokens.clone()];
    let last = list.last().filter(|t| t.is_name());
    let before = list.len().checked_sub(2).map(|i| &list[i]);
    let explicit = before.is_some_and(|t| t.is_word("as"));
    // a word after a literal may be a unit, as in `INTERVAL 1 DAY`
    let literal = before.is_some_and(|t| matches!(t.kind, TokenKind::Number | TokenKind::String));
    let implicit = before.is_some_and(|t| t.is(")") || t.is("]") || (t.is_name() && !is_operator(t)) || literal)
        && last.is_some_and(|t| !(t.is_word("end") || literal && t.kind == TokenKind::Word && is_keyword(t.raw)));
    let path = before.is_none_or(|t| t.is(".")) && !list.iter().any(|t| t.is("("));
    let name = last.filter(|_| explicit || implicit || path).map(Token::content);
    let is_alias = name.is_some() && (explicit || implicit);
    let value = tokens.start..tokens.end - if is_alias { 1 + usize::from(explicit) } else { 0 };
    Item { tokens, value, is_alias, name }
}

/// Words after which a name is an operand, not an alias.
fn is_operator(token: &Token<'_>) -> bool {
    token.is_any(&[
        "and", "or", "not", "is", "in", "like", "rlike", "between", "then", "else", "when", "case", "div", "interval",
        "null", "distinct", "collate",
    ])
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::{Clause, Structure};

    fn clause(sql: &str, word: &str) -> Vec<Clause> {
        let all = tokens(sql);
        let at = all.iter().position(|t| t.is_word(word)).expect("a word");
        Structure::of(&all).around(at).map(|(_, c)| c).collect()
    }

    #[test]
    fn a_word_is_in_its_clause_and_those_around_it() {
        let sql = "INSERT INTO t SELECT f(a), CASE WHEN b IS DISTINCT FROM b2 THEN 1 END FROM s JOIN u ON c = 1 \
                   WHERE d IN (SELECT e FROM v) GROUP BY g HAVING h ORDER BY o";
        for (word, expected) in [
            ("t", vec![Clause::Head]),
            ("a", vec![Clause::Head, Clause::Select]),
            ("b2", vec![Clause::Select]),
            ("s", vec![Clause::From]),
            ("c", vec![Clause::On]),
            ("d", vec![Clause::Where]),
            ("e", vec![Clause::Select, Clause::Where]),
            ("v", vec![Clause::From, Clause::Where]),
            ("g", vec![Clause::GroupBy]),
            ("h", vec![Clause::Having]),
            ("o", vec![Clause::OrderBy]),
        ] {
            assert_eq!(clause(sql, word), expected, "{word}");
        }
        assert_eq!(clause("SELECT count(*) FILTER (WHERE x) FROM t", "x"), [Clause::Where, Clause::Select]);
        assert_eq!(clause("SELECT extract(YEAR FROM x) FROM t", "x"), [Clause::Head, Clause::Select]);
        assert_eq!(clause("SELECT 1 UNION ALL SELECT x", "x"), [Clause::Select]);
    }

    #[test]
    fn select_lists_have_names() {
        let sql = "SELECT DISTINCT a.b, f(c, d) AS e, g(1) h, i + 1, *, CASE WHEN x THEN y END, j::INT FROM t \
                   UNION ALL SELECT k FROM u";
        let all = tokens(sql);
        let structure = Structure::of(&all);
        assert_eq!(structure.selects.len(), 2);
        let names: Vec<_> = structure.selects[0].items.iter().map(|i| i.name.as_deref()).collect();
        assert_eq!(names, [Some("b"), Some("e"), Some("h"), None, None, None, None]);
        let aliases: Vec<_> = structure.selects[0].items.iter().map(|i| i.is_alias).collect();
        assert_eq!(aliases, [false, true, true, false, false, false, false]);
        assert_eq!(structure.selects[1].items[0].name.as_deref(), Some("k"));
    }

    #[test]
    fn frames_know_who_opened_them() {
        let all = tokens("SELECT f(a[1], (SELECT 2))");
        let structure = Structure::of(&all);
        let shape: Vec<_> = structure.frames.iter().map(|f| (f.callee, f.query, f.tokens.clone())).collect();
        assert_eq!(shape, [(None, true, 0..13), (Some(1), false, 3..12), (None, false, 5..6), (None, true, 9..11)]);
    }
}
