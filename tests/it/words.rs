//! Words that `docs/style.md` rules out do not come back: in messages, help and pages.

use std::path::{Path, PathBuf};

/// Pages that code generates, the page that lists the words, and the pages of the past.
const OTHERS: [&str; 4] = ["cli.md", "enrichments.md", "style.md", "CHANGELOG.md"];

/// The words between backquotes below the heading "Ruled out" of `docs/style.md`.
fn ruled_out() -> Vec<String> {
    let page = std::fs::read_to_string(piq_testing::root().join("docs/style.md")).expect("docs/style.md");
    let (_, section) = page.split_once("\n## Ruled out\n").expect("a section `Ruled out`");
    let list = section.split("\n## ").next().unwrap_or_default();
    let words: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(words.len() > 20, "{words:?}");
    words
}

fn files(folder: &Path, ends: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            // the page's packages and what is built of them
            if name != "web" {
                files(&path, ends, found)
            }
        } else if ends.iter().any(|end| name.ends_with(end)) && !OTHERS.contains(&name.as_str()) {
            found.push(path);
        }
    }
}

/// What of a text is one of the words, in any letter case; placeholders in braces do not count.
fn found_in<'w>(text: &str, ruled: &'w [String]) -> Vec<&'w str> {
    let mut plain = String::from(" ");
    let mut placeholder = false;
    for c in text.to_lowercase().chars() {
        placeholder = (placeholder || c == '{') && c != '}';
        let kept = !placeholder && (c.is_alphanumeric() || c == '-');
        if kept || !plain.ends_with(' ') {
            plain.push(if kept { c } else { ' ' });
        }
    }
    // plain English all the same
    let plain = plain.replace(" there is no ", " ").replace(" no longer", " ").trim_end().to_owned() + " ";
    ruled.iter().map(String::as_str).filter(|word| plain.contains(&format!(" {word} "))).collect()
}

/// Texts that a Rust file may show, with their lines: string literals, and the doc comments of commands, which are help.
fn shown_texts(code: &str, is_help: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (code, 1);
    while let Some(first) = rest.chars().next() {
        let until = |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
        let hashes = rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let is_raw = rest.starts_with('r') && rest[1 + hashes..].starts_with('"');
        let length = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            if is_help && rest.starts_with("///") {
                found.push((line, rest[3..end].to_owned()));
            }
            end
        } else if rest.starts_with("/*") {
            until("*/", 2)
        } else if is_raw {
            let end = until(&format!("\"{}", "#".repeat(hashes)), hashes + 2);
            found.push((line, rest[..end].to_owned()));
            end
        } else if first == '"' {
            let mut end = 1;
            while end < rest.len() && !rest[end..].starts_with('"') {
                end += if rest[end..].starts_with('\\') {
                    2
                } else {
                    rest[end..].chars().next().map_or(1, char::len_utf8)
                };
            }
            found.push((line, rest[..end].replace("\\n", " ").replace("\\\n", " ")));
            end + 1
        } else if rest.starts_with("'\\") {
            until("'", 3)
        } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at)
        } else {
            first.len_utf8()
        };
        let (seen, after) = rest.split_at(length.min(rest.len()));
        line += seen.matches('\n').count();
        rest = after;
    }
    found
}

#[test]
fn messages_and_help_use_no_word_that_the_style_rules_out() {
    let (root, ruled) = (piq_testing::root(), ruled_out());
    let mut sources = Vec::new();
    for folder in ["src", "crates"] {
        files(&root.join(folder), &[".rs"], &mut sources);
    }
    let mut found = Vec::new();
    for file in sources {
        let shown = file.strip_prefix(&root).expect("below the root").display().to_string();
        let code = std::fs::read_to_string(&file).expect("a file");
        for (line, text) in shown_texts(&code, shown.starts_with("src/commands")) {
            found.extend(found_in(&text, &ruled).into_iter().map(|word| format!("{shown}:{line}: {word}: {text}")));
        }
    }
    assert!(found.is_empty(), "see docs/style.md:\n{}", found.join("\n"));
}

#[test]
fn comments_use_no_archaic_word() {
    let root = piq_testing::root();
    let ruled: Vec<String> = ["anew", "afresh", "is no", "are no", "in force"].map(str::to_owned).to_vec();
    let mut sources = Vec::new();
    for folder in ["src", "crates"] {
        files(&root.join(folder), &[".rs"], &mut sources);
    }
    let mut found = Vec::new();
    for file in sources {
        let code = std::fs::read_to_string(&file).expect("a file");
        for (at, line) in code.lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
            let words = found_in(comment, &ruled);
            found.extend(words.iter().map(|word| format!("{}:{}: {word}: {comment}", file.display(), at + 1)));
        }
    }
    assert!(found.is_empty(), "see docs/style.md:\n{}", found.join("\n"));
}

#[test]
fn pages_use_no_word_that_the_style_rules_out() {
    let (root, ruled) = (piq_testing::root(), ruled_out());
    let mut pages = vec![root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("SECURITY.md")];
    files(&root.join("docs"), &[".md"], &mut pages);
    let mut found = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        for (at, line) in text.lines().enumerate() {
            found.extend(found_in(line, &ruled).iter().map(|word| format!("{}:{}: {word}", page.display(), at + 1)));
        }
    }
    assert!(found.is_empty(), "see docs/style.md:\n{}", found.join("\n"));
}

#[test]
fn literals_and_help_are_told_from_code_and_comments() {
    let code = r##"/// Help
fn f<'a>(c: char) { let _ = ('"', '\'', "a \"b\" \
   c", r#"raw "x""#); /* "no" */ } // "no"
"##;
    let texts = shown_texts(code, true);
    let shown: Vec<(usize, &str)> = texts.iter().map(|(line, text)| (*line, text.trim_start())).collect();
    assert_eq!(shown, [(1, "Help"), (2, "\"a \\\"b\\\"     c"), (3, "r#\"raw \"x\"\"#")]);
    let ruled = ["is no".to_owned(), "anew".to_owned()];
    assert_eq!(found_in("`x` is no date", &ruled), ["is no"]);
    assert_eq!(found_in("there is no date; it is no longer `{anew}`", &ruled), Vec::<&str>::new());
    assert_eq!(found_in("Planning Anew.", &ruled), ["anew"]);
}
