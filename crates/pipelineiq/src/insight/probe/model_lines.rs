//! What a probe found of models, as lines of sql/pipeline.yml.

use serde_json::Value;

use super::report::ProbedModel;
use crate::pipeline::ModelTraits;

/// The line under `models` that says what was found, without what is usual.
pub(super) fn model_line(model: &ProbedModel) -> Option<String> {
    let found = model.found.as_ref().filter(|_| model.differs())?;
    Some(format!("{}: {{{}}}", key(&model.name), fields(found)))
}

fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if starts && name.chars().all(plain) { name.to_owned() } else { Value::from(name).to_string() }
}

fn fields(traits: &ModelTraits) -> String {
    let usual = serde_json::to_value(ModelTraits::default()).unwrap_or_default();
    let Ok(Value::Object(all)) = serde_json::to_value(traits) else { return String::new() };
    let shown = |value: &Value| match value {
        Value::Array(items) => {
            let words: Vec<String> =
                items.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            format!("[{}]", words.join(", "))
        }
        other => other.to_string(),
    };
    let mut parts: Vec<String> = Vec::new();
    for (name, value) in &all {
        if name == "parameters" {
            parts.insert(0, format!("{name}: {}", shown(value)));
        } else if usual.get(name) != Some(value) {
            parts.push(format!("{name}: {}", shown(value)));
        }
    }
    parts.join(", ")
}

/// The text of sql/pipeline.yml with these lines under `models`, each in place of the entry of its model; nothing if
/// `models` is not a block of lines.
pub fn with_model_lines(text: &str, lines: &[String]) -> Option<String> {
    lines.iter().try_fold(text.to_owned(), |text, line| with_line(&text, line))
}

/// The key of a line `key: …`, without quotes.
fn key_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    match line.chars().next()? {
        '#' => None,
        quote @ ('"' | '\'') => line[1..].split(quote).next(),
        _ => line.split_once(": ").map(|(key, _)| key).or_else(|| line.trim_end().strip_suffix(':')),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn with_line(text: &str, line: &str) -> Option<String> {
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(head) = all.iter().position(|l| l.starts_with("models:")) else {
        all.extend(["models:".to_owned(), format!("  {line}")]);
        return Some(joined(&all));
    };
    let rest = all[head]["models:".len()..].split(" #").next().unwrap_or_default().trim().to_owned();
    match rest.as_str() {
        "" => {}
        "{}" => all[head] = "models:".to_owned(),
        _ => return None,
    }
    let inside = |l: &String| l.trim().is_empty() || l.starts_with(' ') || l.trim_start().starts_with('#');
    let mut end = all[head + 1..].iter().position(|l| !inside(l)).map_or(all.len(), |n| head + 1 + n);
    // what stands between the last entry and the next key belongs to that
    while end > head + 1 && !all[end - 1].starts_with(' ') {
        end -= 1;
    }
    let entries = || (head + 1..end).filter(|at| key_of(&all[*at]).is_some());
    let depth = entries().map(|at| indent(&all[at])).min().unwrap_or(2);
    let new = format!("{}{line}", " ".repeat(depth));
    let wanted = key_of(line)?;
    let there = entries().find(|at| indent(&all[*at]) == depth && key_of(&all[*at]) == Some(wanted));
    match there {
        Some(at) => {
            let deeper = (at + 1..end).take_while(|n| indent(&all[*n]) > depth && !all[*n].trim().is_empty()).count();
            all.splice(at..=at + deeper, [new]);
        }
        None => all.insert(end, new),
    }
    Some(joined(&all))
}

fn joined(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::with_model_lines;

    fn with(text: &str, line: &str) -> String {
        with_model_lines(text, &[line.to_owned()]).expect("a block")
    }

    #[test]
    fn the_entry_of_a_model_is_replaced_or_added_and_the_rest_stays() {
        let text = "# a\nmodels:\n  a: {parameters: [max_tokens]} # why\n  # of b\n  \"b\":\n    parameters: []\n    batch: false\n\n# scope\nscope: {}\n";
        assert_eq!(
            with(text, "a: {parameters: []}"),
            text.replace("  a: {parameters: [max_tokens]} # why\n", "  a: {parameters: []}\n")
        );
        assert_eq!(
            with(text, "b: {parameters: [temperature]}"),
            text.replace("  \"b\":\n    parameters: []\n    batch: false\n", "  b: {parameters: [temperature]}\n")
        );
        assert_eq!(
            with(text, "c: {parameters: []}"),
            text.replace("    batch: false\n", "    batch: false\n  c: {parameters: []}\n")
        );
    }

    #[test]
    fn a_file_without_the_block_gets_one() {
        assert_eq!(with("a: 1\n", "m: {parameters: []}"), "a: 1\nmodels:\n  m: {parameters: []}\n");
        assert_eq!(with("models: {}\nb: 1\n", "m: {batch: false}"), "models:\n  m: {batch: false}\nb: 1\n");
        assert_eq!(with_model_lines("models: {m: {}}\n", &["m: {}".to_owned()]), None);
    }
}
