//! `piq upgrade`, and `required_version`: a project that another version of piq wrote.

use std::io::{Cursor, Read as _, Write as _};

use serde_json::Value;

use super::kit::{Project, code, ended_well, follows_schema, good, said, text, whole};

const SETTINGS: &str = "sql/pipeline.yml";

/// A project as an older piq would have written it: with another text of a file, in the folder and in the base.
fn older(changes: &[(&str, &str, &str)]) -> Project {
    let project = Project::empty();
    ended_well(&mut project.command(&["init", ".", "--no-input"]));
    for (file, from, to) in changes {
        project.edit(file, from, to);
    }
    let packed = std::fs::read(project.path(".piq-project.zip")).expect("a base");
    let mut old = zip::ZipArchive::new(Cursor::new(packed)).expect("an archive");
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut entry = old.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("read");
        if changes.iter().any(|(file, ..)| *file == name) {
            bytes = project.read(&name).into_bytes();
        }
        new.start_file(name, zip::write::SimpleFileOptions::default()).expect("started");
        new.write_all(&bytes).expect("written");
    }
    let packed = new.finish().expect("finished").into_inner();
    std::fs::write(project.path(".piq-project.zip"), packed).expect("written");
    project.edit(".piq-project.toml", "written_by = \"0.1.0\"", "written_by = \"0.0.9\"");
    project
}

fn report(project: &Project, args: &[&str]) -> Value {
    let out = project.piq(&[&["upgrade", "-o", "json"], args].concat());
    let result = serde_json::from_slice(&out.stdout).expect("JSON");
    follows_schema("upgrade", &result);
    result
}

#[test]
fn a_project_of_this_version_has_nothing_to_take_over() {
    let project = older(&[]);
    let out = project.piq(&["upgrade", "--check"]);
    assert_eq!(code(&out), 0, "{}", said(&out));
    assert_eq!(text(&out.stdout), "the project has everything that piq 0.1.0 writes\n");
}

#[test]
fn changes_are_shown_first_and_written_when_they_are_approved() {
    let project = older(&[(SETTINGS, "text_chars: 2000", "text_chars: 1000")]);
    project.edit(SETTINGS, "min_monthly_dollars: 500", "min_monthly_dollars: 900");
    project.commit();
    let shown = whole(&project.piq(&["upgrade"]));
    // where the lines are is not what this is about
    let shown: Vec<&str> = shown.lines().filter(|line| !line.starts_with("  @@ ")).collect();
    insta::assert_snapshot!("upgrade", shown.join("\n"));
    assert_eq!(code(&project.piq(&["upgrade", "--check"])), 3);
    assert!(project.read(SETTINGS).contains("text_chars: 1000"), "nothing was approved");

    let done = report(&project, &["--yes"]);
    assert_eq!((&done["from"], &done["written"]), (&"0.0.9".into(), &true.into()));
    assert_eq!((&done["files"][0]["path"], &done["files"][0]["action"]), (&SETTINGS.into(), &"merge".into()));
    let merged = project.read(SETTINGS);
    assert!(merged.contains("text_chars: 2000") && merged.contains("min_monthly_dollars: 900"), "{merged}");
    ended_well(&mut project.command(&["validate"]));
    assert_eq!(good(&project.piq(&["upgrade", "-o", "json", "--check"]))["files"], Value::Array(Vec::new()));
    assert!(project.read(".piq-project.toml").contains("written_by = \"0.1.0\""));
}

#[test]
fn lines_that_both_changed_are_marked_for_a_decision() {
    let project = older(&[(SETTINGS, "text_chars: 2000", "text_chars: 1000")]);
    project.edit(SETTINGS, "text_chars: 1000", "text_chars: 1500");
    let out = project.piq(&["upgrade", "--yes"]);
    assert_eq!(code(&out), 1, "{}", said(&out));
    let marked = project.read(SETTINGS);
    let marks = "<<<<<<< yours\n  text_chars: 1500\n=======\n  text_chars: 2000\n>>>>>>> piq 0.1.0\n";
    assert!(marked.contains(marks), "{marked}");
    let line = marked.lines().position(|l| l.starts_with("<<<<<<<")).expect("a mark") + 1;
    assert!(
        text(&out.stdout).ends_with(&format!("decide between both versions at\n  {SETTINGS}:{line}\n")),
        "{}",
        said(&out)
    );
    assert_eq!(code(&project.piq(&["validate"])), 1, "marks are not valid");
}

#[test]
fn what_git_could_not_give_back_is_not_changed() {
    let project = older(&[(SETTINGS, "text_chars: 2000", "text_chars: 1000")]);
    project.commit();
    project.edit(SETTINGS, "min_monthly_dollars: 500", "min_monthly_dollars: 900");
    let out = project.piq(&["upgrade", "--yes"]);
    assert_eq!(code(&out), 1);
    assert!(said(&out).contains("sql/pipeline.yml is not committed; nothing was changed"), "{}", said(&out));
    assert!(project.read(SETTINGS).contains("text_chars: 1000"));
    ended_well(&mut project.command(&["upgrade", "--yes", "--allow-dirty"]));
    assert!(project.read(SETTINGS).contains("text_chars: 2000"));
}

#[test]
fn a_template_in_the_project_takes_the_place_of_the_one_in_piq_and_is_upgraded() {
    let project = Project::empty();
    ended_well(&mut project.command(&["init", ".", "--no-input"]));
    let first = "templates/notebooks/0_create_ref_tables.sql.j2";
    assert!(!project.path(first).exists());
    let rendered = || {
        ended_well(&mut project.command(&["render", "-t", "dev", "-o", "out"]));
        project.read("out/notebooks/0_create_ref_tables.sql")
    };
    let before = rendered();
    ended_well(&mut project.command(&["new", "template", "notebooks/0_create_ref_tables.sql.j2"]));
    assert_eq!(rendered(), before);
    assert_eq!(code(&project.piq(&["new", "template", "notebooks/0_create_ref_tables.sql.j2"])), 1, "it is there");
    let text = project.read(first);
    project.write(first, &format!("{text}\n-- COMMAND ----------\nSELECT 'ours' AS made_by;\n"));
    assert!(rendered().contains("'ours' AS made_by"));
    assert_eq!(code(&project.piq(&["upgrade", "--check"])), 0, "piq has no newer one");
    let out = project.piq(&["new", "template", "nothing.j2"]);
    assert!(code(&out) == 2 && said(&out).contains("available: `context_cells.sql.j2`"), "{}", said(&out));
}

#[test]
fn a_project_refuses_a_version_that_it_does_not_allow() {
    let project = older(&[]);
    project.edit(".piq-project.toml", ">=0.1.0", ">=0.2");
    insta::assert_snapshot!("required_version", whole(&project.piq(&["validate"])));
    for args in [&["plan"][..], &["deploy"], &["dev"], &["upgrade"], &["run"]] {
        assert_eq!(code(&project.piq(args)), 1, "{args:?}");
    }
    for args in [&["--version"][..], &["schema", "bundle"], &["help", "deploy"]] {
        assert_eq!(code(&project.piq(args)), 0, "{args:?}");
    }
    project.edit(".piq-project.toml", ">=0.2", "soon");
    insta::assert_snapshot!("broken_record", whole(&project.piq(&["validate"])));
}
