//! The files of a new project, made from its owner's answers. The same answers give the same bytes.

use std::collections::BTreeMap;

use piq_bundle::json_schema;
use piq_diagnostics::Diagnostics;
use piq_lakeview::set_parameters;
use serde_json::Value;

use super::answers::{Answers, CiProvider};
use crate::pipeline::config_schema;

/// The files of the project as piq wrote them.
pub const BASE: &str = ".piq-project.zip";

/// Files by their path from the project's folder, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Files of this repository's own project.
const OWN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/starter.rs"));

/// The folder of templates, which stay in the binary.
const TEMPLATES: &str = "templates/";

const GITHUB: &str = include_str!("../../../../docs/ci/github.yml");
const GITLAB: &str = include_str!("../../../../docs/ci/gitlab.yml");
const AZURE: &str = include_str!("../../../../docs/ci/azure.yml");
const README: &str = include_str!("readme.md");
const PRE_COMMIT: &str = include_str!("pre_commit.yml");
/// What a repository of the project does not keep.
const GITIGNORE: &str = ".piq/\n.databricks/\n";

/// Where the JSON schema of the bundle's files is, and of the pipeline's settings.
const BUNDLE_SCHEMA: &str = "schema/bundle.schema.json";
const PIPELINE_SCHEMA: &str = "schema/pipeline.schema.json";

/// The templates that the binary carries, by their path in a project. A project's file of the same path takes the place
/// of one.
pub fn built_in_templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = OWN.iter().filter(|(path, _)| path.starts_with(TEMPLATES));
    own.filter_map(|(path, bytes)| Some((*path, std::str::from_utf8(bytes).ok()?)))
}

/// The file of a CI provider: where it belongs in a project, and its text.
pub(crate) fn ci_file(ci: CiProvider) -> Option<(&'static str, &'static str)> {
    match ci {
        CiProvider::None => None,
        CiProvider::Github => Some((".github/workflows/pipelineiq.yml", GITHUB)),
        CiProvider::Gitlab => Some((".gitlab-ci.yml", GITLAB)),
        CiProvider::Azure => Some(("azure-pipelines.yml", AZURE)),
    }
}

/// All files of a project with these answers, apart from the record of what was written.
///
/// # Errors
/// A dashboard that does not take the catalog and schema: a fault of the binary, which a test would find.
pub fn project_files(answers: &Answers) -> Result<Files, Diagnostics> {
    let mut files = Files::new();
    for (path, bytes) in OWN.iter().filter(|(path, _)| !path.starts_with(TEMPLATES)) {
        let bytes = match std::str::from_utf8(bytes) {
            Ok(_) if path.ends_with(".lvdash.json") => {
                set_parameters(path, bytes, &answers.prod_catalog, &answers.prod_schema)?.bytes.into_owned()
            }
            Ok(text) => answered(path, text, answers).into_bytes(),
            Err(_) => bytes.to_vec(),
        };
        files.insert((*path).to_owned(), bytes);
    }
    for (path, schema) in [(BUNDLE_SCHEMA, json_schema()), (PIPELINE_SCHEMA, config_schema())] {
        files.insert(path.to_owned(), pretty(&schema).into_bytes());
    }
    let mut add = |path: &str, text: &str| files.insert(path.to_owned(), text.as_bytes().to_vec());
    if let Some((path, text)) = ci_file(answers.ci) {
        // the first line says where to copy the file: it is there now
        add(path, &text.lines().map(uncopied).collect::<String>());
    }
    add("README.md", &readme(answers));
    add(".gitignore", GITIGNORE);
    add(".pre-commit-config.yaml", PRE_COMMIT);
    // a checkout with other line ends would differ from what was written
    add(".gitattributes", &format!("* text=auto eol=lf\n{} -text -diff\n", BASE));
    Ok(files)
}

fn pretty(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn uncopied(line: &str) -> String {
    let line = line.split_once(" Copy this file to").map_or(line, |(before, _)| before);
    format!("{line}\n")
}

/// Lines of the repository's own project and what they become, by file.
fn replacements(answers: &Answers) -> [(&'static str, &'static str, String); 6] {
    let Answers { prod_catalog, prod_schema, dev_catalog, dev_schema, source_table, model, warehouse, .. } = answers;
    let [prod_catalog, prod_schema, dev_catalog, dev_schema, source_table, model, warehouse] =
        [prod_catalog, prod_schema, dev_catalog, dev_schema, source_table, model, warehouse].map(|text| scalar(text));
    let root = "bundle/databricks.yml";
    [
        (root, "    default: main.gtm_silver.use_case_detail\n", format!("    default: {source_table}\n")),
        (root, "    default: databricks-gpt-oss-120b\n", format!("    default: {model}\n")),
        (
            root,
            "      catalog: users\n      schema: ${workspace.current_user.short_name}\n",
            format!("      catalog: {dev_catalog}\n      schema: {dev_schema}\n"),
        ),
        (
            root,
            "      catalog: home_luis_herrera\n",
            format!("      catalog: {prod_catalog}\n      schema: {prod_schema}\n"),
        ),
        (
            "dashboards/normalise.yml",
            "main_catalog: home_luis_herrera\nmain_schema: pipelineiq\n",
            format!("main_catalog: {prod_catalog}\nmain_schema: {prod_schema}\n"),
        ),
        (
            "bundle/dashboards.yml",
            "      warehouse: Serverless Starter Warehouse\n",
            format!("      warehouse: {warehouse}\n"),
        ),
    ]
}

/// A file of the repository's own project with the answers in it, and with its schema for editors.
fn answered(path: &str, text: &str, answers: &Answers) -> String {
    let mut text = text.to_owned();
    for (_, from, to) in replacements(answers).iter().filter(|(file, ..)| *file == path) {
        text = text.replacen(from, to, 1);
    }
    let schema = match path {
        "sql/pipeline.yml" => PIPELINE_SCHEMA,
        _ if path.starts_with("bundle/") && path.ends_with(".yml") => BUNDLE_SCHEMA,
        _ => return text,
    };
    format!("# yaml-language-server: $schema=../{schema}\n{text}")
}

/// A text as a YAML value on one line.
fn scalar(text: &str) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || text.starts_with("${");
    let plain = text.chars().all(|c| c.is_alphanumeric() || "_-.${} ".contains(c));
    if starts && plain && !text.ends_with(' ') && !words.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    // a JSON text is a YAML text too
    Value::from(text).to_string()
}

fn readme(answers: &Answers) -> String {
    let deploys = match ci_file(answers.ci) {
        Some((path, _)) => {
            format!("`{path}` plans every change and deploys `main`; its first lines say what it needs.")
        }
        None => "`piq deploy -t prod` deploys from the branch `main` as a service principal.".to_owned(),
    };
    README
        .replace("@PROD@", &format!("{}.{}", answers.prod_catalog, answers.prod_schema))
        .replace("@DEV@", &format!("{}.{}", answers.dev_catalog, answers.dev_schema))
        .replace("@SOURCE@", &answers.source_table)
        .replace("@MODEL@", &answers.model)
        .replace("@WAREHOUSE@", &answers.warehouse)
        .replace("@DEPLOYS@", &deploys)
}

#[cfg(test)]
mod tests {
    use super::{OWN, built_in_templates, project_files, replacements, scalar};
    use crate::starter::answers::{Answers, CiProvider};

    fn text<'a>(files: &'a super::Files, path: &str) -> &'a str {
        std::str::from_utf8(files.get(path).expect(path)).expect("UTF-8")
    }

    #[test]
    fn each_line_to_replace_is_in_its_file_once() {
        for (path, from, _) in replacements(&Answers::default()) {
            let (_, bytes) = OWN.iter().find(|(p, _)| *p == path).expect(path);
            let text = std::str::from_utf8(bytes).expect("UTF-8");
            assert_eq!(text.matches(from).count(), 1, "{path}: {from}");
        }
    }

    #[test]
    fn answers_are_in_every_file_that_needs_them_and_nothing_of_anybody_else() {
        let answers = Answers {
            prod_catalog: "gold".into(),
            prod_schema: "2024".into(),
            dev_catalog: "sandbox".into(),
            source_table: "crm.silver.cases".into(),
            model: "system.ai.gpt-oss-120b".into(),
            warehouse: "Team: A".into(),
            ci: CiProvider::Azure,
            ..Answers::default()
        };
        let files = project_files(&answers).expect("files");
        let root = text(&files, "bundle/databricks.yml");
        assert!(root.contains("      catalog: gold\n      schema: \"2024\"\n"), "{root}");
        assert!(
            root.contains("      catalog: sandbox\n      schema: ${workspace.current_user.short_name}\n"),
            "{root}"
        );
        assert!(root.contains("default: crm.silver.cases\n") && root.contains("default: system.ai.gpt-oss-120b\n"));
        assert!(text(&files, "bundle/dashboards.yml").contains("warehouse: \"Team: A\"\n"));
        assert_eq!(text(&files, "dashboards/normalise.yml"), "main_catalog: gold\nmain_schema: \"2024\"\n");
        assert!(text(&files, "dashboards/piq_main.lvdash.json").contains("\"gold\""));
        assert!(text(&files, "README.md").contains("`gold.2024`") && !text(&files, "README.md").contains('@'));
        assert!(!text(&files, "azure-pipelines.yml").contains("Copy this file"));
        for (path, bytes) in &files {
            assert!(!String::from_utf8_lossy(bytes).contains("home_luis_herrera"), "{path}");
        }
    }

    #[test]
    fn templates_stay_in_the_binary() {
        let files = project_files(&Answers::default()).expect("files");
        assert!(files.keys().all(|path| !path.starts_with("templates/")), "{:?}", files.keys());
        assert!(built_in_templates().any(|(path, _)| path == "templates/notebooks/1_incremental_pipeline.sql.j2"));
    }

    #[test]
    fn values_are_quoted_where_yaml_would_read_something_else() {
        for plain in ["main", "a b", "${workspace.current_user.short_name}", "a.b-c"] {
            assert_eq!(scalar(plain), plain);
        }
        for (text, quoted) in [("2024", "\"2024\""), ("No", "\"No\""), ("a: b", "\"a: b\""), ("a #b", "\"a #b\"")] {
            assert_eq!(scalar(text), quoted);
        }
    }
}
