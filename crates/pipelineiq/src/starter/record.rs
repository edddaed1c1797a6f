//! What a project records of the piq that wrote it: `.piq-project.toml` for people, and the files as they were written, the
//! base of a later merge.

use std::io::{self, Cursor, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};
use semver::{Version, VersionReq};
use serde::Deserialize;
use toml_edit::{DocumentMut, value};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::answers::Answers;
use super::files::{BASE, Files};

/// The file with the version and the answers.
pub const RECORD: &str = ".piq-project.toml";

/// Files larger than this were not written by piq: nothing unpacks without a bound.
const LARGEST: u64 = 16 << 20;

/// What `.piq-project.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectRecord {
    /// Versions of piq that may work on the project, such as `>=0.2`.
    #[serde(default, deserialize_with = "requirement")]
    pub required_version: Option<VersionReq>,
    /// The version that wrote or upgraded the files last.
    #[serde(default)]
    pub written_by: Option<String>,
    /// What the owner answered.
    #[serde(default)]
    pub answers: Option<Answers>,
}

fn requirement<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<VersionReq>, D::Error> {
    let text = String::deserialize(from)?;
    let expected = format!("expected versions such as `>=0.2`, found `{text}`");
    VersionReq::parse(&text).map(Some).map_err(|_| serde::de::Error::custom(expected))
}

/// Reads the record of a project; none if it has none.
///
/// # Errors
/// The place of what cannot be read.
pub fn read_record(project: &Path) -> Result<Option<ProjectRecord>, Diagnostics> {
    match std::fs::read_to_string(project.join(RECORD)) {
        Ok(text) => parse(&Source::new(RECORD, text)).map(Some),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Diagnostic::error("unreadable-file", format!("{RECORD}: {e}")).into()),
    }
}

fn parse(source: &Arc<Source>) -> Result<ProjectRecord, Diagnostics> {
    let fault = |message: &str, span: Option<std::ops::Range<usize>>| {
        let fault = Diagnostic::error("project-record", message.trim());
        Diagnostics::from(match span {
            Some(span) => fault.at(Span::new(source, span)),
            None => fault.at(Span::point(source, 1, 1)),
        })
    };
    let record: ProjectRecord = toml_edit::de::from_str(&source.text).map_err(|e| fault(e.message(), e.span()))?;
    if let Some(Err(message)) = record.answers.as_ref().map(Answers::check) {
        return Err(fault(&message, source.text.find("[answers]").map(|at| at..at + 9)));
    }
    Ok(record)
}

impl ProjectRecord {
    /// Whether a version of piq may work on the project.
    ///
    /// # Errors
    /// Which versions may.
    pub fn check_version(&self, version: &str) -> Result<(), String> {
        let Some(required) = &self.required_version else { return Ok(()) };
        match Version::parse(version) {
            Ok(own) if required.matches(&own) => Ok(()),
            _ => Err(format!("the project requires piq {required}, found piq {version}")),
        }
    }
}

/// The text of the record after files were written; `before` keeps its comments and what else its owner changed.
///
/// # Errors
/// `before` is not TOML.
pub fn record_text(before: Option<&str>, version: &str, answers: &Answers) -> Result<String, toml_edit::TomlError> {
    let fresh = format!(
        "# Written by `piq init` and `piq upgrade`. Commit this file and {BASE}.\n\n\
         # Other versions of piq refuse the project.\nrequired_version = \">={version}\"\n"
    );
    let mut document: DocumentMut = before.unwrap_or(&fresh).parse()?;
    document["written_by"] = value(version);
    let mut table = toml_edit::Table::new();
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(answers) {
        for (name, text) in fields {
            table.insert(&name, value(text.as_str().unwrap_or_default()));
        }
    }
    document["answers"] = toml_edit::Item::Table(table);
    Ok(document.to_string())
}

/// Packs the base; the same files give the same bytes.
///
/// # Errors
/// What the archive's writer says.
pub fn pack(files: &Files) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (path, bytes) in files {
        zip.start_file(path.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Unpacks the base.
///
/// # Errors
/// The bytes are not an archive of files of a project.
pub fn unpack(bytes: &[u8]) -> io::Result<Files> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Files::new();
    for at in 0..zip.len() {
        let entry = zip.by_index(at)?;
        let path = entry.name()?.into_owned();
        if entry.enclosed_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{path}` is outside of the project")));
        }
        let mut bytes = Vec::new();
        entry.take(LARGEST).read_to_end(&mut bytes)?;
        files.insert(path, bytes);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use super::{RECORD, pack, parse, record_text, unpack};
    use crate::starter::answers::Answers;
    use crate::starter::files::Files;

    #[test]
    fn a_record_reads_back_and_keeps_what_its_owner_wrote() {
        let first = record_text(None, "0.1.0", &Answers::default()).expect("TOML");
        let record = parse(&Source::new(RECORD, first.as_str())).expect("reads back");
        assert_eq!((record.answers, record.written_by.as_deref()), (Some(Answers::default()), Some("0.1.0")));
        let edited = first.replace(">=0.1.0", "^0.1").replace("# Other", "# We: ask Ana. Other");
        let second = record_text(Some(&edited), "0.2.0", &Answers::default()).expect("TOML");
        assert_eq!(second, edited.replace("written_by = \"0.1.0\"", "written_by = \"0.2.0\""));
    }

    #[test]
    fn a_requirement_holds_for_newer_versions_and_not_for_older_ones() {
        let parsed = |text: &str| parse(&Source::new(RECORD, text));
        let record = parsed("required_version = '>=0.2.1'").expect("TOML");
        assert!(record.check_version("0.2.1").is_ok() && record.check_version("1.0.0").is_ok());
        let refusal = record.check_version("0.2.0").expect_err("older");
        assert_eq!(refusal, "the project requires piq >=0.2.1, found piq 0.2.0");
        assert!(parsed("").expect("empty").check_version("0.0.1").is_ok());
    }

    #[test]
    fn a_slip_in_the_record_is_shown_where_it_is() {
        let place = |text: &str| {
            let fault = parse(&Source::new(RECORD, text)).expect_err("a slip");
            (fault.0[0].labels[0].place.line_column(), fault.0[0].message.clone())
        };
        let (at, message) = place("\nrequired_version = 'soon'\n");
        assert_eq!((at, message.as_str()), ((2, 20), "expected versions such as `>=0.2`, found `soon`"));
        assert_eq!(place("a = 1\nrequired = 'x'\n").0.0, 1);
        let answers = record_text(None, "0.1.0", &Answers { model: "a b".into(), ..Answers::default() }).expect("TOML");
        assert!(place(&answers).1.contains("found `a b`"));
    }

    #[test]
    fn the_base_is_the_same_bytes_each_time_and_reads_back() {
        let files: Files = [("a/b.sql", "SELECT 1\r\n"), ("c", "")].map(|(p, t)| (p.into(), t.into())).into();
        let packed = pack(&files).expect("packed");
        assert_eq!(packed, pack(&files).expect("packed"));
        assert_eq!(unpack(&packed).expect("unpacked"), files);
        assert!(unpack(b"nonsense").is_err());
    }
}
