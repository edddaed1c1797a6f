//! Dashboards on the running engine.

use serde_json::Value;

use super::Lab;

#[test]
fn engine_a_running_workspace_plans_the_queries_of_dashboards() {
    let lab = Lab::new();
    let lint = |lab: &Lab| -> (Value, String) {
        let out = lab.piq(&["dashboards", "lint", "-o", "json"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        (serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {said}")), said)
    };
    let (before, said) = lint(&lab);
    assert_eq!((&before["errors"], &before["planned"]), (&Value::from(0), &Value::from(34)), "{said}");
    assert_eq!(before["warnings"], 34, "the schema is not there: {said}");
    lab.statement("CREATE SCHEMA main.pipelineiq");
    let (between, said) = lint(&lab);
    assert_eq!(between["warnings"], 33, "all but the list of minima read tables that no run has made yet: {said}");
    let file = "dashboards/piq_main.lvdash.json";
    lab.project.edit(file, "SELECT explode(array(0, 1000", "SELECT no_such_function(array(0, 1000");
    let (after, said) = lint(&lab);
    assert_eq!(after["errors"], 1, "{said}");
    let refused = said.lines().find(|l| l.contains("dashboard-query-refused")).expect("the finding");
    let refused: Value = serde_json::from_str(refused).expect("JSON");
    let text = std::fs::read_to_string(lab.project.path(file)).expect("the file");
    let line = text.lines().position(|l| l.contains("no_such_function")).expect("the line") + 1;
    assert_eq!((&refused["file"], &refused["line"]), (&Value::from(file), &Value::from(line)));
    let offline = lab.piq(&["dashboards", "lint", "--no-plan"]);
    assert_eq!(offline.status.code(), Some(0));
}
