//! Where a statement reaches beyond tables: files, folders and other servers, by a path or by code from a file.

use std::ops::Range;

use super::cursor::{closing, name_end, name_parts};
use super::functions::{FunctionKind, is_function};
use super::relations::{Relation, relations};
use super::token::{Token, TokenKind};

/// One place where a statement names something that is not a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAccess {
    /// What the statement names, such as ``the path text.`/etc/passwd` ``.
    pub what: String,
    /// Its tokens.
    pub tokens: Range<usize>,
}

/// Sources of data; before a dot, in the place of a schema, such a name makes a path of what follows.
const FORMATS: [&str; 24] = [
    "arrow",
    "avro",
    "binaryfile",
    "cloudfiles",
    "console",
    "csv",
    "delta",
    "deltasharing",
    "excel",
    "hudi",
    "iceberg",
    "image",
    "jdbc",
    "json",
    "kafka",
    "libsvm",
    "lance",
    "orc",
    "parquet",
    "ratestream",
    "socket",
    "text",
    "vortex",
    "xml",
];

/// Keys of options that say where data lies.
const PATH_OPTIONS: [&str; 6] = ["path", "paths", "location", "url", "dbtable", "file"];

/// Whether a name is of a source of data, in any letter case.
fn is_format(name: &str) -> bool {
    FORMATS.contains(&name.to_ascii_lowercase().as_str())
}

/// No name of a table, schema or catalog has these characters; paths do.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', ':'])
}

/// The first place of a statement, or of several, that reaches beyond tables.
pub fn file_access(tokens: &[Token<'_>]) -> Option<FileAccess> {
    let relation = relations(tokens).into_iter().find_map(|r| by_relation(tokens, &r));
    (0..tokens.len()).find_map(|at| by_words(tokens, at)).or(relation)
}

fn access(what: impl Into<String>, tokens: Range<usize>) -> Option<FileAccess> {
    Some(FileAccess { what: what.into(), tokens })
}

fn by_relation(tokens: &[Token<'_>], relation: &Relation) -> Option<FileAccess> {
    let parts = &relation.parts;
    let range = relation.tokens.clone();
    if relation.is_call {
        return None;
    }
    let qualified = parts.len() == 2 && is_format(&parts[0]);
    (qualified || parts.iter().any(|p| is_path(p))).then(|| path(tokens, range)).flatten()
}

fn path(tokens: &[Token<'_>], range: Range<usize>) -> Option<FileAccess> {
    let text: String = tokens[range.clone()].iter().map(|t| t.raw).collect();
    access(format!("the path {text}"), range)
}

/// What the keywords at `at` reach.
fn by_words(tokens: &[Token<'_>], at: usize) -> Option<FileAccess> {
    let token = &tokens[at];
    let get = |n: usize| tokens.get(at + n);
    let word = |n: usize, words: &[&str]| get(n).is_some_and(|t| t.is_any(words));
    let is_string = |n: usize| get(n).is_some_and(|t| t.kind == TokenKind::String);
    if !token.is_name() || at > 0 && tokens[at - 1].is(".") {
        return None;
    }
    // `format.path` where a statement does not say that a relation follows
    if is_format(&token.content())
        && let Some(end) = name_end(tokens, at)
        && end == at + 3
        && name_parts(&tokens[at..end]).any(|part| is_path(&part))
    {
        return path(tokens, at..end);
    }
    if get(1).is_some_and(|t| t.is("(")) && is_function(&token.content(), FunctionKind::Files) {
        return access(format!("files with {}()", token.content()), at..at + 1);
    }
    if token.kind != TokenKind::Word {
        return None;
    }
    let begins = at == 0
        || tokens[at - 1].is(";")
        || tokens[at - 1].is_any(&["begin", "then", "else", "do", "loop", "repeat", "explain"]);
    let resource = ["jar", "jars", "file", "files", "archive", "archives", "python"];
    if token.is_any(&["location", "inpath", "vacuum", "optimize", "detail", "history"]) && is_string(1) {
        access(token.raw.to_uppercase(), at..at + 2)
    } else if token.is_word("overwrite") && (word(1, &["directory"]) || word(1, &["local"]) && word(2, &["directory"]))
    {
        access("INSERT OVERWRITE DIRECTORY", at..at + 2)
    } else if token.is_word("external") && word(1, &["table", "volume", "location", "schema", "catalog"]) {
        access(format!("EXTERNAL {}", tokens[at + 1].raw.to_uppercase()), at..at + 2)
    } else if token.is_word("copy") && word(1, &["into"]) {
        access("COPY INTO", at..at + 2)
    } else if begins && token.is_word("load") && word(1, &["data"]) {
        access("LOAD DATA", at..at + 2)
    } else if begins && token.is_any(&["add", "list", "delete"]) && word(1, &resource) && !is_end(get(2)) {
        access(format!("{} {}", token.raw.to_uppercase(), tokens[at + 1].raw.to_uppercase()), at..at + 2)
    } else if token.is_word("using") && word(1, &resource) && is_string(2) {
        access(format!("USING {}", tokens[at + 1].raw.to_uppercase()), at..at + 2)
    } else if token.is_any(&["options", "tblproperties", "dbproperties", "with"]) && get(1).is_some_and(|t| t.is("(")) {
        option(tokens, at + 1..closing(tokens, at + 1))
    } else if begins && token.is_word("convert") && word(1, &["to"]) {
        access("CONVERT TO DELTA", at..at + 2)
    } else if begins && token.is_any(&["create", "replace"]) {
        other_format(tokens, at)
    } else {
        None
    }
}

fn is_end(token: Option<&Token<'_>>) -> bool {
    token.is_none_or(|t| t.is(";"))
}

/// An option whose key says where data lies; `range` starts at the opening bracket.
fn option(tokens: &[Token<'_>], range: Range<usize>) -> Option<FileAccess> {
    (range.start + 1..range.end).find_map(|at| {
        let before = &tokens[at - 1];
        let token = &tokens[at];
        let is_key = before.is("(") || before.is(",") || before.is(".");
        let content = token.content();
        let last = content.rsplit('.').next().unwrap_or_default().to_lowercase();
        let is_last = !tokens.get(at + 1).is_some_and(|t| t.is("."));
        let named = token.is_name() || token.kind == TokenKind::String;
        (is_key && is_last && named && PATH_OPTIONS.contains(&last.as_str()))
            .then(|| access(format!("the option {}", token.raw), at..at + 1))
            .flatten()
    })
}

/// A table or view that is made from another format than Delta.
fn other_format(tokens: &[Token<'_>], create: usize) -> Option<FileAccess> {
    let mut at = create;
    while at < tokens.len() && !tokens[at].is_any(&["as", "select"]) && !tokens[at].is(";") {
        if tokens[at].is("(") {
            at = closing(tokens, at);
        } else if tokens[at].is_word("using") {
            let format = tokens.get(at + 1).filter(|t| t.is_name() && !t.content().eq_ignore_ascii_case("delta"))?;
            return access(format!("the format {}", format.raw), at..at + 2);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::file_access;
    use crate::tokens;

    fn what(sql: &str) -> Option<String> {
        file_access(&tokens(sql)).map(|found| found.what)
    }

    #[test]
    fn whatever_reaches_beyond_tables_is_found_wherever_it_stands() {
        for sql in [
            "SELECT * FROM text.`/etc/passwd`",
            "select * from `TEXT`.`passwd`",
            "SELECT * FROM csv . `s3://bucket/x.csv` AS c",
            "SELECT * FROM json.`/x`, t",
            "SELECT * FROM t, parquet.`/x`",
            "SELECT * FROM t AS a JOIN binaryFile.`/x` AS b ON true",
            "SELECT * FROM t JOIN u ON t.a = u.a, orc.x",
            "SELECT (SELECT max(value) FROM avro.`x`) FROM t",
            "WITH c AS (SELECT * FROM delta.`/x`) SELECT * FROM c",
            "WITH text AS (SELECT 1) SELECT * FROM text.`/x`",
            "SELECT * FROM ((text.`x` JOIN t))",
            "SELECT * FROM sort, window, text.`/x`",
            "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM text.x)",
            "SELECT 1 UNION ALL TABLE text.`x`",
            "FROM text.`x` SELECT *",
            "SELECT * FROM main.text.`/etc/passwd`",
            "SELECT * FROM `text./etc/passwd`",
            "SELECT * FROM `C:\\x`",
            "MERGE INTO t USING csv.`/x` AS s ON t.a = s.a WHEN MATCHED THEN DELETE",
            "MERGE INTO delta.`/x` USING t ON true WHEN MATCHED THEN DELETE",
            "INSERT INTO parquet.`/x` SELECT 1",
            "INSERT OVERWRITE TABLE json.`/x` SELECT 1",
            "UPDATE delta.`/x` SET a = 1",
            "DELETE FROM delta.`/x`",
            "CREATE VIEW v AS SELECT * FROM text.`/x`",
            "CREATE TABLE t SHALLOW CLONE delta.`/x`",
            "DESCRIBE delta.`/x`",
            "DESCRIBE DETAIL '/x'",
            "VACUUM '/x'",
            "OPTIMIZE delta.x",
            "EXPLAIN SELECT * FROM text.`/x`",
            "BEGIN SELECT 1; SELECT * FROM text.`/x`; END",
            "insert overwrite directory '/x' USING csv SELECT 1",
            "EXPLAIN INSERT OVERWRITE LOCAL DIRECTORY '/x' SELECT 1",
            "INSERT /* a */ OVERWRITE -- b\n DIRECTORY USING csv OPTIONS (path '/x') SELECT 1",
            "CREATE EXTERNAL TABLE t (a INT) LOCATION '/x'",
            "CREATE OR REPLACE EXTERNAL TABLE t (a INT)",
            "CREATE TABLE t (a INT) LOCATION '/x'",
            "REPLACE TABLE t (a INT) LOCATION r'/x'",
            "ALTER TABLE t SET LOCATION \"/x\"",
            "CREATE SCHEMA s MANAGED LOCATION '/x'",
            "CREATE TABLE t (a INT) USING delta OPTIONS (path '/x')",
            "CREATE TABLE t (a INT) USING delta OPTIONS ('a' 'b', `Path` = '/x')",
            "CREATE TABLE t (a INT) OPTIONS (option.path '/x')",
            "CREATE TABLE t (a INT) TBLPROPERTIES ('location' = '/x')",
            "CREATE TEMPORARY VIEW v USING csv",
            "CREATE GLOBAL TEMP VIEW v USING `JSON` OPTIONS (x 'y')",
            "CREATE TABLE t USING parquet AS SELECT 1",
            "REPLACE TABLE t USING parquet AS SELECT 1",
            "SELECT * FROM read_files('/x')",
            "SELECT * FROM t, LATERAL READ_FILES('/x', format => 'csv')",
            "SELECT * FROM `read_files`('/x')",
            "LOAD DATA LOCAL INPATH '/x' INTO TABLE t",
            "COPY INTO t FROM '/x' FILEFORMAT = CSV",
            "ADD JAR '/x.jar'",
            "ADD FILE /x",
            "add archives '/x'",
            "CREATE FUNCTION f AS 'x' USING JAR '/x.jar'",
            "CONVERT TO DELTA parquet.`/x`",
        ] {
            assert!(what(sql).is_some(), "{sql}");
        }
        assert_eq!(what("SELECT * FROM Text.`/x`").as_deref(), Some("the path Text.`/x`"));
        assert_eq!(what("SELECT * FROM read_files('/x')").as_deref(), Some("files with read_files()"));
    }

    #[test]
    fn tables_and_columns_with_such_names_are_not_files() {
        for sql in [
            "SELECT text, json.a, t.path, location FROM t AS json WHERE csv.x = 'text.`/x`' -- FROM text.`/x`",
            "SELECT location, 'a' AS options FROM main.json.delta AS t",
            "SELECT json.`a b`, t.`/x` FROM main.default.parquet AS json JOIN t USING (path)",
            "CREATE TABLE t (path STRING, location STRING COMMENT 'LOCATION') USING delta TBLPROPERTIES ('a.b' = 'path')",
            "CREATE OR REPLACE TABLE t USING DELTA AS SELECT 1 AS location",
            "ALTER TABLE t ADD COLUMNS (file STRING, path STRING)",
            "SELECT `list`, load, copy FROM t WHERE data = 'x'",
            "INSERT OVERWRITE t SELECT directory, local FROM u",
            "MERGE INTO t USING (SELECT 1 AS path) AS s ON t.path = s.path WHEN MATCHED THEN UPDATE SET path = s.path",
            "SELECT read_files, history FROM t",
            "WITH path AS (SELECT 1) SELECT * FROM path",
        ] {
            assert_eq!(what(sql), None, "{sql}");
        }
    }
}
