//! The value tree of a bundle: every value and every key knows where it was written.

use indexmap::IndexMap;
use serde_json::json;

use piq_diagnostics::Span;

/// A value with its file and line.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeNode {
    /// The value.
    pub value: TreeValue,
    /// Where it was written.
    pub place: Span,
}

/// The forms a value takes.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeValue {
    /// Nothing: `key:`, `~`, `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, with its text: `3.10`, `0.5`.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    List(Vec<TreeNode>),
    /// A map, in the order it was written.
    Map(Map),
}

/// A number with its text: a plain decimal as it was written, for a text field keeps `3.10`, and others in decimal, as the
/// official CLI writes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The number.
    pub value: f64,
    /// What it is in a text.
    pub text: String,
}

impl Number {
    /// The whole number, where the value is one that 64 bits tell exactly.
    pub(crate) fn whole_number(&self) -> Option<i64> {
        (self.value.fract() == 0.0 && self.value.abs() < 9e15).then(|| format!("{:.0}", self.value).parse().ok())?
    }
}

/// The entries of a map.
pub type Map = IndexMap<String, TreeEntry>;

/// A value in a map, with the place of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeEntry {
    /// Where the key was written.
    pub key: Span,
    /// The value.
    pub value: TreeNode,
}

impl TreeNode {
    /// A node.
    pub fn new(value: TreeValue, place: Span) -> Self {
        Self { value, place }
    }

    /// A text at a place.
    pub fn string(text: impl Into<String>, place: Span) -> Self {
        Self::new(TreeValue::String(text.into()), place)
    }

    /// An empty map at a place.
    pub fn map(place: Span) -> Self {
        Self::new(TreeValue::Map(Map::new()), place)
    }

    /// A JSON value whose every part stands at one place.
    pub fn from_json(json: &serde_json::Value, place: &Span) -> Self {
        let value = match json {
            serde_json::Value::Null => TreeValue::Null,
            serde_json::Value::Bool(b) => TreeValue::Bool(*b),
            serde_json::Value::Number(n) => {
                let number = || Number { value: n.as_f64().unwrap_or(f64::NAN), text: n.to_string() };
                n.as_i64().map_or_else(|| TreeValue::Number(number()), TreeValue::Int)
            }
            serde_json::Value::String(s) => TreeValue::String(s.clone()),
            serde_json::Value::Array(items) => {
                TreeValue::List(items.iter().map(|i| Self::from_json(i, place)).collect())
            }
            serde_json::Value::Object(map) => TreeValue::Map(
                map.iter()
                    .map(|(k, v)| (k.clone(), TreeEntry { key: place.clone(), value: Self::from_json(v, place) }))
                    .collect(),
            ),
        };
        Self::new(value, place.clone())
    }

    /// The value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            TreeValue::Null => serde_json::Value::Null,
            TreeValue::Bool(b) => json!(b),
            TreeValue::Int(i) => json!(i),
            TreeValue::Number(n) => n
                .whole_number()
                .filter(|_| !n.text.contains(['.', 'e', 'E']))
                .map_or_else(|| json!(n.value), |i| json!(i)),
            TreeValue::String(s) => json!(s),
            TreeValue::List(items) => items.iter().map(TreeNode::to_json).collect(),
            TreeValue::Map(map) => {
                serde_json::Value::Object(map.iter().map(|(k, e)| (k.clone(), e.value.to_json())).collect())
            }
        }
    }

    /// Where the value was written.
    pub fn span(&self) -> &Span {
        &self.place
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            TreeValue::String(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            TreeValue::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.value {
            TreeValue::Int(i) => Some(*i),
            TreeValue::Number(n) => n.whole_number(),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            TreeValue::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            TreeValue::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[TreeNode]> {
        match &self.value {
            TreeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<TreeNode>> {
        match &mut self.value {
            TreeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// Whether nothing is written there.
    pub fn is_null(&self) -> bool {
        self.value == TreeValue::Null
    }

    /// The entry of one key, which may hold dots.
    pub fn entry(&self, key: &str) -> Option<&TreeEntry> {
        self.as_map()?.get(key)
    }

    /// The value at a path such as `schedule.pause_status` or `tasks.0.task_key`.
    pub fn get(&self, path: &str) -> Option<&TreeNode> {
        path.split('.').try_fold(self, |node, step| match &node.value {
            TreeValue::Map(map) => map.get(step).map(|e| &e.value),
            TreeValue::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text at a path.
    pub fn str_at(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// What a scalar is in a text; nothing for lists and maps.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match &self.value {
            TreeValue::String(s) => Some(s.clone()),
            TreeValue::Int(i) => Some(i.to_string()),
            TreeValue::Number(n) => Some(n.text.clone()),
            TreeValue::Bool(b) => Some(b.to_string()),
            TreeValue::Null => Some(String::new()),
            TreeValue::List(_) | TreeValue::Map(_) => None,
        }
    }

    /// Sets one key of a map; a node that is not a map becomes one.
    pub fn set(&mut self, key: &str, value: TreeNode) {
        if self.as_map().is_none() {
            self.value = TreeValue::Map(Map::new());
        }
        let place = value.place.clone();
        if let Some(map) = self.as_map_mut() {
            match map.get_mut(key) {
                Some(entry) => entry.value = value,
                None => {
                    map.insert(key.to_owned(), TreeEntry { key: place, value });
                }
            }
        }
    }

    /// About how many bytes of memory the value takes.
    pub(super) fn weight(&self) -> usize {
        let inside: usize = match &self.value {
            TreeValue::String(text) => text.len(),
            TreeValue::List(items) => items.iter().map(TreeNode::weight).sum(),
            TreeValue::Map(map) => map.iter().map(|(key, e)| key.len() + e.value.weight()).sum(),
            _ => 0,
        };
        inside + std::mem::size_of::<TreeEntry>()
    }

    /// What a person calls this form of value.
    pub fn form(&self) -> &'static str {
        match self.value {
            TreeValue::Null => "nothing",
            TreeValue::Bool(_) => "true or false",
            TreeValue::Int(_) | TreeValue::Number(_) => "a number",
            TreeValue::String(_) => "a text",
            TreeValue::List(_) => "a list",
            TreeValue::Map(_) => "a map",
        }
    }

    /// The place of a part of a text value: where that part stands in the file, quotes and escapes allowed for.
    pub fn place_of(&self, range: std::ops::Range<usize>) -> Span {
        self.places_of(std::iter::once(range)).next().unwrap_or_else(|| self.place.clone())
    }

    /// The places of parts of a text value that follow each other.
    pub(super) fn places_of(&self, ranges: impl Iterator<Item = std::ops::Range<usize>>) -> impl Iterator<Item = Span> {
        let text = self.as_str().unwrap_or_default();
        let raw = &self.place.source.text[self.place.span.clone()];
        // up to where both have been looked at
        let (mut in_text, mut in_raw) = (0, 0);
        ranges.map(move |range| {
            let parts = text.get(range.clone()).zip(text.get(in_text..range.start));
            let Some((part, before)) = parts.filter(|(part, _)| !part.is_empty()) else { return self.place.clone() };
            match raw[in_raw..].match_indices(part).nth(before.matches(part).count()) {
                Some((at, _)) => {
                    let start = in_raw + at;
                    (in_text, in_raw) = (range.end, start + part.len());
                    let start = self.place.span.start + start;
                    Span::new(&self.place.source, start..start + part.len())
                }
                None => self.place.clone(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::TreeNode;
    use piq_diagnostics::Source;

    fn node(text: &str) -> TreeNode {
        parse(&Source::new("a.yml", text)).expect("valid").root
    }

    #[test]
    fn a_path_walks_maps_and_lists() {
        let n = node("a:\n  - b: x\n  - b: y\n");
        assert_eq!(n.str_at("a.1.b"), Some("y"));
        assert!(n.get("a.2").is_none());
        assert!(n.get("a.x").is_none());
    }

    #[test]
    fn json_and_back_keeps_values_and_order() {
        let n = node("z: 1\na: [true, null, 1.5, x]\n");
        let json = n.to_json();
        assert_eq!(json.to_string(), r#"{"z":1,"a":[true,null,1.5,"x"]}"#);
        assert_eq!(TreeNode::from_json(&json, n.span()).to_json(), json);
    }

    #[test]
    fn a_part_of_a_quoted_text_has_its_own_place() {
        let n = node("a: \"x\\ty ${q} ${q}\"\n");
        let a = n.get("a").expect("a");
        let at = a.as_str().and_then(|s| s.rfind("${q}")).expect("there");
        assert_eq!(a.place_of(at..at + 4).line_column(), (1, 15));
    }

    #[test]
    fn parts_of_a_text_are_found_one_after_the_other() {
        let n = node("a: |\n  ${q} $${q}\n  ${r} ${q}\n");
        let a = n.get("a").expect("a");
        let text = a.as_str().expect("a text");
        let ranges = [0..4, text.find("${r}").map(|i| i..i + 4).expect("there"), text.len() - 5..text.len() - 1];
        let places: Vec<_> = a.places_of(ranges.into_iter()).map(|p| p.line_column()).collect();
        assert_eq!(places, [(2, 3), (3, 3), (3, 8)]);
    }

    #[test]
    fn setting_replaces_or_adds() {
        let mut n = node("a: 1\n");
        let b = TreeNode::string("b", n.span().clone());
        n.set("a", b.clone());
        n.set("c", b);
        assert_eq!(n.to_json().to_string(), r#"{"a":"b","c":"b"}"#);
    }
}
