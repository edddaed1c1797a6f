//! YAML text to a value tree with places. Anchors, aliases and merge keys are followed, duplicate keys refused.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span as YamlSpan, Tag};

use super::node::{Map, Number, TreeEntry, TreeNode, TreeValue};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// Aliases may repeat a value; a document in which they make more bytes than this is refused.
const MAX_REPEATED: usize = 32 * 1024 * 1024;

/// Values may stand in each other this deep.
const MAX_DEPTH: usize = 200;

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    /// The value of the file; an empty file is an empty map.
    pub root: TreeNode,
    /// What is read otherwise by other tools.
    pub warnings: Vec<Diagnostic>,
    /// Byte offsets at which anchors are used, in their order, to tell a block kept for reuse from a typing slip.
    pub anchors: Vec<usize>,
}

/// Parses one YAML (or JSON) document.
///
/// # Errors
/// Each syntax error or duplicate key, with its file and line.
pub fn parse(source: &Arc<Source>) -> Result<Document, Diagnostics> {
    let mut builder = Builder {
        source,
        open: Vec::new(),
        root: None,
        second: None,
        anchors: HashMap::new(),
        anchored: Vec::new(),
        repeated: 0,
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let shift = source.text.len() - text.len();
    for next in Parser::new_from_str(text) {
        match next {
            Ok((event, span)) => builder.event(event, &span, shift),
            Err(e) => {
                let at = e.marker().byte_offset().unwrap_or(0) + shift;
                builder.errors.push(
                    Diagnostic::error("yaml-syntax", format!("invalid YAML: {}", e.info()))
                        .at(Span::new(source, at..at + 1)),
                );
                break;
            }
        }
        if builder.open.len() > MAX_DEPTH {
            let message = format!("values stand in each other more than {MAX_DEPTH} deep");
            builder.errors.push(Diagnostic::error("yaml-too-deep", message).at(builder.open[MAX_DEPTH].span().clone()));
            break;
        }
        if builder.repeated > MAX_REPEATED {
            let place = Span::new(source, 0..0);
            builder
                .errors
                .push(Diagnostic::error("yaml-too-large", "the aliases of this file repeat too many values").at(place));
            break;
        }
    }
    if !builder.errors.is_empty() {
        return Err(Diagnostics(builder.errors));
    }
    let empty = TreeNode::map(Span::new(source, 0..0));
    let root = builder.root.filter(|n| !n.is_null()).unwrap_or(empty);
    Ok(Document { root, warnings: builder.warnings, anchors: builder.anchored })
}

/// A collection that is not closed yet.
enum Open {
    List { items: Vec<TreeNode>, place: Span, anchor: usize },
    Map { map: Map, key: Option<TreeNode>, merges: Vec<TreeNode>, place: Span, anchor: usize },
}

impl Open {
    fn span(&self) -> &Span {
        match self {
            Open::List { place, .. } | Open::Map { place, .. } => place,
        }
    }
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    open: Vec<Open>,
    root: Option<TreeNode>,
    /// Where a second document begins.
    second: Option<Span>,
    anchors: HashMap<usize, (TreeNode, usize)>,
    anchored: Vec<usize>,
    repeated: usize,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &YamlSpan, shift: usize) {
        let range = span.byte_range().unwrap_or(0..0);
        let place = Span::new(self.source, range.start + shift..range.end + shift);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag.as_ref().filter(|t| unknown_tag(t)) {
                    let d = Diagnostic::error("yaml-tag", format!("unknown tag `{}{}`", tag.handle(), tag.suffix()));
                    self.errors.push(d.at(place.clone()).hint("quote a text that begins with `!`"));
                }
                let forced = tag.is_some_and(|t| t.is_yaml_core_schema_tag("str"));
                let plain = style == ScalarStyle::Plain && !forced;
                let value = if plain { plain_value(&text) } else { TreeValue::String(text.into_owned()) };
                self.note_anchor(anchor, &place);
                let node = TreeNode::new(value, place);
                if plain {
                    let key = matches!(self.open.last(), Some(Open::Map { key: None, .. }));
                    self.warnings.extend(if key { key_in_quotes(&node) } else { leading_zeros(&node) });
                }
                self.close(node, anchor);
            }
            Event::SequenceStart(_, anchor, _) => {
                self.note_anchor(anchor, &place);
                self.open.push(Open::List { items: Vec::new(), place, anchor });
            }
            Event::MappingStart(_, anchor, _) => {
                self.note_anchor(anchor, &place);
                self.open.push(Open::Map { map: Map::new(), key: None, merges: Vec::new(), place, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { items, place, anchor }) => {
                    self.close(TreeNode::new(TreeValue::List(items), place), anchor)
                }
                Some(Open::Map { map, merges, place, anchor, .. }) => {
                    let map = self.merge(map, merges);
                    self.close(TreeNode::new(TreeValue::Map(map), place), anchor);
                }
                None => {}
            },
            Event::Alias(id) => match self.anchors.get(&id) {
                Some((node, weight)) => {
                    self.repeated += weight;
                    let node = node.clone();
                    self.hand_on(node, true);
                }
                None => {
                    self.errors.push(Diagnostic::error("yaml-alias", "this alias is inside its own anchor").at(place))
                }
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                self.second.get_or_insert(place);
            }
            _ => {}
        }
    }

    fn note_anchor(&mut self, anchor: usize, place: &Span) {
        if anchor > 0 {
            self.anchored.push(place.span.start);
        }
    }

    /// Hands a finished value to the collection around it.
    fn close(&mut self, node: TreeNode, anchor: usize) {
        if anchor > 0 {
            let weight = node.weight();
            // the copy kept for aliases counts too: anchors can stand in each other
            self.repeated += weight;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        self.hand_on(node, false);
    }

    /// Puts a value where it belongs, written there or by an alias.
    fn hand_on(&mut self, node: TreeNode, alias: bool) {
        match self.open.last_mut() {
            None => match &self.second {
                None => self.root = Some(node),
                // a line of `---` at the end begins a document that stays empty
                Some(_) if node.is_null() => {}
                Some(place) => self.errors.push(
                    Diagnostic::error("yaml-documents", "found a second YAML document in one file")
                        .at(place.clone())
                        .hint("keep one document a file and name the files under `include`"),
                ),
            },
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { map, key: slot, merges, .. }) => match slot.take() {
                None => *slot = Some(node),
                Some(key) if is_merge(&key) => {
                    if !merges.is_empty() {
                        let d = Diagnostic::error("duplicate-key", "the merge key `<<` is set twice").at(key.place);
                        self.errors.push(d.hint("give it a list: `<<: [*a, *b]`"));
                    }
                    if !alias && node.as_map().is_some() {
                        let message = "expected an alias or a list for `<<`, found a map";
                        let d = Diagnostic::error("yaml-merge", message).at(node.place.clone());
                        self.errors.push(d.hint("write its keys without `<<`, as keys of the map itself"));
                    }
                    merges.push(node);
                }
                Some(key) => match key_text(&key) {
                    None => self.errors.push(
                        Diagnostic::error("yaml-key", format!("{} cannot be a key", key.form())).at(key.place.clone()),
                    ),
                    Some(name) => match map.get(&name) {
                        Some(first) => self.errors.push(
                            Diagnostic::error("duplicate-key", format!("key `{name}` is set twice"))
                                .label(key.place, "set again")
                                .label(first.key.clone(), "first set here"),
                        ),
                        None => {
                            map.insert(name, TreeEntry { key: key.place, value: node });
                        }
                    },
                },
            },
        }
    }

    /// Adds the entries of `<<`: what the map itself sets wins, then the first of several maps.
    fn merge(&mut self, mut map: Map, merges: Vec<TreeNode>) -> Map {
        let own: HashSet<String> = map.keys().cloned().collect();
        for node in merges {
            let place = node.place.clone();
            let parts = match node.value {
                TreeValue::List(items) => items,
                _ => vec![node],
            };
            for part in parts {
                let TreeValue::Map(entries) = part.value else {
                    let text = "expected a map or a list of maps for `<<`";
                    self.errors.push(Diagnostic::error("yaml-merge", text).at(place.clone()));
                    continue;
                };
                for (key, entry) in entries {
                    if let Some(first) =
                        map.get(&key).filter(|first| !own.contains(&key) && first.value.value != entry.value.value)
                    {
                        self.warnings.push(
                            Diagnostic::warning(
                                "yaml-merge",
                                format!("several maps under `<<` set `{key}`; the first counts"),
                            )
                            .label(first.key.clone(), "this one counts")
                            .label(entry.key.clone(), "the official CLI takes this one"),
                        );
                    }
                    map.entry(key).or_insert(entry);
                }
            }
        }
        map
    }
}

/// A key without quotes that the official CLI does not take for a text.
fn key_in_quotes(key: &TreeNode) -> Option<Diagnostic> {
    let written = key_text(key).filter(|text| !text.is_empty())?;
    (key.as_str().is_none() || leading_zeros(key).is_some()).then(|| {
        Diagnostic::warning("yaml-key", format!("the official CLI takes the key `{written}` only in quotes"))
            .at(key.place.clone())
            .hint(format!("write `'{written}'`"))
    })
}

/// A text of digits that begins with zeros.
fn leading_zeros(node: &TreeNode) -> Option<Diagnostic> {
    let text = node.as_str()?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let zeros = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    zeros.then(|| {
        let message = format!("`{text}` is a text, but a number without its zeros for the official CLI");
        Diagnostic::warning("leading-zeros", message)
            .at(node.place.clone())
            .hint(format!("write `'{text}'` for a text, and a number without the zeros"))
    })
}

/// Whether a tag says something of its value that the dialect has no type for.
fn unknown_tag(tag: &Tag) -> bool {
    const KNOWN: [&str; 7] = ["str", "int", "float", "bool", "null", "timestamp", "binary"];
    let bare = tag.handle().is_empty() || tag.suffix().is_empty();
    !bare && !KNOWN.iter().any(|known| tag.is_yaml_core_schema_tag(known))
}

/// `<<` as a key; a quoted one counts too, for nobody names a setting so.
fn is_merge(key: &TreeNode) -> bool {
    key.as_str() == Some("<<")
}

fn key_text(key: &TreeNode) -> Option<String> {
    match &key.value {
        TreeValue::String(s) => Some(s.clone()),
        TreeValue::List(_) | TreeValue::Map(_) => None,
        _ => Some(key.place.source.text[key.place.span.clone()].to_owned()),
    }
}

/// The value of an unquoted scalar: the YAML 1.2 core schema, and whole numbers in binary or with `_` between digits, as
/// the official CLI reads them. Numbers with leading zeros stay texts (they are identifiers in practice).
pub(super) fn plain_value(text: &str) -> TreeValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return TreeValue::Null,
        "true" | "True" | "TRUE" => return TreeValue::Bool(true),
        "false" | "False" | "FALSE" => return TreeValue::Bool(false),
        ".inf" | ".Inf" | ".INF" | "-.inf" | ".nan" | ".NaN" | ".NAN" => return TreeValue::String(text.to_owned()),
        _ => {}
    }
    number(text).unwrap_or_else(|| TreeValue::String(text.to_owned()))
}

fn number(text: &str) -> Option<TreeValue> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, base) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            // one `_` may also stand between the base and the first digit
            let rest = joined(rest.strip_prefix('_').unwrap_or(rest))?;
            return i64::from_str_radix(&format!("{sign}{rest}"), base).ok().map(TreeValue::Int);
        }
    }
    if digits.contains('_') {
        let whole = joined(digits).filter(|d| d.bytes().all(|b| b.is_ascii_digit()) && !d.starts_with('0'))?;
        return format!("{sign}{whole}").parse().ok().map(TreeValue::Int);
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    if digits.is_empty() || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        // past 64 bits it is an identifier, not a count
        let int: i64 = text.parse().ok()?;
        let same = text.starts_with('+') || int.to_string() == text;
        return Some(if same { TreeValue::Int(int) } else { as_written(int as f64, text.to_owned()) });
    }
    let value = text.parse::<f64>().ok().filter(|f| f.is_finite())?;
    // `3.10` is a version as often as a number; other spellings are of a number
    let plain =
        digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.contains(['e', 'E']) && !text.starts_with('+');
    Some(as_written(value, if plain { text.to_owned() } else { decimal(value) }))
}

/// Digits without the `_` between them; none if one is elsewhere, or if there is a sign.
fn joined(digits: &str) -> Option<String> {
    let between = digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    between.then(|| digits.replace('_', ""))
}

/// A number in decimal, without an exponent: the fewest digits that tell it.
fn decimal(value: f64) -> String {
    format!("{value}")
}

fn as_written(value: f64, text: String) -> TreeValue {
    TreeValue::Number(Number { value, text })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use piq_diagnostics::Source;

    fn json(text: &str) -> String {
        parse(&Source::new("a.yml", text)).expect("valid").root.to_json().to_string()
    }

    fn error(text: &str) -> (&'static str, (usize, usize)) {
        let e = parse(&Source::new("a.yml", text)).expect_err("invalid");
        (e.0[0].code, e.0[0].labels[0].place.line_column())
    }

    #[test]
    fn scalars_take_the_types_people_expect() {
        assert_eq!(json("[1, -2, 0x1f, 1.5, 1e3]"), "[1,-2,31,1.5,1000]");
        assert_eq!(json("[y, no, on, 017, 0, 1.2.3]"), r#"["y","no","on","017",0,"1.2.3"]"#);
        assert_eq!(
            json("[true, False, ~, null, '1', \"true\", 2024-01-01]"),
            r#"[true,false,null,null,"1","true","2024-01-01"]"#
        );
        assert_eq!(json("a:\nb: !!str 5\n123: x\n"), r#"{"a":null,"b":"5","123":"x"}"#);
        assert_eq!(json(""), "{}");
    }

    #[test]
    fn whole_numbers_may_have_a_base_or_underscores_between_digits() {
        assert_eq!(
            json("[300_000, 3_600, -1_0, +1_0, 0x1F, 0X_1f, 0o17, 0b1, 0b1_1, -0x10]"),
            "[300000,3600,-10,10,31,31,15,1,3,-16]"
        );
        let texts = "[\"_1\",\"1_\",\"1__0\",\"0_1\",\"1_a\",\"0x\",\"0xg\",\"0b2\",\"0x-1\",\"1_0.5\",\"-_1\"]";
        assert_eq!(json("[_1, 1_, 1__0, 0_1, 1_a, 0x, 0xg, 0b2, 0x-1, 1_0.5, -_1]"), texts);
        assert_eq!(json("['1_000', \"0b1\"]"), r#"["1_000","0b1"]"#);
    }

    #[test]
    fn the_text_of_a_number_is_decimal() {
        let text = |text: &str| {
            let root = parse(&Source::new("a.yml", format!("a: {text}"))).expect("valid").root;
            root.get("a").and_then(crate::TreeNode::scalar_text).expect("a scalar")
        };
        for (written, shown) in [
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("-2e2", "-200"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("+5", "5"),
            ("+1.50", "1.5"),
            ("1_000", "1000"),
            ("0x10", "16"),
            ("3.10", "3.10"),
            ("-1.0", "-1.0"),
            ("-0", "-0"),
            ("010", "010"),
            ("'1e3'", "1e3"),
        ] {
            assert_eq!(text(written), shown, "{written}");
        }
    }

    #[test]
    fn a_document_marker_at_the_end_begins_nothing() {
        for text in ["a: 1\n---\n", "a: 1\n---", "a: 1\n---\n# done\n", "---\na: 1\n...\n---\n"] {
            assert_eq!(json(text), r#"{"a":1}"#, "{text}");
        }
        assert_eq!(error("a: 1\n---\n---\nb: 2\n"), ("yaml-documents", (2, 1)));
        assert_eq!(error("---\n---\nb: 2\n").0, "yaml-documents");
    }

    #[test]
    fn a_merged_map_is_named_by_an_alias() {
        assert_eq!(error("a: {<<: {x: 1}, y: 2}\n"), ("yaml-merge", (1, 9)));
        assert_eq!(json("a: {<<: [{x: 1}], y: 2}\n"), r#"{"a":{"y":2,"x":1}}"#);
    }

    #[test]
    fn values_that_the_official_cli_reads_otherwise_are_warnings() {
        let warned = |text: &str| -> Vec<(&'static str, (usize, usize))> {
            let found = parse(&Source::new("a.yml", text)).expect("valid").warnings;
            found.iter().map(|d| (d.code, d.labels[0].place.line_column())).collect()
        };
        assert_eq!(
            warned("a: {2024: x, true: y, 1.5: z, null: n, 007: b}\n"),
            [5, 14, 23, 31, 40].map(|column| ("yaml-key", (1, column)))
        );
        assert_eq!(warned("a: {'2024': x, \"true\": y, on: z, '007': b}\n"), []);
        assert_eq!(warned("a: [010, '010', !!str 010, 0, 0x10, 0.5, 01-02]\n"), [("leading-zeros", (1, 5))]);
    }

    #[test]
    fn an_unknown_tag_of_a_scalar_is_refused() {
        assert_eq!(error("a: !secret b\n").0, "yaml-tag");
        assert_eq!(error("a: !!set b\n").0, "yaml-tag");
        assert_eq!(json("{b: !!str 5, c: !!int 5, d: '!x'}"), r#"{"b":"5","c":5,"d":"!x"}"#);
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        assert_eq!(
            json("base: &b {x: 1, y: 2}\none:\n  <<: *b\n  y: 3\ntwo: *b\n"),
            r#"{"base":{"x":1,"y":2},"one":{"y":3,"x":1},"two":{"x":1,"y":2}}"#
        );
        assert!(json("a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]\n").contains(r#""c":{"x":1,"z":3}"#));
    }

    #[test]
    fn two_merged_maps_with_one_key_are_a_warning() {
        let warnings = |text: &str| parse(&Source::new("a.yml", text)).expect("valid").warnings.len();
        assert_eq!(warnings("a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}\n"), 1);
        assert_eq!(warnings("a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b], x: 3}\n"), 0);
        assert_eq!(warnings("a: &a {x: 1}\nb: &b {x: 1, y: 2}\nc: {<<: [*a, *b]}\n"), 0);
    }

    #[test]
    fn every_value_and_key_has_its_place() {
        let doc = parse(&Source::new("a.yml", "é: 1\nb:\n  - key: 'v'\n")).expect("valid");
        let item = doc.root.get("b.0").expect("item");
        let entry = item.entry("key").expect("key");
        assert_eq!(entry.key.line_column(), (3, 5));
        assert_eq!(entry.value.place.line_column(), (3, 10));
        assert_eq!(entry.value.place.end_line_column(), (3, 13));
    }

    #[test]
    fn faults_have_places() {
        assert_eq!(error("a: 1\nb: 2\na: 3\n"), ("duplicate-key", (3, 1)));
        assert_eq!(error("a: [1\nb: }\n").0, "yaml-syntax");
        assert_eq!(error("a: *nope\n"), ("yaml-syntax", (1, 4)));
        assert_eq!(error("a: 1\n---\nb: 2\n").0, "yaml-documents");
        assert_eq!(error("? [x]\n: 1\n"), ("yaml-key", (1, 3)));
        assert_eq!(error("<<: 5\n"), ("yaml-merge", (1, 5)));
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..9 {
            let refs = vec![format!("*a{}", i - 1); 10].join(",");
            text += &format!("a{i}: &a{i} [{refs}]\n");
        }
        assert_eq!(error(&text).0, "yaml-too-large");
        // a long text repeated is as large as many values, and so are anchors within each other
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(","));
        assert_eq!(error(&long).0, "yaml-too-large");
        let nested: String =
            (0..150).map(|i| format!("&n{i} [")).collect::<String>() + &"x,".repeat(50_000) + &"]".repeat(150);
        assert_eq!(error(&nested).0, "yaml-too-large");
        assert_eq!(error(&format!("{}x", "- ".repeat(300))).0, "yaml-too-deep");
        assert_eq!(error(&"[".repeat(100_000)).0, "yaml-syntax", "the parser has a limit of its own there");
        assert!(parse(&Source::new("a.yml", format!("a: &a [{}]\nb: *a\n", "x,".repeat(20_000)))).is_ok());
    }
}
