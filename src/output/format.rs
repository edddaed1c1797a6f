//! The format of results and diagnostics.

use clap::ValueEnum;
use piq_diagnostics::Format;

/// The value of `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For a person.
    #[value(alias = "table")]
    Text,
    /// One JSON document on standard output.
    Json,
    /// The rows of `piq query` as CSV on standard output.
    Csv,
    /// Diagnostics as GitHub annotations.
    Github,
    /// The findings of `piq validate` as one SARIF log on standard output.
    Sarif,
}

impl OutputFormat {
    pub(crate) fn diagnostics(self) -> Format {
        match self {
            Self::Text | Self::Csv | Self::Sarif => Format::Styled,
            Self::Json => Format::Json,
            Self::Github => Format::Github,
        }
    }
}
