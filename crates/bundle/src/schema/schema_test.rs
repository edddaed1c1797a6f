//! The table against the published schema, which stands beside the project where it is at hand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{SchemaField, ValueType, fields};

/// Fields that the table types on purpose in another way than the schema.
const OWN: &[&str] = &[
    // kinds of resources that piq does not deploy are known by name only
    "Root.resources",
    "Target.resources",
    // a target gives a value in a short form too
    "Target.variables",
    // the older name of `targets`
    "Root.environments",
    // a bundle's permissions take three levels
    "BundlePermission.level",
    // `name` may stand in another file
    "Bundle.name",
];

struct Walk<'a> {
    schema: &'a Value,
    /// Shapes compared so far, by the schema's name for them.
    seen: BTreeMap<String, &'static str>,
    faults: Vec<String>,
}

impl<'a> Walk<'a> {
    /// The forms that a value may take, references followed.
    fn forms(&self, node: &'a Value) -> Vec<(Option<String>, &'a Value)> {
        if let Some(path) = node["$ref"].as_str() {
            let target = self.schema.pointer(path.trim_start_matches('#')).expect("reference leads somewhere");
            let forms = self.forms(target);
            return forms.into_iter().map(|(name, v)| (name.or(Some(path.to_owned())), v)).collect();
        }
        match node["oneOf"].as_array().or(node["anyOf"].as_array()) {
            Some(all) => all.iter().flat_map(|one| self.forms(one)).collect(),
            None => vec![(None, node)],
        }
    }

    fn shape(&mut self, node: &'a Value, name: &str, shape: &'static str) {
        if self.seen.insert(name.to_owned(), shape).is_some() {
            return;
        }
        let known = fields(shape);
        let required = node["required"].as_array().cloned().unwrap_or_default();
        for (key, value) in node["properties"].as_object().expect("properties") {
            let own = OWN.contains(&format!("{shape}.{key}").as_str());
            match known.iter().find(|f| f.name == key) {
                None => self.faults.push(format!("{shape} lacks `{key}`")),
                Some(_) if own => {}
                Some(field) => {
                    // what the schema does not ask for must not be asked for
                    if field.required && !required.iter().any(|r| r == key) {
                        self.faults.push(format!("{shape}.{key} is not required"));
                    }
                    self.field(value, shape, field);
                }
            }
        }
    }

    fn field(&mut self, value: &'a Value, shape: &str, field: &SchemaField) {
        self.kind(value, &format!("{shape}.{}", field.name), &field.kind);
    }

    fn kind(&mut self, value: &'a Value, place: &str, kind: &ValueType) {
        if *kind == ValueType::Any {
            return;
        }
        let forms = self.forms(value);
        let words: Vec<&str> =
            forms.iter().filter_map(|(_, f)| f["enum"].as_array()).flatten().filter_map(Value::as_str).collect();
        let of_type = |name: &str| forms.iter().find(|(_, f)| f["type"] == name);
        match kind {
            ValueType::Word { words: known, .. } => {
                for word in words.iter().filter(|w| !known.contains(w)) {
                    self.faults.push(format!("{place} lacks the value {word}"));
                }
            }
            ValueType::Fields(shape) => match of_type("object").cloned() {
                Some((name, form)) => self.shape(form, &name.unwrap_or_default(), shape),
                None => self.faults.push(format!("{place} is not a map")),
            },
            ValueType::List(inner) => match of_type("array").cloned() {
                Some((_, form)) => self.kind(&form["items"], place, inner),
                None => self.faults.push(format!("{place} is not a list")),
            },
            ValueType::Map(inner) => match of_type("object").cloned() {
                Some((_, form)) => self.kind(&form["additionalProperties"], place, inner),
                None => self.faults.push(format!("{place} is not a map")),
            },
            ValueType::Text | ValueType::Int | ValueType::Number | ValueType::Bool => {
                let wanted = match kind {
                    ValueType::Int => "integer",
                    ValueType::Number => "number",
                    ValueType::Bool => "boolean",
                    _ => "string",
                };
                if of_type(wanted).is_none() {
                    self.faults.push(format!("{place} is not of type {wanted}"));
                }
            }
            ValueType::Any => {}
        }
    }
}

#[test]
fn everything_of_the_published_schema_is_known() {
    let Some(path) = piq_testing::shared("data/bundle.schema.json") else { return };
    let text = std::fs::read_to_string(path).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut walk = Walk { schema: &schema, seen: BTreeMap::new(), faults: Vec::new() };
    walk.shape(&schema, "root", "Root");
    let resources = &schema["properties"]["resources"];
    let (_, kinds) = walk.forms(resources).into_iter().find(|(_, f)| f["type"] == "object").expect("a map");
    for (kind, value) in kinds["properties"].as_object().expect("kinds") {
        let Some(shape) = super::of_resource(kind) else {
            let known = super::super::unknown_keys::OTHER_KINDS.contains(&kind.as_str());
            assert!(known, "the kind `{kind}` is not known by name");
            continue;
        };
        walk.kind(value, kind, &ValueType::Map(Box::new(ValueType::Fields(shape))));
    }
    assert!(walk.seen.len() > 100, "only {} shapes were compared", walk.seen.len());
    assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
}
