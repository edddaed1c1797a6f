//! Examples of each command, shown at the end of its long help and in its man page. A test parses every one.

use clap::Command as ClapCommand;

/// Command lines of the command with this path, such as `workspace start`.
fn examples(path: &str) -> &'static [&'static str] {
    match path {
        "demo" => &["piq demo", "piq demo --rows 500 --preview"],
        "init" => &["piq init my_project", "piq init my_project --no-input --prod-catalog sales --ci github"],
        "dev" => &["piq dev", "piq dev -t dev --run incremental_pipeline_job --only sales_manager_summary_view"],
        "upgrade" => &["piq upgrade", "piq upgrade --check"],
        "new enrichment" => &["piq new enrichment competitor_position --inputs competition_string"],
        "new template" => &["piq new template notebooks/0_create_ref_tables.sql.j2"],
        "render" => &["piq render -t prod -o out"],
        "generate job" => &["piq generate job 123456 --bind"],
        "generate dashboard" => &["piq generate dashboard '/Workspace/Shared/boards/Roses.lvdash.json'"],
        "validate" => &["piq validate", "piq validate -t dev --plan", "piq validate -t prod -o sarif > piq.sarif"],
        "plan" => &["piq plan", "piq plan -t prod --out plan.json"],
        "deploy" => &["piq deploy", "piq deploy -t prod --plan plan.json"],
        "run" => &["piq run", "piq run incremental_pipeline_job --restart", "piq run -- dbt build"],
        "retry" => &["piq retry -t dev", "piq retry --use-case UC-1043 --dry-run"],
        "status" => &["piq status -t prod", "piq status -o json"],
        "open" => &["piq open dashboards.piq_main"],
        "try" => &["piq try ai_context -t local", "piq try ai_confidence --use-case UC-1043 --limit 1"],
        "query" => &[
            "piq query 'SELECT count(*) FROM piq_ai_calls' -t local",
            "piq query --file top.sql --param n:INT=5 -o csv > top.csv",
        ],
        "rollback" => &["piq rollback -t prod", "piq rollback -t prod 7cb5"],
        "bind" => &["piq bind jobs.nightly 123456"],
        "unbind" => &["piq unbind jobs.nightly"],
        "state show" => &["piq state show -t prod"],
        "state restore" => &["piq state restore -t prod"],
        "destroy" => &["piq destroy -t dev --auto-approve"],
        "explain" => &["piq explain UC-000042 -t local"],
        "eval" => &["piq eval -t local"],
        "doctor" => &["piq doctor", "piq doctor -t prod"],
        "doctor source" => &["piq doctor source -t prod"],
        "bootstrap" => &["piq bootstrap --from main.older.pipelineiq --dry-run"],
        "auth describe" => &["piq auth describe -t prod"],
        "auth check" => &["piq auth check -t prod"],
        "schema" => &["piq schema pipeline > pipeline.schema.json"],
        "completions" => &["piq completions bash > ~/.local/share/bash-completion/completions/piq"],
        "dashboards normalise" => &["piq dashboards normalise", "piq dashboards normalise --check"],
        "dashboards lint" => &["piq dashboards lint", "piq dashboards lint dashboards/piq_main.lvdash.json"],
        "dashboards pull" => &["piq dashboards pull piq_main -t dev"],
        "dashboards preview" => &["piq dashboards preview -t local", "piq dashboards preview --export page.html"],
        "sample-data" => &["piq sample-data --rows 500"],
        "load" => &[
            "piq load deals.csv main.crm.deals",
            "piq load deals.csv --as-source --replace --type amount=DECIMAL(18,2)",
        ],
        "workspace start" => &["piq workspace start"],
        "workspace reset" => &["piq workspace reset --yes"],
        _ => &[],
    }
}

/// Adds the examples to the long help of all commands below `command`.
pub(super) fn with_examples(command: ClapCommand, path: &str) -> ClapCommand {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    // `piq help COMMAND` serves all; commands with commands below need none of their own
    let command = if path.is_empty() { command } else { command.disable_help_subcommand(true) };
    let command = names.into_iter().fold(command, |command, name| {
        let inner = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command.mut_subcommand(name, |c| with_examples(c, &inner))
    });
    match examples(path) {
        [] => command,
        lines => {
            let shown: String = lines.iter().map(|line| format!("\n  {line}")).collect();
            command.after_long_help(format!("Examples:{shown}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::examples;
    use crate::commands::command_line;

    /// Paths of the commands that do something: those without commands below, and those that work without one.
    fn paths(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
            let path =
                if path.is_empty() { inner.get_name().to_owned() } else { format!("{path} {}", inner.get_name()) };
            if !inner.is_subcommand_required_set() {
                found.push(path.clone());
            }
            paths(inner, &path, found);
        }
    }

    #[test]
    fn every_command_has_an_example_and_every_example_parses() {
        let mut all = Vec::new();
        paths(&command_line(), "", &mut all);
        assert!(all.len() > 30, "{all:?}");
        for path in all {
            let lines = examples(&path);
            assert!(!lines.is_empty(), "`piq {path}` has no example");
            for line in lines {
                // what is in quotes is one word
                let parts = line.split(" > ").next().unwrap_or_default().split('\'').enumerate();
                let words = parts.flat_map(|(at, part)| match at % 2 {
                    0 => part.split_whitespace().collect::<Vec<_>>(),
                    _ => vec![part],
                });
                assert!(line.starts_with(&format!("piq {path}")), "{line}");
                let parsed = command_line().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
            }
        }
    }
}
