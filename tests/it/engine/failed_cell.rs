//! SQL that is refused, before or during a run, is shown at its place in the file that somebody wrote.

use serde_json::Value;

use super::Lab;
use crate::kit::{said, text};

/// Errors of a deploy, or else of a run after it: the JSON of each, and whether the run was reached.
fn errors(lab: &Lab) -> Vec<Value> {
    let read = |out: &std::process::Output| -> Vec<Value> {
        let lines = text(&out.stderr).lines().filter_map(|l| serde_json::from_str(l).ok()).collect::<Vec<Value>>();
        lines.into_iter().filter(|d| d["severity"] == "error").collect()
    };
    let deployed = lab.piq(&["deploy", "-t", "local", "--quiet", "-o", "json"]);
    if !deployed.status.success() {
        return read(&deployed);
    }
    let ran = lab.piq(&["run", "-t", "local", "-o", "json"]);
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    read(&ran)
}

/// A fault: the file, what it replaces by what, the words of the line that is to be shown, and words of the message.
struct Fault {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
    message: &'static str,
}

const FAULTS: [Fault; 10] = [
    Fault {
        file: "sql/enrichments/ai_context.sql",
        from: "FROM filtered_usecases",
        to: ", no_such_column FROM filtered_usecases",
        line: ", no_such_column FROM",
        message: "unknown column `no_such_column`",
    },
    Fault {
        file: "sql/enrichments/parsed_confidence.sql",
        from: "  answer.rationale AS rationale_for",
        to: "  answer.rationalle AS rationale_for",
        line: "answer.rationalle",
        message: "unknown field `rationalle`",
    },
    Fault {
        file: "sql/enrichments/ai_context.sql",
        from: "FROM filtered_usecases",
        to: "FROM filtered_usecases JOIN no_such_table USING (usecase_id)",
        line: "no_such_table",
        message: "there is no table or view `main.pipelineiq.no_such_table`",
    },
    Fault {
        file: "sql/enrichments/parsed_confidence.sql",
        from: "CAST(answer.major_blockers_score AS INT)",
        to: "CAST(answer.major_blockers_score / (answer.major_blockers_score - answer.major_blockers_score) AS INT)",
        line: "answer.major_blockers_score / (",
        message: "division by zero",
    },
    Fault {
        file: "sql/enrichments/parsed_confidence.sql",
        from: "CAST(answer.major_blockers_score AS INT)",
        to: "CAST(answer.rationale AS INT)",
        line: "CAST(answer.rationale AS INT)",
        message: "cannot cast '",
    },
    Fault {
        file: "sql/source.sql",
        from: "SELECT * FROM",
        to: "SELECT *, colour FROM",
        line: "SELECT *, colour",
        message: "cannot find the column `colour`",
    },
    Fault {
        file: "sql/source.sql",
        from: "{{ pipeline.source_table }}",
        to: "main.crm.nowhere",
        line: "main.crm.nowhere",
        message: "there is no table or view `main.crm.nowhere`",
    },
    Fault {
        file: "sql/reference/ref_slip_signals.csv",
        from: "days_to_live < 0",
        to: "days_to_livve < 0",
        line: "days_to_livve",
        message: "unknown column `days_to_livve`",
    },
    Fault {
        file: "sql/reference/ref_slip_signals.csv",
        from: "days_to_live < 0",
        to: "CAST(stage AS INT) < 0",
        line: "CAST(stage AS INT) < 0",
        message: "cannot cast 'U",
    },
    Fault {
        file: "sql/summaries/coaching_brief.sql",
        from: "FROM filtered_usecases",
        to: ", no_such_column FROM filtered_usecases",
        line: ", no_such_column FROM",
        message: "unknown column `no_such_column`",
    },
];

#[test]
fn engine_each_fault_is_shown_at_the_line_of_its_author() {
    let lab = Lab::with_sample(3);
    let mut wrong = Vec::new();
    for fault in &FAULTS {
        let before = lab.project.read(fault.file);
        // the query stands after the header, which may have the same words
        let at = before.rfind(fault.from).filter(|_| !fault.file.ends_with(".csv")).or_else(|| before.find(fault.from));
        let at = at.unwrap_or_else(|| panic!("{}: {}", fault.file, fault.from));
        let broken = format!("{}{}{}", &before[..at], fault.to, &before[at + fault.from.len()..]);
        lab.project.write(fault.file, &broken);
        let line = broken.lines().position(|l| l.contains(fault.line)).expect("the line") as u64 + 1;
        let found = errors(&lab);
        let fits = |d: &&Value| {
            d["file"] == fault.file
                && d["line"] == line
                && d["message"].as_str().is_some_and(|m| m.contains(fault.message))
        };
        if found.len() != 1 || !found.iter().any(|d| fits(&d)) {
            wrong.push(format!("{}:{line} {}: {found:#?}", fault.file, fault.message));
        }
        lab.project.write(fault.file, &before);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn engine_a_failed_cell_is_shown_in_a_few_lines_with_the_advice_last() {
    let lab = Lab::with_sample(2);
    // the fault of a template, at its line there
    let file = "templates/notebooks/0_create_ref_tables.sql.j2";
    let before = lab.project.read(file);
    let cell =
        "\n\n-- COMMAND ----------\n\n-- DBTITLE 1,Own\nSELECT code,\n  {{ 'no_such' }}_column\nFROM ref_stage\n";
    lab.project.write(file, &format!("{}{cell}", before.trim_end()));
    let line = before.trim_end().lines().count() as u64 + 6;
    let found = errors(&lab);
    assert_eq!((found.len(), found[0]["code"].as_str()), (1, Some("cell-failed")), "{found:?}");
    assert_eq!((found[0]["file"].as_str(), found[0]["line"].as_u64()), (Some(file), Some(line)), "{found:?}");
    lab.project.write(file, &before);

    // a source that is not there: what `piq doctor source` would say, and how to get one
    lab.project.edit("sql/source.sql", "{{ pipeline.source_table }}", "main.crm.nowhere");
    lab.succeed(&["deploy", "-t", "local", "--quiet"]);
    let out = lab.piq(&["run", "-t", "local", "--quiet"]);
    let shown = text(&out.stderr);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() <= 15, "{shown}");
    for words in ["sql/source.sql:3", "piq doctor source", "piq load FILE --as-source"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(lines.last().is_some_and(|l| l.contains("hint:")), "{shown}");
    // the whole cell is there for those who ask for it
    let out = lab.piq(&["run", "-t", "local", "--debug"]);
    assert!(text(&out.stderr).contains("AS piq_mapping"), "{}", said(&out));
}
