//! `piq init`: a project of one's own from nothing but the binary.

use serde_json::Value;

use super::kit::terminal::Terminal;
use super::kit::{Project, code, ended_well, good, said, text, whole};

#[test]
fn a_new_project_is_valid_and_a_second_init_changes_nothing() {
    let folder = Project::empty();
    insta::assert_snapshot!("init", whole(&folder.piq(&["init", "mine"])));
    for target in ["local", "dev", "prod"] {
        ended_well(&mut folder.command(&["-C", "mine", "validate", "--strict", "-t", target]));
    }
    folder.write("mine/sql/pipeline.yml", "mine");
    insta::assert_snapshot!("second_init", whole(&folder.piq(&["init", "mine"])));
    assert_eq!(folder.read("mine/sql/pipeline.yml"), "mine");
}

#[test]
fn flags_answer_and_every_file_has_the_answers() {
    let folder = Project::empty();
    let flags = "--no-input --prod-catalog gold --prod-schema deals --dev-catalog sandbox --dev-schema dev_deals \
                 --source-table crm.silver.cases --model system.ai.claude-sonnet-4-6 --ci github";
    let args: Vec<&str> = ["init", "."].into_iter().chain(flags.split(' ').filter(|w| !w.is_empty())).collect();
    ended_well(folder.command(&args).args(["--warehouse", "Team: Deals"]));
    let resolved = |target: &str| good(&folder.piq(&["validate", "-t", target, "-o", "json"]));
    let value = |bundle: &Value, name: &str| bundle["variables"][name]["value"].clone();
    let prod = resolved("prod");
    assert_eq!((value(&prod, "catalog"), value(&prod, "schema")), ("gold".into(), "deals".into()));
    assert_eq!(value(&prod, "source_table"), "crm.silver.cases");
    let dev = resolved("dev");
    assert_eq!((value(&dev, "catalog"), value(&dev, "schema")), ("sandbox".into(), "dev_deals".into()));
    assert!(folder.read("bundle/dashboards.yml").contains("warehouse: \"Team: Deals\"\n"));
    ended_well(&mut folder.command(&["dashboards", "normalise", "--check"]));
    ended_well(&mut folder.command(&["dashboards", "lint"]));
    assert!(folder.read(".github/workflows/pipelineiq.yml").contains("PIQ_SHA256"));
    assert!(folder.read("README.md").contains("`gold.deals`"));
}

#[test]
fn schemas_for_editors_are_where_the_first_lines_say() {
    let folder = Project::empty();
    ended_well(&mut folder.command(&["init", ".", "--no-input"]));
    for file in ["bundle/databricks.yml", "bundle/workflows.yml", "bundle/dashboards.yml", "sql/pipeline.yml"] {
        let first = folder.read(file).lines().next().unwrap_or_default().to_owned();
        let schema =
            first.strip_prefix("# yaml-language-server: $schema=../").unwrap_or_else(|| panic!("{file}: {first}"));
        let schema: Value = serde_json::from_str(&folder.read(schema)).expect("JSON");
        let node = piq_bundle::parse(&piq_diagnostics::Source::new(file, folder.read(file))).expect("YAML").root;
        let compiled = jsonschema::validator_for(&schema).expect("a schema");
        let faults: Vec<String> = compiled.iter_errors(&node.to_json()).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{file}: {faults:?}");
    }
}

#[test]
fn a_wrong_answer_is_refused_and_nothing_is_written() {
    let folder = Project::empty();
    for flags in [["--source-table", "cases"], ["--prod-catalog", "a b"], ["--ci", "jenkins"], ["--model", ""]] {
        let out = folder.piq(&[&["init", "new", "--no-input"], &flags[..]].concat());
        assert_eq!(code(&out), 2, "{}", said(&out));
        assert!(!folder.path("new").exists());
    }
}

#[test]
fn files_that_are_there_before_are_kept() {
    let folder = Project::empty();
    folder.write("README.md", "mine\n");
    folder.write(".gitignore", "mine\n");
    let out = folder.piq(&["init", ".", "--no-input"]);
    assert!(text(&out.stderr).contains("kept your own .gitignore, README.md\n"), "{}", said(&out));
    assert_eq!((folder.read("README.md"), folder.read(".gitignore")), ("mine\n".into(), "mine\n".into()));
}

#[test]
fn a_person_at_a_terminal_is_asked_and_enter_takes_the_default() {
    let folder = Project::empty();
    let mut terminal = Terminal::start(&folder.path(""), 80, &["init", "mine", "--dev-catalog", "sandbox"]);
    for (question, keys) in [
        ("Source table", "crm.silver.cases\r"),
        ("Catalog of prod", "gold\r"),
        ("Schema of prod", "\r"),
        ("Schema of dev", "\r"),
        ("Model", "\r"),
        ("SQL warehouse", "\r"),
        // GitHub Actions is the second line
        ("CI that deploys", "\u{1b}[B\r"),
    ] {
        terminal.wait_for(question);
        terminal.send(keys);
    }
    let (code, shown) = terminal.finish();
    assert_eq!(code, 0, "{}", shown.text);
    assert!(!shown.hides_cursor && shown.text.contains("  piq deploy -t dev"), "{}", shown.text);
    // keys that come before the terminal is asked for them are shown once more on the line of the question
    let answers: Vec<&str> = shown.styled.lines().filter(|line| !line.starts_with("{yellow}?")).collect();
    insta::assert_snapshot!("questions", answers.join("\n"));
    let root = folder.read("mine/bundle/databricks.yml");
    for line in ["catalog: gold\n", "schema: pipelineiq\n", "catalog: sandbox\n", "default: crm.silver.cases\n"] {
        assert!(root.contains(line), "{line}: {root}");
    }
    assert!(folder.path("mine/.github/workflows/pipelineiq.yml").is_file());
}

#[test]
fn a_wrong_answer_is_asked_again() {
    let folder = Project::empty();
    let mut terminal = Terminal::start(&folder.path(""), 80, &["init", "mine"]);
    terminal.wait_for("Source table");
    terminal.send("cases\r");
    terminal.wait_for("expected `catalog.schema.table`, found `cases`");
    terminal.send("crm.silver.cases\r");
    terminal.wait_for("Catalog of prod");
    assert!(!folder.path("mine").exists(), "nothing is written before the last answer");
}

#[test]
fn ctrl_c_at_a_question_writes_nothing_and_leaves_the_terminal_as_it_was() {
    for last in ["Source table", "CI that deploys"] {
        let folder = Project::empty();
        let mut terminal = Terminal::start(&folder.path(""), 80, &["init", "mine"]);
        for question in
            ["Source", "Catalog of prod", "Schema of prod", "Catalog of dev", "Schema of dev", "Model", "SQL"]
        {
            if last.starts_with(question) {
                break;
            }
            terminal.wait_for(question);
            terminal.send("\r");
        }
        terminal.wait_for(last);
        terminal.send("\u{3}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 130, "{}", shown.text);
        assert!(!shown.hides_cursor, "{}", shown.text);
        assert!(!folder.path("mine").exists());
    }
}
