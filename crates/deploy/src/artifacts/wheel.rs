//! `dynamic_version`: a wheel whose version says what is in it, so that a cluster that keeps running installs the new
//! one. The official CLI puts the time of the build there (`libs/patchwheel` of databricks/cli); here it is a hash of
//! the content, so that building the same again changes nothing. How a wheel is laid out:
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>.

use std::io::{Cursor, Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// A wheel's file name in its parts.
#[derive(Debug, PartialEq)]
struct Name<'a> {
    distribution: &'a str,
    version: &'a str,
    /// The build tag, if there is one, and the tags of compatibility.
    tags: &'a str,
}

impl<'a> Name<'a> {
    fn read(name: &'a str) -> Option<Self> {
        let (distribution, rest) = name.strip_suffix(".whl")?.split_once('-')?;
        let (version, tags) = rest.split_once('-')?;
        matches!(tags.split('-').count(), 3 | 4).then_some(Self { distribution, version, tags })
    }
}

/// A wheel that unpacks to more is refused: a few bytes can stand for very many.
const UNPACKED: u64 = 1024 * 1024 * 1024;

/// A file in a wheel.
struct Member {
    name: String,
    mode: Option<u32>,
    bytes: Vec<u8>,
}

/// The wheel with a local part of its version that is made of its content, and the name that it then has. The same
/// content gives the same bytes, whenever and in whatever order it was packed.
///
/// # Errors
/// What keeps the file from being a wheel.
pub(crate) fn versioned(name: &str, bytes: &[u8]) -> Result<(String, Vec<u8>), String> {
    let parts = Name::read(name).ok_or("its name is not DISTRIBUTION-VERSION-PYTHON-ABI-PLATFORM.whl")?;
    let mut members = members(bytes)?;
    let metadata =
        |m: &Member| m.name.strip_suffix(".dist-info/METADATA").filter(|p| !p.contains('/')).map(str::to_owned);
    let stem = members.iter().find_map(metadata).ok_or("it has no METADATA")?;
    let record = format!("{stem}.dist-info/RECORD");
    if !members.iter().any(|m| m.name == record) {
        return Err("it has no RECORD".to_owned());
    }
    let base = parts.version.split('+').next().unwrap_or_default();
    let version = format!("{base}+h{}", fingerprint(&members, &record));
    let (distribution, _) = stem.rsplit_once('-').ok_or("its folder `dist-info` has no version")?;
    let moved = |path: &str| {
        let rest = [".dist-info/", ".data/"].into_iter().find_map(|folder| {
            let rest = path.strip_prefix(stem.as_str())?.strip_prefix(folder)?;
            Some(format!("{folder}{rest}"))
        })?;
        Some(format!("{distribution}-{version}{rest}"))
    };
    let mut sum = String::new();
    for member in &mut members {
        if member.name == format!("{stem}.dist-info/METADATA") {
            member.bytes = with_version(&member.bytes, &version)?;
            sum = format!(
                "sha256={},{}",
                BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&member.bytes)),
                member.bytes.len()
            );
        }
    }
    for member in &mut members {
        if member.name == record {
            let text = String::from_utf8_lossy(&member.bytes).into_owned();
            member.bytes = records(&text, &format!("{stem}.dist-info/METADATA"), &sum, &moved).into_bytes();
        }
        if let Some(name) = moved(&member.name) {
            member.name = name;
        }
    }
    let packed = packed(members).map_err(|e| format!("it cannot be packed again: {e}"))?;
    Ok((format!("{}-{version}-{}.whl", parts.distribution, parts.tags), packed))
}

fn members(bytes: &[u8]) -> Result<Vec<Member>, String> {
    let broken = |e: &dyn std::fmt::Display| format!("it cannot be read: {e}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let mut found = Vec::new();
    let mut left = UNPACKED;
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|e| broken(&e))?;
        if file.is_file() {
            let mut bytes = Vec::new();
            let mut file = file.take(left + 1);
            file.read_to_end(&mut bytes).map_err(|e| broken(&e))?;
            left = left.checked_sub(bytes.len() as u64).ok_or("it unpacks to more than 1 GB")?;
            let file = file.into_inner();
            let name = file.name().map_err(|e| broken(&e))?.into_owned();
            found.push(Member { name, mode: file.unix_mode(), bytes });
        }
    }
    // what describes the wheel comes last in it
    found.sort_by_key(|m| (m.name.contains(".dist-info/"), m.name.clone()));
    Ok(found)
}

/// A hash of all that is in a wheel. Its record only repeats that.
fn fingerprint(members: &[Member], record: &str) -> String {
    let mut all = Sha256::new();
    for member in members.iter().filter(|m| m.name != record) {
        all.update(format!("{}\n{}\n", member.name, member.bytes.len()));
        all.update(&member.bytes);
    }
    all.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Metadata with another version in its header.
fn with_version(metadata: &[u8], version: &str) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(metadata).map_err(|_| "its METADATA is not UTF-8")?;
    let mut out = String::new();
    let mut found = false;
    let mut header = true;
    for line in text.split_inclusive('\n') {
        header = header && !line.trim().is_empty();
        if header && !found && line.starts_with("Version:") {
            found = true;
            let end = &line[line.trim_end().len()..];
            out.push_str(&format!("Version: {version}{end}"));
        } else {
            out.push_str(line);
        }
    }
    if found { Ok(out.into_bytes()) } else { Err("its METADATA has no version".to_owned()) }
}

/// The record with moved paths, and with the new sum of the metadata.
fn records(text: &str, metadata: &str, sum: &str, moved: &dyn Fn(&str) -> Option<String>) -> String {
    let line = |line: &str| {
        let (quote, path) = line.strip_prefix('"').map_or(("", line), |rest| ("\"", rest));
        let Some(new) = moved(path) else { return line.to_owned() };
        if path.strip_prefix(metadata).is_some_and(|rest| rest.starts_with(',') || rest.starts_with("\",")) {
            let name = moved(metadata).unwrap_or_default();
            return format!("{quote}{name}{quote},{sum}");
        }
        format!("{quote}{new}")
    };
    text.lines().map(|l| line(l) + "\n").collect()
}

fn packed(members: Vec<Member>) -> zip::result::ZipResult<Vec<u8>> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for member in members {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(member.mode.unwrap_or(0o644));
        out.start_file(member.name, options)?;
        out.write_all(&member.bytes)?;
    }
    Ok(out.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Member, Name, members, versioned};
    use std::io::{Cursor, Write as _};
    use zip::write::SimpleFileOptions;

    /// A wheel whose files were packed in this order in a year.
    fn wheel(files: &[(&str, &str)], year: u16) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let time = DateTime::from_date_and_time(year, 1, 1, 0, 0, 0).expect("a date");
            out.start_file(*name, SimpleFileOptions::default().last_modified_time(time)).expect("started");
            out.write_all(text.as_bytes()).expect("written");
        }
        out.finish().expect("finished").into_inner()
    }

    const FILES: [(&str, &str); 4] = [
        ("grey/__init__.py", "COLOUR = 'grey'\n"),
        ("grey-1.0.data/scripts/run", "#!python\n"),
        ("grey-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: grey\nVersion: 1.0\n\nVersion: of the text\n"),
        (
            "grey-1.0.dist-info/RECORD",
            "grey/__init__.py,sha256=a,16\ngrey-1.0.data/scripts/run,sha256=b,9\n\"grey-1.0.dist-info/METADATA\",sha256=c,60\ngrey-1.0.dist-info/RECORD,,\n",
        ),
    ];

    fn text(members: &[Member], suffix: &str) -> String {
        let found = members.iter().find(|m| m.name.ends_with(suffix)).expect("there");
        String::from_utf8(found.bytes.clone()).expect("text")
    }

    #[test]
    fn names_are_told_apart() {
        let name = Name::read("a_b-1.0+x-1-py3-none-any.whl").expect("a name");
        assert_eq!((name.distribution, name.version, name.tags), ("a_b", "1.0+x", "1-py3-none-any"));
        assert_eq!(Name::read("a-1.0-py3-none.whl"), None);
    }

    #[test]
    fn the_version_is_in_every_place_and_made_of_the_content() {
        let (name, bytes) = versioned("grey-1.0-py3-none-any.whl", &wheel(&FILES, 2020)).expect("a wheel");
        let version = name.strip_prefix("grey-").and_then(|n| n.strip_suffix("-py3-none-any.whl")).expect("a version");
        assert!(version.starts_with("1.0+h") && version.len() == 17, "{version}");
        let inside = members(&bytes).expect("a wheel");
        let names: Vec<&str> = inside.iter().map(|m| m.name.as_str()).collect();
        let (metadata, record) =
            (format!("grey-{version}.dist-info/METADATA"), format!("grey-{version}.dist-info/RECORD"));
        assert_eq!(names, [&format!("grey-{version}.data/scripts/run"), "grey/__init__.py", &metadata, &record]);
        let expected = format!("Metadata-Version: 2.1\nName: grey\nVersion: {version}\n\nVersion: of the text\n");
        assert_eq!(text(&inside, "METADATA"), expected);
        let lines = text(&inside, "RECORD");
        assert!(
            lines.contains(&format!("\n\"{metadata}\",sha256=")) && lines.ends_with(&format!("\n{record},,\n")),
            "{lines}"
        );
        assert!(lines.contains(&format!(",{}\n", expected.len())), "{lines}");

        let mut turned = FILES;
        turned.reverse();
        assert_eq!(
            versioned("grey-1.0-py3-none-any.whl", &wheel(&turned, 2026)).expect("a wheel"),
            (name.clone(), bytes)
        );
        let mut other = FILES;
        other[0].1 = "COLOUR = 'pale'\n";
        assert_ne!(versioned("grey-1.0-py3-none-any.whl", &wheel(&other, 2020)).expect("a wheel").0, name);
    }

    #[test]
    fn what_is_no_wheel_is_refused() {
        let refused = |name: &str, bytes: &[u8]| versioned(name, bytes).expect_err("refused");
        assert!(refused("grey.whl", b"").contains("DISTRIBUTION-VERSION"));
        assert!(refused("grey-1.0-py3-none-any.whl", b"grey").contains("cannot be read"));
        assert_eq!(refused("grey-1.0-py3-none-any.whl", &wheel(&FILES[..3], 2020)), "it has no RECORD");
    }
}
