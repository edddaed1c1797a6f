//! Where the files of a deployment stand in the workspace.
//!
//! Files of the bundle stand in the folder of the files; libraries in `.internal` of the folder of artifacts, which may
//! be a volume. A release of a production target has a folder of its own in both.

use serde_json::Value;

use super::desired::Site;

/// Stands in specs for the folder of the files, which changes with every release.
pub(crate) const FILES_TOKEN: &str = "${piq.files}";
/// Stands in specs, and begins the paths of libraries, for the folder of the libraries.
pub(crate) const LIBRARIES_TOKEN: &str = "${piq.libraries}";

impl Site {
    /// The folder of the libraries that go with a folder of files.
    pub fn libraries(&self, files_root: &str) -> String {
        let release = files_root.strip_prefix(&self.file_dir).unwrap_or_default();
        format!("{}/.internal{release}", self.artifact_dir)
    }

    /// The place of a file of the bundle, or of a library.
    pub fn place(&self, files_root: &str, path: &str) -> String {
        match path.strip_prefix(LIBRARIES_TOKEN) {
            Some(name) => format!("{}{name}", self.libraries(files_root)),
            None => format!("{files_root}/{path}"),
        }
    }

    /// A spec with the folders of files and libraries filled in.
    pub fn placed(&self, spec: &Value, files_root: &str) -> Value {
        let libraries = self.libraries(files_root);
        replace(spec, &[(FILES_TOKEN, files_root), (LIBRARIES_TOKEN, &libraries)])
    }
}

/// The spec with words replaced in every text. `$${x}` is how a bundle writes the text `${x}`.
fn replace(spec: &Value, words: &[(&str, &str)]) -> Value {
    match spec {
        Value::String(text) if text.contains("${") => {
            let text = words.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to));
            Value::String(text.replace("$${", "${"))
        }
        Value::Array(items) => items.iter().map(|i| replace(i, words)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), replace(v, words))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use piq_databricks::workspace::Me;

    #[test]
    fn files_and_libraries_stand_in_the_folders_of_their_release() {
        let site = Site {
            bundle: "b".into(),
            target: "t".into(),
            me: Me { user_name: "u".into(), display_name: "u".into(), service_principal: false, fields: [].into() },
            root: "/Workspace/r".into(),
            file_dir: "/Workspace/r/files".into(),
            state_dir: "/Workspace/r/state".into(),
            resource_dir: "/Workspace/r/resources".into(),
            artifact_dir: "/Workspace/Shared/a".into(),
        };
        let wheel = format!("{LIBRARIES_TOKEN}/x.whl");
        assert_eq!(site.place("/Workspace/r/files", &wheel), "/Workspace/Shared/a/.internal/x.whl");
        assert_eq!(site.place("/Workspace/r/files/12", &wheel), "/Workspace/Shared/a/.internal/12/x.whl");
        assert_eq!(site.place("/Workspace/r/files/12", "n"), "/Workspace/r/files/12/n");
        let spec = json!({"a": "${piq.files}/n", "b": ["-r ${piq.files}/r.txt", "${piq.libraries}/x.whl[all]"], "c": 1, "d": "$${x}/${y}"});
        let placed = json!({
            "a": "/Workspace/r/files/n",
            "b": ["-r /Workspace/r/files/r.txt", "/Workspace/Shared/a/.internal/x.whl[all]"],
            "c": 1,
            "d": "${x}/${y}"
        });
        assert_eq!(site.placed(&spec, "/Workspace/r/files"), placed);
    }
}
