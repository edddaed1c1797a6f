//! Notebook 1 of the shipped project can be read by a person: it is short, and each question stands in it once, in a cell
//! of its own.

use std::collections::BTreeSet;

use piq_sql::notebook::{CellKind, NotebookCell, cells};
use piq_sql::{TokenKind, lex, tokens};

use super::kit::{Project, text};

const NOTEBOOK: &str = "out/notebooks/1_incremental_pipeline.sql";
/// It was 358 kB with every prompt three times.
const MOST_BYTES: usize = 222_000;
const MOST_LINES: usize = 150;
/// A question with its prompt and the form of its answer.
const MOST_LINES_OF_A_QUESTION: usize = 60;
/// Shorter literals are labels and joints, which may come again.
const SENTENCE: usize = 40;

/// The SQL cells of the rendered notebook, and its size.
fn rendered(project: &Project) -> (Vec<NotebookCell>, usize) {
    let out = project.piq(&["render", "-t", "dev", "-o", "out"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let notebook = project.read(NOTEBOOK);
    (cells(&notebook).into_iter().filter(|c| c.kind == CellKind::Sql).collect(), notebook.len())
}

/// Files of questions: name and text.
fn questions(project: &Project) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(project.path("sql/enrichments")).expect("enrichments") {
        let path = entry.expect("entry").path();
        let name = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        let file = std::fs::read_to_string(&path).expect("text");
        if file.contains("\nfunction: ") {
            found.push((name, file));
        }
    }
    found.sort();
    found
}

#[test]
fn the_notebook_is_short_and_so_is_each_of_its_cells() {
    let (cells, bytes) = rendered(&Project::new());
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    for cell in &cells {
        let lines = cell.text.lines().count();
        assert!(lines <= MOST_LINES, "{}: {lines} lines", cell.label());
    }
}

#[test]
fn each_prompt_stands_once_in_the_cell_of_its_question() {
    let project = Project::new();
    let (cells, _) = rendered(&project);
    let questions = questions(&project);
    assert!(questions.len() >= 11, "{}", questions.len());
    for (name, file) in &questions {
        let view = format!("piq_ask_{name}");
        let own: Vec<&NotebookCell> =
            cells.iter().filter(|c| c.text.contains(&format!("CREATE OR REPLACE TEMPORARY VIEW {view} AS"))).collect();
        let [cell] = own.as_slice() else { panic!("{name} has {} cells", own.len()) };
        let lines = cell.text.lines().count();
        assert!(lines <= MOST_LINES_OF_A_QUESTION, "{name}: {lines} lines");
        // the sentences that the file itself holds
        let sentences: BTreeSet<String> = lex(file)
            .iter()
            .filter(|t| t.kind == TokenKind::String && t.content().len() >= SENTENCE && !t.content().contains("{{"))
            .map(|t| t.raw.to_owned())
            .collect();
        for sentence in sentences.iter().filter(|s| cell.text.contains(s.as_str())) {
            let times: usize = cells.iter().map(|c| c.text.matches(sentence.as_str()).count()).sum();
            assert_eq!(times, 1, "{name}: {sentence}");
        }
    }
}

#[test]
fn a_model_is_asked_in_the_cells_of_questions_and_in_the_trial_alone() {
    let (cells, _) = rendered(&Project::new());
    let asks = |cell: &NotebookCell| {
        let all = tokens(&cell.text);
        all.windows(2).any(|w| {
            w[1].is("(")
                && ["ai_query", "ai_gen", "ai_summarize", "ai_classify", "ai_mask"].iter().any(|f| w[0].is_word(f))
        })
    };
    let elsewhere: Vec<String> = cells
        .iter()
        .filter(|c| asks(c) && !c.text.contains(" piq_ask_") && !c.text.contains(" piq_trials "))
        .map(NotebookCell::label)
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}
