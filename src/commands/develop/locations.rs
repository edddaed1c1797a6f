//! Where every value of a bundle was written, in the form of the official CLI's `--include-locations`.

use piq_bundle::{TargetBundle, TreeNode, TreeValue as Form};
use piq_diagnostics::Span;
use serde_json::{Map, Value, json};

/// Files, and for each path of the bundle the number of its file, the line and the column.
pub(crate) fn locations(project: &TargetBundle) -> Value {
    let mut found = Locations { files: Vec::new(), places: Map::new() };
    for (name, entry) in project.sections.as_map().into_iter().flatten() {
        found.node(&entry.value, name);
    }
    for resource in &project.resources {
        found.node(&resource.spec, &format!("resources.{}.{}", resource.kind.as_str(), resource.key));
    }
    json!({"version": 1, "files": found.files, "locations": found.places})
}

struct Locations {
    files: Vec<String>,
    places: Map<String, Value>,
}

impl Locations {
    fn node(&mut self, node: &TreeNode, path: &str) {
        self.place(node.span(), path);
        match &node.value {
            Form::Map(map) => map.iter().for_each(|(key, entry)| self.node(&entry.value, &format!("{path}.{key}"))),
            Form::List(items) => {
                items.iter().enumerate().for_each(|(i, item)| self.node(item, &format!("{path}[{i}]")))
            }
            _ => {}
        }
    }

    fn place(&mut self, place: &Span, path: &str) {
        let file = &place.source.path;
        // what every bundle has is written nowhere
        if file == "(default)" {
            return;
        }
        let number = self.files.iter().position(|f| f == file).unwrap_or_else(|| {
            self.files.push(file.clone());
            self.files.len() - 1
        });
        let (line, column) = place.line_column();
        self.places.insert(path.to_owned(), json!([[number, line, column]]));
    }
}
