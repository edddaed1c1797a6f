//! The page's files, built from `web/src` and committed, so that building piq needs no Node.

/// The page.
pub(crate) const INDEX: &str = include_str!("../web/dist/index.html");

/// The page's code with its libraries.
pub(crate) const SCRIPT: &str = include_str!("../web/dist/preview.js");

/// The page's style.
pub(crate) const STYLE: &str = include_str!("../web/dist/preview.css");

/// The licences of the libraries in [`SCRIPT`].
pub(crate) const LICENSES: &str = include_str!("../web/dist/LICENSES.txt");

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use serde_json::Value;
    use sha2::{Digest, Sha256};

    use super::{INDEX, LICENSES, SCRIPT};

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web"))
    }

    fn json(name: &str) -> Value {
        serde_json::from_str(&std::fs::read_to_string(root().join(name)).expect(name)).expect(name)
    }

    fn hash(name: &str) -> String {
        let bytes = std::fs::read(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        Sha256::digest(bytes).iter().fold(String::new(), |mut text, b| {
            let _ = write!(text, "{b:02x}");
            text
        })
    }

    #[test]
    fn the_built_files_belong_to_their_sources_and_lock() {
        let manifest = json("dist/manifest.json");
        for side in ["inputs", "outputs"] {
            for (name, recorded) in manifest[side].as_object().expect(side) {
                assert_eq!(hash(name), recorded.as_str().expect("a hash"), "{name} changed: run `just preview-build`");
            }
        }
        for entry in std::fs::read_dir(root().join("src")).expect("sources") {
            let name = format!("src/{}", entry.expect("a file").file_name().to_string_lossy());
            assert!(manifest["inputs"][&name].is_string(), "{name} is new: run `just preview-build`");
        }
    }

    #[test]
    fn every_library_is_locked_and_its_licence_is_there() {
        let (manifest, lock) = (json("dist/manifest.json"), json("package-lock.json"));
        let packages = manifest["packages"].as_array().expect("packages");
        assert!(packages.len() > 20);
        for name in packages {
            let name = name.as_str().expect("a name");
            let locked = &lock["packages"][format!("node_modules/{name}")];
            let version = locked["version"].as_str().unwrap_or_else(|| panic!("{name} is not locked"));
            assert!(locked["integrity"].as_str().is_some_and(|i| i.starts_with("sha512-")), "{name}");
            assert!(LICENSES.contains(&format!("{name} {version} (")), "{name} {version} has no licence text");
        }
    }

    #[test]
    fn the_page_is_complete_and_evaluates_nothing() {
        assert!(INDEX.contains(r#"<script src="preview.js" defer></script>"#));
        assert!(INDEX.contains(r#"<link rel="stylesheet" href="preview.css">"#));
        for wrong in ["</script", "<!--", "sourceMappingURL"] {
            assert!(!SCRIPT.contains(wrong), "{wrong} would end the script of an export");
        }
    }
}
