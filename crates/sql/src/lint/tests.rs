//! The notebooks of `tests/sql_lint`, one for each rule: cells titled `good: …` and `bad: …`. What is said of the bad
//! ones is kept in snapshots.

use super::{Clocks, SqlProblem, check_notebooks, check_syntax};
use crate::notebook::cells;
use crate::{Create, column_definitions, file_access, relations, statements, tokens};
use piq_diagnostics::{Diagnostic, Format, Source, Span, render};

const CLOCKS: Clocks<'static> =
    Clocks { source: &["last_modified_ts", "last_modified_date"], run: &["piq_last_updated", "started_at"] };

fn check_portable(notebook: &str) -> Vec<SqlProblem> {
    super::check_portable(notebook, CLOCKS)
}

fn fixtures() -> Vec<(String, String)> {
    let dir = piq_testing::root().join("tests/sql_lint");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("folder").map(|e| e.expect("entry").path()) {
        if entry.extension().is_some_and(|e| e == "sql") {
            let name = entry.file_stem().and_then(|s| s.to_str()).expect("name").to_owned();
            found.push((name, std::fs::read_to_string(&entry).expect("text")));
        }
    }
    found.sort();
    found
}

#[test]
fn good_cells_pass_and_bad_cells_are_refused() {
    let all = fixtures();
    assert_eq!(all.len(), 10);
    for (name, text) in all {
        let found = check_portable(&text);
        for cell in cells(&text) {
            let of_cell: Vec<_> = found.iter().filter(|f| f.cell == cell.label()).collect();
            let title = cell.title.clone().expect("a title");
            assert_eq!(title.starts_with("bad: "), !of_cell.is_empty(), "{name}: {title}: {of_cell:?}");
            assert!(title.starts_with("bad: ") || title.starts_with("good: "), "{name}: {title}");
        }
        let source = Source::new(format!("{name}.sql"), text);
        let diagnostics: Vec<Diagnostic> = found
            .into_iter()
            .map(|f| Diagnostic::error(f.code, f.message).at(Span::new(&source, f.span)).hint(f.hint))
            .collect();
        insta::with_settings!({snapshot_path => "../../../../tests/sql_lint/expected", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, render(&diagnostics, Format::Text));
        });
    }
}

#[test]
fn a_cell_without_end_has_one_finding() {
    let (_, text) = fixtures().into_iter().find(|(name, _)| name == "syntax").expect("a fixture");
    let found = check_portable(&text);
    for cell in cells(&text).iter().filter(|c| c.title.as_ref().is_some_and(|t| t.starts_with("bad"))) {
        assert_eq!(found.iter().filter(|f| f.cell == cell.label()).count(), 1, "{}", cell.label());
    }
}

#[test]
fn only_what_cannot_be_read_is_said_of_the_notebooks_of_others() {
    for (name, text) in fixtures() {
        let codes: Vec<_> = check_syntax(&text).into_iter().map(|f| f.code).collect();
        assert_eq!(codes.is_empty(), name != "syntax", "{name}: {codes:?}");
        assert!(codes.iter().all(|c| ["sql-unclosed", "sql-bracket"].contains(c)), "{codes:?}");
    }
}

#[test]
fn a_temporary_view_of_another_notebook_is_refused() {
    let maker = "CREATE OR REPLACE TEMPORARY VIEW recent AS SELECT 1 AS a\n-- COMMAND ----------\nSELECT * FROM recent";
    let reader = "SELECT 1\n-- COMMAND ----------\nSELECT a FROM t JOIN Recent ON true";
    let found = check_notebooks(&[("one.sql", maker), ("two.sql", reader)], CLOCKS);
    assert_eq!(found.len(), 1);
    let (notebook, finding) = &found[0];
    assert_eq!((*notebook, &reader[finding.span.clone()]), ("two.sql", "Recent"));
    assert!(finding.message.contains("one.sql"), "{}", finding.message);
    let own = format!("CREATE TEMPORARY VIEW recent AS SELECT 2 AS a\n-- COMMAND ----------\n{reader}");
    assert!(check_notebooks(&[("one.sql", maker), ("two.sql", &own)], CLOCKS).is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_checked_without_a_fault(words in proptest::collection::vec(0..WORDS.len(), 0..40), text in proptest::prelude::any::<String>()) {
        let sql: Vec<&str> = words.iter().map(|i| WORDS[*i]).collect();
        for notebook in [sql.join(" "), text] {
            for finding in check_portable(&notebook).into_iter().chain(check_syntax(&notebook)) {
                proptest::prop_assert!(notebook.get(finding.span.clone()).is_some(), "{:?} of {:?}", finding, notebook);
            }
            check_notebooks(&[("a", &notebook), ("b", &notebook)], CLOCKS);
            let all = tokens(&notebook);
            for statement in statements(&all) {
                let made = Create::read(statement);
                let defined = made.and_then(|c| c.list).map(|list| column_definitions(statement, list)).unwrap_or_default();
                proptest::prop_assert!(defined.iter().all(|d| statement.get(d.tokens.clone()).is_some()));
                for relation in relations(statement) {
                    proptest::prop_assert!(relation.tokens.end <= statement.len() && !relation.parts.is_empty());
                }
            }
            file_access(&all);
        }
    }
}

/// What rules look for, in any order.
const WORDS: [&str; 50] = [
    "SELECT",
    "a",
    "AS",
    "b",
    ",",
    "FROM",
    "t",
    "(",
    ")",
    "[",
    "]",
    "WHERE",
    "ai_gen",
    "ai_query",
    "=>",
    "failOnError",
    "CREATE",
    "OR REPLACE",
    "TABLE",
    "TEMPORARY",
    "VIEW",
    "USING DELTA",
    "INSERT INTO",
    "MERGE INTO",
    "WITH",
    ";",
    "'x'",
    "'y''z'",
    ":p",
    "IDENTIFIER",
    "last_modified_ts",
    "<",
    "current_date",
    ".",
    "*",
    "EXCEPT",
    "UNION ALL",
    "JOIN",
    "ON",
    "from_json",
    "BEGIN",
    "END",
    "\n-- COMMAND ----------\n",
    "col:é",
    "text.`/x`",
    "COMMENT",
    "OPTIONS",
    "USING",
    "<",
    ">",
];
