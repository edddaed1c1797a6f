//! A plan as a comment on a pull request: `piq plan --markdown`.

use std::fmt::Write as _;

use piq_deploy::{FieldChange, Plan, ResourceChange};
use serde_json::Value;

/// Rows of a table; a comment has room for 65,536 characters.
const ROWS: usize = 100;
/// Characters of a value.
const VALUE: usize = 120;

/// The plan in GitHub's and GitLab's Markdown, with what the next run of the pipeline would cost.
pub(crate) fn markdown(plan: &Plan, cost: &str) -> String {
    let mut out = changes(plan);
    if !cost.trim().is_empty() {
        let _ = write!(out, "\n```text\n{}\n```\n", cost.trim().replace('`', "'"));
    }
    out
}

fn changes(plan: &Plan) -> String {
    let c = plan.changes;
    let mut out = format!("### piq plan for `{}`\n\n", plan.target);
    if plan.is_empty() {
        out.push_str("Nothing to change.\n");
        return out;
    }
    let _ = writeln!(
        out,
        "**{} to create, {} to update, {} to delete**, {} unchanged\n",
        c.created, c.updated, c.deleted, c.unchanged
    );
    out.push_str("| | what | why |\n|---|---|---|\n");
    let files = plan.files.iter().map(|f| (f.action.verb(), format!("file {}", code(&f.path)), f.reason.clone()));
    let resources = plan.resources.iter().map(|r| (r.action.verb(), resource(r), r.reason.clone()));
    let rows: Vec<_> = resources.chain(files).collect();
    for (verb, what, why) in rows.iter().take(ROWS) {
        let _ = writeln!(out, "| {verb} | {what} | {} |", plain(why));
    }
    more(&mut out, rows.len());
    let fields: Vec<(&ResourceChange, &FieldChange)> =
        plan.resources.iter().flat_map(|r| r.fields.iter().map(move |f| (r, f))).collect();
    if !fields.is_empty() {
        let _ = writeln!(out, "\n<details><summary>Fields that change: {}</summary>\n", fields.len());
        out.push_str("| resource | field | in the workspace | in the bundle | why |\n|---|---|---|---|---|\n");
        for (resource, field) in fields.iter().take(ROWS) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                code(&resource.key),
                code(&field.path),
                value(field.remote.as_ref()),
                value(field.new.as_ref()),
                field.reason.text()
            );
        }
        more(&mut out, fields.len());
        out.push_str("\n</details>\n");
    }
    for note in &plan.notes {
        let _ = writeln!(out, "\n> {}", plain(note));
    }
    out
}

fn resource(r: &ResourceChange) -> String {
    let mut text = format!("{} {}", code(&r.key), plain(&r.name));
    for (there, word) in [(r.permissions, "permissions"), (r.grants, "grants")] {
        if there {
            let _ = write!(text, ", {word}");
        }
    }
    if let Some(conflict) = &r.conflict {
        let _ = write!(text, " - **{}**", plain(conflict));
    }
    text
}

fn more(out: &mut String, all: usize) {
    if all > ROWS {
        let _ = writeln!(out, "\n… and {} more; `piq plan` shows them all.", all - ROWS);
    }
}

fn value(value: Option<&Value>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => code(&format!("{}…", &text[..end])),
        None => code(&text),
    }
}

/// A text as code in a cell of a table: on one line, without the marks that would end either.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('`', "'").replace('|', "\\|");
    if text.is_empty() { "-".to_owned() } else { format!("`{text}`") }
}

/// A text that must not become Markdown.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use piq_deploy::Plan;

    fn plan(resources: serde_json::Value) -> Plan {
        let json = serde_json::json!({
            "bundle": "b", "target": "prod", "lineage": null, "serial": 0, "content": "", "files": [],
            "changes": {"created": 1, "updated": 1, "deleted": 0, "unchanged": 3},
            "resources": resources,
        });
        serde_json::from_value(json).expect("a plan")
    }

    #[test]
    fn names_and_values_stay_in_their_cells() {
        let plan = plan(serde_json::json!([
            {"key": "jobs.a", "name": "a|b *new*", "action": "create", "reason": "not there yet", "permissions": true},
            {"key": "jobs.c", "name": "c", "action": "update", "reason": "changed", "fields": [
                {"path": "tasks[x].sql", "new": "a\n`b` | c", "remote": 5, "reason": "drift"},
            ]},
        ]));
        insta::assert_snapshot!(markdown(&plan, "\nabout 3 calls\n"), @r"
        ### piq plan for `prod`

        **1 to create, 1 to update, 0 to delete**, 3 unchanged

        | | what | why |
        |---|---|---|
        | create | `jobs.a` a\|b \*new\*, permissions | not there yet |
        | update | `jobs.c` c | changed |

        <details><summary>Fields that change: 1</summary>

        | resource | field | in the workspace | in the bundle | why |
        |---|---|---|---|---|
        | `jobs.c` | `tasks[x].sql` | `5` | `a 'b' \| c` | changed in the workspace |

        </details>

        ```text
        about 3 calls
        ```
        ");
    }

    #[test]
    fn a_long_plan_is_cut_and_says_so() {
        let many: Vec<serde_json::Value> = (0..150)
            .map(|i| serde_json::json!({"key": format!("jobs.j{i}"), "name": "j", "action": "create", "reason": "new"}))
            .collect();
        let text = markdown(&plan(many.into()), "");
        assert!(text.contains("… and 50 more") && !text.contains("jobs.j149"), "{text}");
    }
}
