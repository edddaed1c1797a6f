//! Why a command stops: one type for every crate's errors, with its exit code, its hints and its causes as data.

use std::error::Error;
use std::fmt;

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Format, render};

/// What sort of failure it is; it decides the exit code, and scripts may match on its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The project, a file or the workspace refused.
    Refused,
    /// The command line does not fit together.
    Usage,
    /// Changes are pending, where the caller wanted to know.
    Pending,
    /// Nobody could be authenticated, or the workspace did not accept the credentials.
    Authentication,
    /// The user interrupted.
    Interrupted,
}

impl FailureKind {
    /// The process's exit code, as `docs/reference.md` lists them.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Pending => 3,
            Self::Authentication => 4,
            Self::Interrupted => 130,
        }
    }

    /// Its name in JSON and GitHub form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Pending => "pending",
            Self::Authentication => "authentication",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a command stops. One that has places in files has findings.
#[derive(Debug)]
pub struct Failure {
    /// What sort it is.
    pub kind: FailureKind,
    /// What happened, where: a fragment that fits after `error: `.
    pub message: String,
    /// What to do, one sentence each.
    pub hints: Vec<String>,
    /// What is wrong in which file; shown instead of the message.
    pub findings: Vec<Diagnostic>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), findings: Vec::new(), cause: None }
    }

    /// The project, a file or the workspace refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// The command line does not fit together.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// The user interrupted.
    pub fn interrupted() -> Self {
        Self::new(FailureKind::Interrupted, "interrupted")
    }

    /// A failure with the text of an error, and the error as its cause.
    pub fn caused_by(kind: FailureKind, error: impl Error + Send + Sync + 'static) -> Self {
        let message = error.to_string();
        Self { cause: Some(Box::new(error)), ..Self::new(kind, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn during(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The errors behind the message, the outermost first, without those that only repeat it.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.cause.as_deref().map(|e| e as &dyn Error);
        while let Some(error) = next {
            let text = error.to_string();
            if text != self.message && causes.last() != Some(&text) {
                causes.push(text);
            }
            next = error.source();
        }
        causes
    }

    /// The failure for standard error, with its causes if wanted. JSON is one line for each finding, or one line if it
    /// has none.
    pub fn render(&self, format: Format, with_causes: bool) -> String {
        let causes = if with_causes { self.causes() } else { Vec::new() };
        match format {
            Format::Text | Format::Styled if self.findings.is_empty() => {
                let word = |text: &str, style: &str| match format {
                    Format::Styled => format!("\x1b[1;{style}m{text}\x1b[0m:"),
                    _ => format!("{text}:"),
                };
                let mut text = format!("{} {}\n", word("error", "31"), self.message);
                text.extend(causes.iter().map(|c| format!("{} {c}\n", word("caused by", "2"))));
                text.extend(self.hints.iter().map(|h| format!("{} {h}\n", word("hint", "36"))));
                text
            }
            Format::Json => {
                let lines = self.as_findings().iter().map(|d| self.json_line(d, &causes)).collect::<Vec<_>>();
                lines.concat()
            }
            Format::Text | Format::Styled | Format::Github => render(&self.as_findings(), format),
        }
    }

    fn as_findings(&self) -> Vec<Diagnostic> {
        if !self.findings.is_empty() {
            let mut findings = self.findings.clone();
            // a command may know more than who found it
            if let Some(last) = findings.last_mut() {
                last.hints.extend(self.hints.iter().cloned());
            }
            return findings;
        }
        let whole = Diagnostic::error(self.kind.name(), self.message.as_str());
        vec![Diagnostic { hints: self.hints.clone(), ..whole }]
    }

    fn json_line(&self, finding: &Diagnostic, causes: &[String]) -> String {
        let mut fields = finding.to_json();
        fields.insert("kind".to_owned(), json!(self.kind.name()));
        fields.insert("exit_code".to_owned(), json!(self.kind.exit_code()));
        if !causes.is_empty() {
            fields.insert("causes".to_owned(), json!(causes));
        }
        format!("{}\n", Value::Object(fields))
    }
}

/// What happened, with the hints on lines of their own: for a text inside of another.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl From<Diagnostics> for Failure {
    fn from(found: Diagnostics) -> Self {
        let messages: Vec<&str> = found.0.iter().map(|d| d.message.as_str()).collect();
        Self { findings: found.0.clone(), ..Self::refused(messages.join("; ")) }
    }
}

impl From<Diagnostic> for Failure {
    fn from(found: Diagnostic) -> Self {
        Diagnostics::from(found).into()
    }
}

/// Makes a [`Failure`] of an error, or of a value that is missing, by saying what was being done.
pub trait FailureContext<T> {
    /// `what` says what could not be done, such as `cannot write the plan`.
    ///
    /// # Errors
    /// The error, with `what` in front of it.
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;

    /// The same where the text costs something to make.
    ///
    /// # Errors
    /// The error, with `what` in front of it.
    fn with_context<D: fmt::Display>(self, what: impl FnOnce() -> D) -> Result<T, Failure>;
}

impl<T, E: Error + Send + Sync + 'static> FailureContext<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.with_context(|| what)
    }

    fn with_context<D: fmt::Display>(self, what: impl FnOnce() -> D) -> Result<T, Failure> {
        self.map_err(|e| Failure::caused_by(FailureKind::Refused, e).during(what()))
    }
}

impl<T> FailureContext<T> for Option<T> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.with_context(|| what)
    }

    fn with_context<D: fmt::Display>(self, what: impl FnOnce() -> D) -> Result<T, Failure> {
        self.ok_or_else(|| Failure::refused(what().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureContext as _, FailureKind};
    use crate::{Diagnostic, Diagnostics, Format, Source, Span};

    fn sample() -> Failure {
        let missing: Result<(), _> = Err(std::io::Error::other("disk full"));
        missing.context("cannot write the plan").expect_err("an error").hint("free some space")
    }

    #[test]
    fn all_forms_say_the_same() {
        insta::assert_snapshot!(sample().render(Format::Text, false), @r"
        error: cannot write the plan: disk full
        hint: free some space
        ");
        insta::assert_snapshot!(sample().render(Format::Text, true), @r"
        error: cannot write the plan: disk full
        caused by: disk full
        hint: free some space
        ");
        insta::assert_snapshot!(sample().render(Format::Json, true), @r#"{"code":"refused","severity":"error","message":"cannot write the plan: disk full","hints":["free some space"],"related":[],"kind":"refused","exit_code":1,"causes":["disk full"]}"#);
        insta::assert_snapshot!(sample().render(Format::Github, false), @"::error title=refused::cannot write the plan: disk full%0Afree some space");
    }

    #[test]
    fn findings_keep_their_places_in_every_form() {
        let source = Source::new("databricks.yml", "bundle:\n  nam: x\n");
        let slip = Diagnostic::error("unknown-key", "unknown key `nam`").at(Span::new(&source, 10..13));
        let failure = Failure::from(Diagnostics(vec![slip, Diagnostic::error("no-name", "`bundle.name` is missing")]));
        assert_eq!(failure.message, "unknown key `nam`; `bundle.name` is missing");
        let json = failure.render(Format::Json, false);
        let lines: Vec<serde_json::Value> = json.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        assert_eq!((lines.len(), &lines[0]["line"], &lines[0]["kind"]), (2, &2.into(), &"refused".into()));
        assert!(failure.render(Format::Text, false).starts_with("error[unknown-key]: unknown key `nam`\n --> "));
        assert!(failure.render(Format::Github, false).starts_with("::error file=databricks.yml,line=2"));
    }

    #[test]
    fn each_kind_has_its_exit_code() {
        use FailureKind::{Authentication, Interrupted, Pending, Refused, Usage};
        let codes = [Refused, Usage, Pending, Authentication, Interrupted].map(FailureKind::exit_code);
        assert_eq!(codes, [1, 2, 3, 4, 130]);
    }

    #[test]
    fn a_hint_beside_findings_is_shown_in_every_format() {
        let failure = Failure::from(Diagnostic::error("code", "one").hint("first")).hint("second");
        for format in [Format::Text, Format::Styled, Format::Json, Format::Github] {
            let text = failure.render(format, false);
            assert!(text.contains("first") && text.contains("second"), "{text}");
        }
    }
}
