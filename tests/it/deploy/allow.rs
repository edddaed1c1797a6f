//! The production target that the official templates write: refused, unless the bundle names the check it does without.

use super::rig::{Rig, good, text};

#[test]
fn a_bundle_names_the_checks_it_does_without() {
    let rig = Rig::new();
    let bundle = |allow: &str| {
        format!(
            "bundle: {{name: shop}}\ninclude: [resources/*.yml]\nvariables: {{piq_override: {{default: {allow}}}}}\ntargets:\n  prod:\n    mode: production\n    workspace: {{root_path: '/Workspace/Users/${{workspace.current_user.userName}}/.bundle/shop/prod'}}\n    permissions: [{{user_name: '${{workspace.current_user.userName}}', level: CAN_MANAGE}}]\n"
        )
    };
    for (allow, left) in [("''", vec!["no-run-as", "personal-path"]), ("no-run-as", vec!["personal-path"])] {
        rig.project.write("databricks.yml", &bundle(allow));
        let out = rig.piq(&["deploy", "-t", "prod"]);
        assert_eq!(out.status.code(), Some(1));
        let said = text(&out.stderr);
        let named = ["no-run-as", "personal-path"].into_iter().filter(|c| said.contains(&format!("error[{c}]")));
        assert_eq!(named.collect::<Vec<_>>(), left, "{said}");
        assert!(said.contains("so does the variable `piq_override: personal-path`"), "{said}");
        assert!(rig.jobs().is_empty());
    }
    rig.project.write("databricks.yml", &bundle("[no-run-as, personal-path]"));
    good(&rig.piq(&["deploy", "-t", "prod", "-o", "json"]));
    assert_eq!(rig.jobs().len(), 1);
}
