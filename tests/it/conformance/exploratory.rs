//! The exploratory notebooks run on the sample, SQL and charts, and each cell gives rows.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use piq_local::engine::{Engine, EngineStatement, EngineTable, SessionId};
use serde_json::{Value, json};

use super::lab::Lab;
use super::{folder, kept, local, runtime};

#[test]
fn engine_exploratory_notebooks_run_and_every_cell_gives_rows() {
    let engine = local("explored");
    runtime().block_on(async {
        let mut lab = Lab::new(engine.clone(), "explored");
        lab.load_sample(60).await;
        lab.run().await;
        let (files, _) = lab.render();
        let notebooks: BTreeMap<&String, &String> = files.iter().filter(|(path, _)| path.ends_with(".ipynb")).collect();
        assert_eq!(notebooks.len(), 4, "{:?}", files.keys());
        for (path, text) in notebooks {
            let notebook: Value = serde_json::from_str(text).expect("JSON");
            assert!(!text.contains("{{") && !text.contains("{%"), "{path} holds a template");
            let session = engine.open_session(Some(path)).await.unwrap_or_else(|e| panic!("{e}"));
            let mut queries = 0;
            for sql in sql_cells(&notebook) {
                let table = execute(&*engine, session, path, &sql).await;
                if !sql.starts_with("USE ") {
                    assert!(!table.rows.is_empty(), "{path}: no rows of\n{sql}");
                    queries += 1;
                }
            }
            assert!(queries >= 6, "{path} has {queries} queries");
            let file = folder().join(path.rsplit('/').next().expect("a name"));
            std::fs::write(&file, text).expect("written");
            let drawn = charts(&*engine, session, &file).await;
            assert!(!drawn.is_empty() && drawn.iter().all(|marks| *marks > 0), "{path}: {drawn:?}");
            engine.close_session(session).await;
        }
        engine.stop().await;
    });
}

fn sql_cells(notebook: &Value) -> Vec<String> {
    let cells = notebook["cells"].as_array().expect("cells");
    let text = |cell: &Value| -> String {
        cell["source"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let code = cells.iter().filter(|c| c["cell_type"] == "code").map(text);
    code.filter_map(|t| t.strip_prefix("%sql\n").map(str::to_owned)).collect()
}

async fn execute(engine: &dyn Engine, session: SessionId, path: &str, sql: &str) -> EngineTable {
    let statement = EngineStatement { sql: sql.to_owned(), ..EngineStatement::default() };
    engine.execute(session, &statement).await.unwrap_or_else(|e| panic!("{path}:\n{sql}\nfailed: {e}"))
}

/// Runs the Python cells and gives what each drew.
async fn charts(engine: &dyn Engine, session: SessionId, notebook: &Path) -> Vec<u64> {
    let pictures = kept::dir().join("pictures");
    std::fs::create_dir_all(&pictures).expect("folder");
    let mut child = Command::new(kept::charts_python())
        .args(["-I", "-B", "-u"])
        .arg(kept::sources().join("charts.py"))
        .args([notebook, pictures.as_path()])
        .env("MPLCONFIGDIR", kept::dir().join("matplotlib"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("standard input");
    let mut drawn = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("standard output")).lines() {
        let said: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        if let Some(sql) = said["sql"].as_str() {
            let table = execute(engine, session, &notebook.display().to_string(), sql).await;
            assert!(!table.rows.is_empty(), "no rows of\n{sql}");
            let columns: Vec<&String> = table.columns.iter().map(|c| &c.name).collect();
            writeln!(input, "{}", json!({"columns": columns, "rows": table.rows})).expect("written");
        } else {
            drawn = said["drawn"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        }
    }
    assert!(child.wait().expect("ends").success(), "{}: a Python cell failed", notebook.display());
    drawn
}
