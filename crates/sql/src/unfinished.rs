//! Expressions that end too early: a comma, an operator or a CASE without what it needs. No grammar: what is not one of
//! these is somebody else's to judge.

use super::token::{Token, TokenKind};

/// A place where an expression lacks something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The token at which it is missed.
    pub token: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Words that end the expression before them.
const AFTER: [&str; 16] = [
    "from",
    "where",
    "group",
    "order",
    "having",
    "qualify",
    "limit",
    "union",
    "intersect",
    "then",
    "else",
    "when",
    "end",
    "and",
    "or",
    "as",
];

/// The first place of `all`, whose brackets match, where an expression lacks something.
pub fn unfinished(all: &[Token<'_>]) -> Option<Unfinished> {
    let plain = (0..all.len()).find_map(|i| foreign(all, i).or_else(|| comma(all, i)).or_else(|| operator(all, i)));
    let case = cases(all);
    match (plain, case) {
        (Some(a), Some(b)) => Some(if a.token <= b.token { a } else { b }),
        (a, b) => a.or(b),
    }
}

fn fault(token: usize, message: impl Into<String>, hint: &'static str) -> Option<Unfinished> {
    Some(Unfinished { token, message: message.into(), hint })
}

/// Whether the token directly follows the one before it.
fn is_joined(all: &[Token<'_>], i: usize) -> bool {
    i > 0 && all[i - 1].span.end == all[i].span.start
}

/// Characters of other languages.
fn foreign(all: &[Token<'_>], i: usize) -> Option<Unfinished> {
    let token = &all[i];
    if token.kind != TokenKind::Symbol {
        return None;
    }
    if matches!(token.raw, "‘" | "’" | "“" | "”" | "„") {
        return fault(i, format!("expected a quote of SQL, found `{}`", token.raw), "write ' around a text");
    }
    if token.is("&") && all.get(i + 1).is_some_and(|t| t.is("&")) && is_joined(all, i + 1) {
        return fault(i, "`&&` is not an operator of SQL", "write AND");
    }
    if token.is("[") && i > 0 && all[i - 1].is(".") {
        return fault(i, "expected a name after `.`, found `[`", "remove the dot, or name a field");
    }
    None
}

/// Whether nothing that could be an operand stands at `i`.
fn is_end(all: &[Token<'_>], i: usize) -> bool {
    all.get(i).is_none_or(|t| [",", ")", "]", ";"].iter().any(|s| t.is(s)) || (t.is_any(&AFTER) && !is_named(all, i)))
}

/// Whether a word is a name here: a part of a longer name, a function or a named argument.
fn is_named(all: &[Token<'_>], i: usize) -> bool {
    i > 0 && all[i - 1].is(".") || all.get(i + 1).is_some_and(|t| t.is("(") || t.is("."))
}

fn comma(all: &[Token<'_>], i: usize) -> Option<Unfinished> {
    if !all[i].is(",") {
        return None;
    }
    let hint = "remove the comma, or add what it separates";
    if i == 0 || ["(", "[", ","].iter().any(|s| all[i - 1].is(s)) || all[i - 1].is_word("select") {
        return fault(i, "expected an expression before `,`", hint);
    }
    is_end(all, i + 1).then(|| fault(i, "expected an expression after `,`", hint)).flatten()
}

fn operator(all: &[Token<'_>], i: usize) -> Option<Unfinished> {
    let token = &all[i];
    let word = token.is_any(&["and", "or"]) && !is_named(all, i);
    let is_arrow = token.is("=") && all.get(i + 1).is_some_and(|t| t.is(">")) && is_joined(all, i + 1);
    if is_arrow && !(i > 0 && all[i - 1].is("<")) {
        // `name => value` is an argument; a comparison is written the other way round
        let is_argument = i > 1 && all[i - 1].is_name() && (all[i - 2].is("(") || all[i - 2].is(","));
        return if is_argument { None } else { fault(i, "`=>` is not a comparison", "write >=") };
    }
    // a part of a longer operator
    let joined = |at: usize| all.get(at).is_some_and(|t| ["=", "<", ">", "!", "|"].iter().any(|s| t.is(s)));
    let ends_operator = token.is("=") || token.is("|") && i > 0 && all[i - 1].is("|") || token.is("/") || token.is("%");
    if !word && (!ends_operator || joined(i + 1) && is_joined(all, i + 1)) {
        return None;
    }
    let hint = "add what is compared or combined";
    if is_end(all, i + 1) {
        return fault(i, format!("expected an expression after `{}`", token.raw), hint);
    }
    let starts = !joined(i.wrapping_sub(1))
        && (i == 0
            || ["(", "[", ","].iter().any(|s| all[i - 1].is(s))
            || all[i - 1].is_any(&["where", "on", "when", "then", "else", "having", "select"])
                && !is_named(all, i - 1));
    starts.then(|| fault(i, format!("expected an expression before `{}`", token.raw), hint)).flatten()
}

/// A CASE that is being read: its token, its last WHEN without a THEN, and the brackets around it.
struct Case {
    token: usize,
    when: Option<usize>,
    depth: usize,
}

fn cases(all: &[Token<'_>]) -> Option<Unfinished> {
    const END: &str = "end it with END";
    let (mut open, mut depth): (Vec<Case>, usize) = (Vec::new(), 0);
    for (i, token) in all.iter().enumerate() {
        if token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is(")") || token.is("]") {
            depth = depth.saturating_sub(1);
            if let Some(case) = open.last().filter(|case| case.depth > depth) {
                return fault(case.token, "this CASE has no END", END);
            }
        }
        let is_name = is_named(all, i) && !token.is_any(&["when", "then", "else"])
            || i > 0 && all[i - 1].is_word("as")
            || i > 0 && all[i - 1].is(".");
        if is_name || token.kind != TokenKind::Word {
            continue;
        }
        if token.is_word("case") {
            open.push(Case { token: i, when: None, depth });
        }
        let Some(case) = open.last_mut().filter(|case| case.depth == depth) else { continue };
        if token.is_any(&["when", "else", "end"]) {
            if let Some(when) = case.when.take() {
                return fault(when, "this WHEN has no THEN", "write WHEN condition THEN value");
            }
            case.when = token.is_word("when").then_some(i);
        } else if token.is_word("then") {
            case.when = None;
        }
        if token.is_word("end") {
            open.pop();
        }
    }
    open.first().and_then(|case| fault(case.token, "this CASE has no END", END))
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::unfinished;

    #[test]
    fn what_lacks_something_is_found_where_it_stands() {
        for (sql, token) in [
            ("SELECT a, FROM t", ","),
            ("SELECT , a FROM t", ","),
            ("f(a, , b)", ","),
            ("f(a,)", ","),
            ("a = 3 AND", "AND"),
            ("(a = 3 OR) = b", "OR"),
            ("a =", "="),
            ("WHERE = 3", "="),
            ("a => 3", "="),
            ("a && b", "&"),
            ("p.[a]", "["),
            ("coalesce(a, ‘x’)", "‘"),
            ("CASE WHEN a THEN 1 ELSE 0 AS x", "CASE"),
            ("(CASE WHEN a THEN 1) + 1", "CASE"),
            ("CASE WHEN a 1 ELSE 0 END", "WHEN"),
            ("a || ", "|"),
            ("a / , b", "/"),
        ] {
            let all = tokens(sql);
            let found = unfinished(&all).unwrap_or_else(|| panic!("nothing found in {sql}"));
            assert_eq!(all[found.token].raw, token, "{sql}: {}", found.message);
        }
    }

    #[test]
    fn what_is_complete_is_good() {
        for sql in [
            "SELECT count(*), a.*, -b, +c, DATE '2026-01-01' FROM t AS x, u WHERE a <=> NULL AND b <> -1 OR NOT c",
            "ai_query('m', request => 'x', modelParameters => named_struct('a', 1))",
            "transform(a, (x, i) -> x + i)",
            "CASE a WHEN 1 THEN CASE WHEN b THEN 'x' END ELSE 'y' END || 'z'",
            "SELECT CASE WHEN a THEN 1 END end, b.case, b.`when` FROM t",
            "CAST(a AS ARRAY<STRUCT<b: STRING, c: DECIMAL(18,2)>>)",
            "a >= 1 AND b != 2 AND c == 3 AND d BETWEEN 1 AND 2 AND e % 2 = 0 AND x:y.z::int > 1",
            "SELECT * EXCEPT (a, b) FROM t LIMIT 5",
            "extract(DAY FROM a) = 1 AND trim(BOTH ' ' FROM b) = ''",
            "SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY 1",
            "a['x'] = b[1] AND c IN ('a', 'b') AND left(d, 1) = 'e'",
        ] {
            assert_eq!(unfinished(&tokens(sql)), None, "{sql}");
        }
    }
}
