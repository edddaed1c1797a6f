//! One target as it is rendered, committed: a change of what users deploy shows in a review.

use std::collections::BTreeMap;
use std::path::Path;

use super::kit::Project;

const TARGET: &str = "dev";

fn files(folder: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{prefix}{name}/"), out);
        } else if !name.starts_with('.') {
            out.insert(format!("{prefix}{name}"), std::fs::read_to_string(entry.path()).expect("text"));
        }
    }
}

#[test]
fn the_golden_target_is_what_is_rendered() {
    let project = Project::new();
    let out = project.piq(&["render", "-t", TARGET, "-o", "out"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(TARGET);
    let (mut rendered, mut committed) = (BTreeMap::new(), BTreeMap::new());
    files(&project.path("out"), "", &mut rendered);
    if std::env::var_os("PIQ_BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&golden);
        for (path, text) in &rendered {
            let to = golden.join(path);
            std::fs::create_dir_all(to.parent().expect("folder")).expect("folder");
            std::fs::write(to, text).expect("written");
        }
    }
    files(&golden, "", &mut committed);
    assert_eq!(rendered.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>(), "`just bless` after a look");
    for (path, text) in &rendered {
        let committed = &committed[path];
        if text == committed {
            continue;
        }
        let line = text.lines().zip(committed.lines()).take_while(|(a, b)| a == b).count();
        let show = |t: &str| t.lines().nth(line).unwrap_or("(end)").to_owned();
        panic!(
            "{path}:{} is not what is committed; if that is meant, `just bless` after a look\n  rendered:  {}\n  committed: {}",
            line + 1,
            show(text),
            show(committed)
        );
    }
}
