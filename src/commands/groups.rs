//! The list of commands, in groups by what people do, and what `piq` alone shows.

use std::fmt::Write as _;

use clap::Command as ClapCommand;

/// Title and commands of each group.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Start", &["demo", "init", "doctor", "help"]),
    (
        "Develop",
        &[
            "dev",
            "new",
            "try",
            "generate",
            "validate",
            "render",
            "dashboards",
            "sample-data",
            "load",
            "workspace",
            "schema",
        ],
    ),
    ("Deploy", &["plan", "deploy", "run", "retry", "rollback", "destroy", "bootstrap"]),
    ("Look", &["status", "open", "query", "explain", "eval"]),
    ("Set up", &["auth", "bind", "unbind", "state", "upgrade", "completions"]),
];

/// The commands in their groups, each with the first sentence of its help.
fn list(command: &ClapCommand) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(out, "\x1b[1;4m{title}:\x1b[0m");
        for name in names {
            let about = match command.find_subcommand(name).and_then(ClapCommand::get_about) {
                Some(about) => about.to_string(),
                None => "Show the help of a command".to_owned(),
            };
            let short = about.split([':', ';']).next().unwrap_or(&about);
            // the rest of a long sentence is in the command's own help
            let short = if short.len() > 64 { short.split(',').next().unwrap_or(short) } else { short };
            let _ = writeln!(out, "  {name:<12} {short}");
        }
        out.push('\n');
    }
    out
}

/// Gives the help of the whole program its groups.
pub(super) fn with_groups(command: ClapCommand) -> ClapCommand {
    let list = list(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}\x1b[1;4mGlobal options:\x1b[0m\n{{options}}{{after-help}}"
    ))
}

/// What `piq` alone shows.
pub(super) fn start_page(command: &ClapCommand) -> String {
    format!(
        "piq {}\n{}\n\n\
         First steps:\n  \
         piq demo            run everything on this machine, without an account\n  \
         piq init FOLDER     write a project to work on\n  \
         piq doctor          check this machine and the connection\n\n\
         {}`piq help COMMAND` explains a command; `piq --help` lists the options of all.\n",
        env!("CARGO_PKG_VERSION"),
        command.get_about().map(ToString::to_string).unwrap_or_default(),
        list(command)
    )
}

#[cfg(test)]
mod tests {
    use super::GROUPS;
    use crate::commands::command_line;

    #[test]
    fn every_command_is_in_one_group_and_every_line_is_short() {
        let command = command_line();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut all: Vec<&str> =
            command.get_subcommands().filter(|c| !c.is_hide_set()).map(clap::Command::get_name).collect();
        if !all.contains(&"help") {
            all.push("help");
        }
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
        let page = super::start_page(&command);
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }
}
