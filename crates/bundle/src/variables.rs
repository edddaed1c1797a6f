//! Values of variables: `--var`, then `BUNDLE_VAR_x`, the overrides file, the target, the default.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::node::{Map, TreeEntry, TreeNode, TreeValue};
use super::yaml::parse;
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Source, Span, closest_of};

/// Where values come from besides the bundle itself.
pub(super) struct Given<'a> {
    /// `NAME=VALUE` of the command line.
    pub vars: &'a [String],
    /// The environment.
    pub env: &'a Env,
    /// `.databricks/bundle/<target>/variable-overrides.json`, if it is there.
    pub overrides: Option<Arc<Source>>,
}

/// The overrides file of a target, if there is one.
pub(super) fn overrides(bundle_dir: &Path, target: &str) -> Option<Arc<Source>> {
    let relative = format!(".databricks/bundle/{target}/variable-overrides.json");
    let text = std::fs::read_to_string(bundle_dir.join(&relative)).ok()?;
    Some(Source::new(relative, text))
}

/// Lays a target's `variables` on the bundle's: a short form sets the default, and a value replaces as a whole.
pub(super) fn lay_target(declared: &mut Map, over: &Map, errors: &mut Vec<Diagnostic>) {
    for (name, entry) in over {
        let Some(slot) = declared.get_mut(name) else {
            errors.push(unknown(name, entry.key.clone(), declared, errors.len()));
            continue;
        };
        // nothing changes nothing, as in the official CLI
        if entry.value.is_null() {
            continue;
        }
        let full = entry
            .value
            .as_map()
            .is_some_and(|map| !map.is_empty() && map.keys().all(|k| super::unknown_keys::has("Variable", k)));
        if slot.value.as_map().is_none() {
            slot.value = TreeNode::map(slot.value.place.clone());
        }
        let Some(variable) = slot.value.as_map_mut() else { continue };
        let replaced = |name: &str| if name == "default" { "lookup" } else { "default" };
        if full {
            for (key, part) in entry.value.as_map().into_iter().flatten().filter(|(_, part)| !part.value.is_null()) {
                if key == "default" || key == "lookup" {
                    variable.shift_remove(replaced(key));
                }
                variable.insert(key.clone(), part.clone());
            }
        } else {
            variable.shift_remove("lookup");
            variable.insert("default".to_owned(), entry.clone());
        }
    }
}

/// The value of every declared variable, in order. A variable that is looked up in the workspace has no entry: its
/// references stay in place.
pub(super) fn values(declared: &Map, given: &Given<'_>, errors: &mut Vec<Diagnostic>) -> IndexMap<String, TreeNode> {
    let flags = flags(declared, given.vars, errors);
    let file = file(declared, given.overrides.as_ref(), errors);
    let env: IndexMap<&str, &str> = given.env.with_prefix("BUNDLE_VAR_").collect();
    let mut values = IndexMap::new();
    for (name, entry) in declared {
        let default = entry.value.get("default").filter(|d| !d.is_null());
        let value = if let Some((text, place)) = flags.get(name) {
            complex_from_text(name, place, &entry.value, errors);
            typed(text, place, &entry.value, errors)
        } else if let Some(value) = entry.value.get("value").filter(|v| !v.is_null()) {
            value.clone()
        } else if let Some(text) = env.get(name.as_str()) {
            let source = Source::new(format!("BUNDLE_VAR_{name}"), *text);
            complex_from_text(name, &Span::new(&source, 0..text.len()), &entry.value, errors);
            typed(text, &Span::new(&source, 0..text.len()), &entry.value, errors)
        } else if let Some(value) = file.get(name) {
            value.clone()
        } else if let Some(default) = default {
            default.clone()
        } else if entry.value.get("lookup").is_some_and(|n| !n.is_null()) {
            continue;
        } else {
            errors.push(
                Diagnostic::error("missing-variable", format!("variable `{name}` has no value"))
                    .at(entry.key.clone())
                    .hint(format!("give it a `default`, pass `--var {name}=VALUE` or set BUNDLE_VAR_{name}")),
            );
            continue;
        };
        values.insert(name.clone(), value);
    }
    values
}

/// A variable that is a map or a list cannot be given as a text.
fn complex_from_text(name: &str, place: &Span, declared: &TreeNode, errors: &mut Vec<Diagnostic>) {
    if declared.str_at("type") == Some("complex") {
        let message = format!("variable `{name}` is a map or a list and cannot be set by a text");
        errors.push(
            Diagnostic::error("complex-variable", message)
                .at(place.clone())
                .hint("set it in the bundle, or in `.databricks/bundle/TARGET/variable-overrides.json`"),
        );
    }
}

fn flags(declared: &Map, vars: &[String], errors: &mut Vec<Diagnostic>) -> IndexMap<String, (String, Span)> {
    let mut found: IndexMap<String, (String, Span)> = IndexMap::new();
    for var in vars {
        let Some(parts) = settings(var) else {
            let source = Source::new("--var", var.as_str());
            let message = format!("expected NAME=VALUE for `--var`, found a `\"` inside of `{var}`");
            let right = format!("put the quotes around the whole setting: `--var '{}'`", quoted(var));
            let d = Diagnostic::error("bad-variable", message).at(Span::new(&source, 0..var.len()));
            errors.push(d.hint(right).hint("write a `\"` of a quoted value twice"));
            continue;
        };
        for part in parts {
            let source = Source::new("--var", part.as_str());
            let all = Span::new(&source, 0..part.len());
            let Some((name, value)) = part.split_once('=') else {
                let message = format!("expected NAME=VALUE for `--var`, found `{part}`");
                errors.push(Diagnostic::error("bad-variable", message).at(all));
                continue;
            };
            if !declared.contains_key(name) {
                let d = unknown(name, Span::new(&source, 0..name.len()), declared, errors.len());
                errors.push(match part.len() < var.len() {
                    true => d.hint(format!("quote a value that holds a comma: `--var '\"{var}\"'`")),
                    false => d,
                });
                continue;
            }
            if found.get(name).is_some_and(|(first, _)| first != value) {
                let message = format!("`--var` sets `{name}` twice, to different values");
                let at = Span::new(&source, 0..name.len());
                errors.push(Diagnostic::error("bad-variable", message).at(at).hint("pass it once"));
                continue;
            }
            found.insert(name.to_owned(), (value.to_owned(), Span::new(&source, name.len() + 1..part.len())));
        }
    }
    found
}

/// The settings of one `--var`. As in the official CLI it is a line of CSV: `a=1,b=2` are two, and `"a=1,2"` is one. Of
/// what that CLI refuses, `a=1,2` and a value in JSON can mean one thing only: one setting as it is written. None for
/// quotes elsewhere, which could mean the value or how it is passed.
fn settings(var: &str) -> Option<Vec<String>> {
    let whole = || vec![var.to_owned()];
    match csv_line(var) {
        Some(parts) if parts.iter().all(|part| part.contains('=')) => Some(parts),
        Some(_) => Some(whole()),
        None => var.split_once('=').filter(|(_, value)| is_json(value)).map(|_| whole()),
    }
}

/// Whether a text is a list or a map in JSON.
fn is_json(text: &str) -> bool {
    text.starts_with(['[', '{']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// The same settings with the quotes around whole ones: those between quotes hold their commas.
fn quoted(var: &str) -> String {
    let mut settings = vec![String::new()];
    let mut inside = false;
    for c in var.chars() {
        match (c, settings.last_mut()) {
            ('"', _) => inside = !inside,
            (',', _) if !inside => settings.push(String::new()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    let quote = |setting: String| if setting.contains(',') { format!("\"{setting}\"") } else { setting };
    settings.into_iter().map(quote).collect::<Vec<_>>().join(",")
}

/// The fields of a line of CSV; none if a quote is at a place where CSV has none.
fn csv_line(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                if field.contains('"') {
                    return None;
                }
                (field.to_owned(), after)
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(fields),
        }
    }
}

/// What stands up to the closing quote, where two quotes are one, and what follows it.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, after)),
        }
    }
}

fn file(declared: &Map, source: Option<&Arc<Source>>, errors: &mut Vec<Diagnostic>) -> IndexMap<String, TreeNode> {
    let mut found = IndexMap::new();
    let Some(source) = source else { return found };
    // a file of JSON is also one of YAML, which has places, and would take slips of JSON for something else
    if let Err(e) = serde_json::from_str::<serde::de::IgnoredAny>(source.text.trim_start_matches('\u{feff}')) {
        let at = source.offset(e.line().max(1), e.column().max(1));
        let d = Diagnostic::error("bad-json", format!("the file of variables is not JSON: {e}"));
        errors.push(d.at(Span::new(source, at..at)).hint("expected `{\"NAME\": VALUE, …}`"));
        return found;
    }
    match parse(source) {
        Err(e) => errors.extend(e.0),
        Ok(document) => match document.root.value {
            TreeValue::Map(map) => {
                for (name, TreeEntry { key, value }) in map {
                    match declared.get(&name) {
                        Some(variable) => {
                            errors.extend(other_form(&name, &variable.value, &value));
                            found.insert(name, value);
                        }
                        None => errors.push(unknown(&name, key, declared, errors.len())),
                    }
                }
            }
            _ => errors.push(
                Diagnostic::error("wrong-type", "expected a map of variables in the overrides file")
                    .at(document.root.place),
            ),
        },
    }
    found
}

/// Whether a variable holds a list or a map.
fn complex(variable: &TreeNode) -> bool {
    let whole = variable.get("default").is_some_and(|d| matches!(d.value, TreeValue::List(_) | TreeValue::Map(_)));
    whole || variable.str_at("type") == Some("complex")
}

/// A value of the overrides file of another form than the variable.
fn other_form(name: &str, variable: &TreeNode, value: &TreeNode) -> Option<Diagnostic> {
    let whole = matches!(value.value, TreeValue::List(_) | TreeValue::Map(_));
    let expected = match (complex(variable), whole) {
        (true, false) => "a list or a map",
        (false, true) => "a text, a number, or true or false",
        _ => return None,
    };
    let message = format!("expected {expected} for the variable `{name}`, found {}", value.form());
    Some(Diagnostic::error("wrong-type", message).at(value.place.clone()))
}

/// A text from outside takes the type that the variable's default has.
fn typed(text: &str, place: &Span, variable: &TreeNode, errors: &mut Vec<Diagnostic>) -> TreeNode {
    let string = TreeNode::string(text, place.clone());
    if complex(variable) {
        let source = Source::new(place.source.path.as_str(), text);
        return match parse(&source) {
            Ok(document) => document.root,
            Err(e) => {
                errors.extend(e.0);
                string
            }
        };
    }
    let plain = super::yaml::plain_value(text);
    let number = |v: &TreeValue| matches!(v, TreeValue::Int(_) | TreeValue::Number(_));
    let truth = |v: &TreeValue| matches!(v, TreeValue::Bool(_));
    let default = variable.get("default").map(|d| &d.value);
    let same = default.is_some_and(|d| (number(d) && number(&plain)) || (truth(d) && truth(&plain)));
    if same { TreeNode::new(plain, place.clone()) } else { string }
}

fn unknown(name: &str, place: Span, declared: &Map, before: usize) -> Diagnostic {
    let d = Diagnostic::error("unknown-variable", format!("variable `{name}` is not declared"))
        .label(place, "not declared under `variables`");
    match closest_of(name, declared.keys().map(String::as_str), before) {
        Some(name) => d.hint(format!("did you mean `{name}`?")),
        None => d.hint(format!("declare it: `variables: {{{name}: {{default: …}}}}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, settings};

    #[test]
    fn one_flag_may_set_several_variables() {
        for (var, expected) in [
            ("a=1", vec!["a=1"]),
            ("\"d=x,y\"", vec!["d=x,y"]),
            ("c=cli,\"d=x,y\"", vec!["c=cli", "d=x,y"]),
            ("a=1,b=2", vec!["a=1", "b=2"]),
            ("\"a=1,2\"", vec!["a=1,2"]),
            ("\"a=say \"\"hi\"\"\",b=2", vec!["a=say \"hi\"", "b=2"]),
            ("a=1,2", vec!["a=1,2"]),
            ("a={\"x\":1,\"y\":2}", vec!["a={\"x\":1,\"y\":2}"]),
            ("a=1,", vec!["a=1,"]),
            ("", vec![""]),
        ] {
            assert_eq!(settings(var).expect("settings"), expected, "{var}");
        }
    }

    #[test]
    fn quotes_inside_of_a_setting_are_refused_and_put_around_it() {
        for (var, right) in [
            ("c=cli,d=\"x,y\"", "c=cli,\"d=x,y\""),
            ("a=\"1,2\"", "\"a=1,2\""),
            ("\"a=1,2\",b=\"", "\"a=1,2\",b="),
            ("a=say \"hi\"", "a=say hi"),
            ("a={\"x\":1},b=\"2\"", "a={x:1},b=2"),
            ("\"a=1", "a=1"),
        ] {
            assert_eq!(settings(var), None, "{var}");
            assert_eq!(quoted(var), right, "{var}");
        }
    }
}
