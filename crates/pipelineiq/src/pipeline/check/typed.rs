//! Types that a query names: in casts, and in the schemas of `from_json` and the like.

use piq_diagnostics::closest;
use piq_sql::{Structure, Token, TokenKind, tokens};

use super::calls::{fault, is_call};
use super::names::NameFault;

/// Types of one word.
const SIMPLE: [&str; 25] = [
    "STRING",
    "INT",
    "INTEGER",
    "BIGINT",
    "LONG",
    "SMALLINT",
    "SHORT",
    "TINYINT",
    "BYTE",
    "DOUBLE",
    "FLOAT",
    "REAL",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP_NTZ",
    "TIMESTAMP_LTZ",
    "TIME",
    "BINARY",
    "VARIANT",
    "VOID",
    "OBJECT",
    "GEOMETRY",
    "GEOGRAPHY",
    "INTERVAL",
];

/// Types that have a number of digits.
const DECIMALS: [&str; 3] = ["DECIMAL", "DEC", "NUMERIC"];

/// Types that need a length.
const SIZED: [&str; 3] = ["VARCHAR", "CHAR", "CHARACTER"];

/// Types of other engines, and what they are here.
const FOREIGN: [(&str, &str); 16] = [
    ("TEXT", "STRING"),
    ("NUMBER", "DECIMAL"),
    ("DATETIME", "TIMESTAMP"),
    ("TIMESTAMPTZ", "TIMESTAMP"),
    ("NVARCHAR", "STRING"),
    ("VARCHAR2", "STRING"),
    ("STR", "STRING"),
    ("BOOL", "BOOLEAN"),
    ("INT64", "BIGINT"),
    ("FLOAT64", "DOUBLE"),
    ("BIGNUMERIC", "DECIMAL"),
    ("MONEY", "DECIMAL"),
    ("JSON", "VARIANT"),
    ("UUID", "STRING"),
    ("BLOB", "BINARY"),
    ("LIST", "ARRAY"),
];

/// Functions whose second argument is a schema.
const WITH_SCHEMA: [&str; 3] = ["from_json", "from_csv", "from_xml"];

/// What is wrong with a type.
struct Wrong {
    at: usize,
    message: String,
    hint: String,
}

/// All faults of types, in their order.
pub(super) fn type_faults(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let mut found = Vec::new();
    for i in 0..all.len() {
        if let Some(start) = start_of_type(all, structure, i)
            && let Err(Some(wrong)) = read_type(all, start)
        {
            found.push(fault(all, wrong.at, "sql-type", wrong.message, &wrong.hint));
        }
        if is_call(all, i) && all[i].is_any(&WITH_SCHEMA) {
            found.extend(of_schema(all, structure, i));
        }
    }
    found
}

/// Where the type begins that a cast at `i` names.
fn start_of_type(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<usize> {
    if all[i].is(":") && all.get(i + 1)?.is(":") {
        return Some(i + 2);
    }
    if !all[i].is_any(&["cast", "try_cast"]) || i > 0 && all[i - 1].is(".") {
        return None;
    }
    let frame = structure.frames.iter().position(|f| f.callee == Some(i))?;
    let mut direct = structure.direct(frame, structure.frames[frame].tokens.clone());
    direct.find(|at| all[*at].is_word("as")).map(|at| at + 1)
}

/// The types in a schema that is a text.
fn of_schema(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    let schema = structure.arguments(all, i)?.into_iter().nth(1).filter(|a| a.len() == 1)?.start;
    if all[schema].kind != TokenKind::String {
        return None;
    }
    let text = all[schema].content();
    let inner = tokens(&text);
    let is_type = inner.first()?.is_any(&["struct", "array", "map"]) && inner.get(1).is_some_and(|t| t.is("<"));
    let read = if is_type { read_type(&inner, 0) } else { read_fields(&inner, 0) };
    // a type alone is a schema too
    let alone = inner.len() == 1 && read_type(&inner, 0).is_ok();
    match read {
        Err(Some(wrong)) if !alone => Some(fault(all, schema, "sql-type", wrong.message, &wrong.hint)),
        _ => None,
    }
}

/// The end of the type that begins at `at`; an error without a fault where it cannot be told.
fn read_type(all: &[Token<'_>], at: usize) -> Result<usize, Option<Wrong>> {
    let token = all.get(at).filter(|t| t.kind == TokenKind::Word).ok_or(None)?;
    let name = token.raw.to_ascii_uppercase();
    let is = |at: usize, symbol: &str| all.get(at).is_some_and(|t| t.is(symbol));
    let wrong = |message: String, hint: &str| Err(Some(Wrong { at, message, hint: hint.to_owned() }));
    match name.as_str() {
        "ARRAY" | "MAP" | "STRUCT" if !is(at + 1, "<") => {
            let example = match name.as_str() {
                "ARRAY" => "ARRAY<STRING>",
                "MAP" => "MAP<STRING, INT>",
                _ => "STRUCT<name: STRING>",
            };
            wrong(format!("the type `{name}` lacks what it holds"), &format!("write it as {example}"))
        }
        "ARRAY" => close(all, read_type(all, at + 2)?),
        "MAP" => {
            let key = read_type(all, at + 2)?;
            if !is(key, ",") {
                return Err(None);
            }
            close(all, read_type(all, key + 1)?)
        }
        "STRUCT" if is(at + 2, ">") => Ok(at + 3),
        "STRUCT" => close(all, read_fields(all, at + 2)?),
        "INTERVAL" => {
            let end = if all.get(at + 2).is_some_and(|t| t.is_word("to")) { at + 4 } else { at + 2 };
            Ok(end)
        }
        _ if DECIMALS.contains(&name.as_str()) => decimal(all, at),
        _ if SIZED.contains(&name.as_str()) => {
            if is(at + 1, "(") && is(at + 3, ")") {
                return Ok(at + 4);
            }
            let hint = format!("write STRING, or {name}(30)");
            wrong(format!("the type `{name}` lacks its length"), &hint)
        }
        _ if SIMPLE.contains(&name.as_str()) => {
            let mut end = at + 1;
            if is(end, "(") && is(end + 2, ")") {
                end += 3;
            }
            if all.get(end).is_some_and(|t| t.is_word("collate")) {
                end += 2;
            }
            Ok(end)
        }
        _ => {
            let foreign = FOREIGN.iter().find(|(other, _)| *other == name).map(|(_, here)| *here);
            let known = SIMPLE.into_iter().chain(DECIMALS).chain(SIZED).chain(["ARRAY", "MAP", "STRUCT"]);
            let near = foreign.or_else(|| closest(&name, known));
            let hint = near.map_or_else(
                || "name a type of Databricks SQL, such as STRING or DECIMAL(18, 2)".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            wrong(format!("unknown type `{}`", token.raw), &hint)
        }
    }
}

/// Behind the `>` that has to follow.
fn close(all: &[Token<'_>], at: usize) -> Result<usize, Option<Wrong>> {
    if all.get(at).is_some_and(|t| t.is(">")) { Ok(at + 1) } else { Err(None) }
}

/// `DECIMAL`, `DECIMAL(p)`, `DECIMAL(p, s)`.
fn decimal(all: &[Token<'_>], at: usize) -> Result<usize, Option<Wrong>> {
    if !all.get(at + 1).is_some_and(|t| t.is("(")) {
        return Ok(at + 1);
    }
    let number = |at: usize| all.get(at).filter(|t| t.kind == TokenKind::Number)?.raw.parse::<u32>().ok();
    let precision = number(at + 2).ok_or(None)?;
    let has_scale = all.get(at + 3).is_some_and(|t| t.is(","));
    let scale = if has_scale { number(at + 4).ok_or(None)? } else { 0 };
    let wrong = |at, message, hint: &str| Err(Some(Wrong { at, message, hint: hint.to_owned() }));
    if precision > 38 || precision == 0 {
        let message = format!("a decimal has 1 to 38 digits, not {precision}");
        return wrong(at + 2, message, "write a precision up to 38");
    }
    if scale > precision {
        let message = format!("a decimal of {precision} digits cannot have {scale} behind its point");
        return wrong(at + 4, message, "write the number of all digits first, as in DECIMAL(18, 2)");
    }
    Ok(if has_scale { at + 6 } else { at + 4 })
}

/// `name [:] type [NOT NULL] [COMMENT 'text'], …`
fn read_fields(all: &[Token<'_>], mut at: usize) -> Result<usize, Option<Wrong>> {
    loop {
        if !all.get(at).is_some_and(Token::is_name) {
            return Err(None);
        }
        at += 1 + usize::from(all.get(at + 1).is_some_and(|t| t.is(":")));
        at = read_type(all, at)?;
        if all.get(at).is_some_and(|t| t.is_word("not")) {
            at += 2;
        }
        if all.get(at).is_some_and(|t| t.is_word("comment")) {
            at += 2;
        }
        if !all.get(at).is_some_and(|t| t.is(",")) {
            return Ok(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use piq_sql::{Structure, tokens};

    use super::type_faults;

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        type_faults(&all, &Structure::of(&all))
            .into_iter()
            .map(|f| format!("{} {}", f.name, f.hint.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn types_that_engines_refuse_are_found() {
        for (sql, expected) in [
            ("CAST(a AS STRNG)", "STRNG did you mean `STRING`?"),
            ("CAST(a AS DECIML(10, 2))", "DECIML did you mean `DECIMAL`?"),
            ("CAST(a AS ARAY<INT>)", "ARAY did you mean `ARRAY`?"),
            ("CAST(a AS TEXT)", "TEXT did you mean `STRING`?"),
            ("try_cast(a AS NUMBER)", "NUMBER did you mean `DECIMAL`?"),
            ("a::datetime > 1", "datetime did you mean `TIMESTAMP`?"),
            ("CAST(a AS VARCHAR)", "VARCHAR write STRING, or VARCHAR(30)"),
            ("CAST(a AS ARRAY)", "ARRAY write it as ARRAY<STRING>"),
            ("CAST(a AS ARRAY<STRUCT<x: INT, y: STRIN>>)", "STRIN did you mean `STRING`?"),
            ("CAST(a AS DECIMAL(49, 1))", "49 write a precision up to 38"),
            ("CAST(a AS DECIMAL(10, 12))", "12 write the number of all digits first, as in DECIMAL(18, 2)"),
            ("from_json(a, 'x INT, y STRNG')", "x INT, y STRNG did you mean `STRING`?"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn types_that_engines_know_are_good() {
        for sql in [
            "CAST(a AS string) || CAST(b AS DECIMAL) || CAST(c AS DECIMAL(38, 38)) || d::NUMERIC(3)::VARCHAR(20)",
            "CAST(array(named_struct('a', 1)) AS ARRAY<STRUCT<a: BIGINT, `b c` MAP<STRING, DECIMAL(9, 1)>>>)",
            "CAST('1-2' AS INTERVAL YEAR TO MONTH) || CAST(a AS INTERVAL DAY) || CAST(a AS STRING COLLATE UTF8_LCASE)",
            "CAST(CAST(a AS DATE) AS TIMESTAMP_NTZ) || CAST(1 AS REAL) || CAST(1 AS DEC(3)) || x:y.z::INT",
            "from_json(a, 'x INT, y: ARRAY<STRUCT<z: STRING>> COMMENT \\'c\\'') || from_json(a, 'ARRAY<INT>') || from_json(a, 'INT')",
            "from_json(a, '{\"type\":\"struct\"}') || from_json(a, schema_of_json('{}')) || from_json(a, 'x STRING NOT NULL, y INT')",
            "struct(CAST(a AS INT) AS k, b AS strng)",
        ] {
            assert_eq!(found(sql), [] as [String; 0], "{sql}");
        }
    }
}
