//! Command lines that clap cannot parse, as failures like all others.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ValueEnum as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use piq_diagnostics::Failure;

use crate::output::format::OutputFormat;
use crate::output::printer::Printer;

/// Prints help and version as results, and anything else as a failure in the chosen format.
pub(crate) fn report(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let output = output_of(args);
    if wanted || output == OutputFormat::Text {
        // clap chooses the stream: help and version are results
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    Printer::new(output, false, false).failure(&failure(error))
}

fn failure(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("expected a command").hint("`--help` lists the commands");
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let message = text.split("\n\n").next().unwrap_or(text).trim();
    let mut failure = Failure::usage(message);
    for (kind, value) in error.context() {
        let similar = match value {
            ContextValue::String(one) => vec![one.clone()],
            ContextValue::Strings(several) => several.clone(),
            ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect(),
            _ => continue,
        };
        match kind {
            ContextKind::SuggestedArg | ContextKind::SuggestedSubcommand | ContextKind::SuggestedValue => {
                failure = failure.hint(format!("did you mean `{}`?", similar.join("` or `")));
            }
            ContextKind::Suggested => failure = similar.into_iter().fold(failure, Failure::hint),
            _ => {}
        }
    }
    failure.hint("`--help` shows the usage")
}

/// The output format that a command line names although it cannot be parsed.
fn output_of(args: &[OsString]) -> OutputFormat {
    let mut words = args.iter().map_while(|arg| arg.to_str()).take_while(|word| *word != "--");
    let mut found = OutputFormat::Text;
    while let Some(word) = words.next() {
        let value = match word {
            "-o" | "--output" => words.next(),
            _ => {
                word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o=")).or_else(|| word.strip_prefix("-o"))
            }
        };
        if let Some(output) = value.and_then(|text| OutputFormat::from_str(text, true).ok()) {
            found = output;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::output_of;
    use crate::output::format::OutputFormat;

    #[test]
    fn the_form_is_found_in_a_command_line_that_cannot_be_parsed() {
        let of = |line: &str| output_of(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["piq plan -o json --x", "piq -ojson y", "piq --output=JSON", "piq --output json", "piq -o=json"] {
            assert_eq!(of(line), OutputFormat::Json, "{line}");
        }
        assert_eq!(of("piq plan -o github --x"), OutputFormat::Github);
        assert_eq!(of("piq render -o out --x"), OutputFormat::Text);
        assert_eq!(of("piq run -- x -o json"), OutputFormat::Text);
    }
}
