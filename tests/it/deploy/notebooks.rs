//! Notebooks of the committed project as the workspace has them after a deploy.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::engine::Lab;

#[test]
fn exploratory_notebooks_arrive_as_jupyter_notebooks_without_their_suffix() {
    let lab = Lab::new();
    let job = lab.deploy();
    lab.succeed(&["render", "-t", "local", "-o", "rendered"]);
    let settings = lab.get(&format!("/api/2.2/jobs/get?job_id={job}"))["settings"].clone();
    let pipeline = settings["tasks"][0]["notebook_task"]["notebook_path"].as_str().expect("a path").to_owned();
    let folder = format!("{}/exploratory", pipeline.rsplit_once('/').expect("a folder").0);
    let listed = lab.get(&format!("/api/2.0/workspace/list?path={}", folder.replace(' ', "%20")));
    let objects = listed["objects"].as_array().expect("objects");
    let names = ["confidence_analysis", "gpu_radar", "managers_summary_view", "technical_coverage"];
    let mut found: Vec<&str> = objects.iter().filter_map(|o| o["path"].as_str()?.rsplit('/').next()).collect();
    found.sort_unstable();
    assert_eq!(found, names);
    for object in objects {
        assert_eq!((&object["object_type"], &object["language"]), (&json!("NOTEBOOK"), &json!("PYTHON")), "{object}");
        let path = object["path"].as_str().expect("a path");
        let exported = lab.get(&format!("/api/2.0/workspace/export?path={}&format=JUPYTER", path.replace(' ', "%20")));
        assert_eq!(exported["file_type"], "ipynb");
        let content = base64::engine::general_purpose::STANDARD.decode(exported["content"].as_str().expect("content"));
        let notebook: Value = serde_json::from_slice(&content.expect("base64")).expect("a notebook");
        let name = path.rsplit('/').next().expect("a name");
        let file = lab.project.path(&format!("rendered/notebooks/exploratory/{name}.ipynb"));
        let rendered: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("rendered")).expect("JSON");
        assert_eq!(notebook, rendered, "{path}");
        assert!(notebook["cells"].as_array().is_some_and(|cells| cells.len() > 5), "{path}");
    }
}
