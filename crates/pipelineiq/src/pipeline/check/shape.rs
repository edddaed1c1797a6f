//! What a value is made of, as far as the SQL tells: fields of structs, elements of arrays.

use std::collections::BTreeMap;

use piq_sql::{Token, TokenKind, tokens};

/// The shape of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not known, or of one part.
    #[default]
    Any,
    /// A struct: its fields by their names in lower case.
    Struct(BTreeMap<String, Shape>),
    /// An array of values of one shape.
    Array(Box<Shape>),
}

impl Shape {
    /// The shape that a type describes, such as `ARRAY<STRUCT<name: STRING>>`.
    pub(super) fn of_type(text: &str) -> Self {
        let all = tokens(text);
        read(&all, 0).filter(|(_, end)| *end == all.len()).map(|(shape, _)| shape).unwrap_or_default()
    }

    /// The shape that a schema describes: a type, or a list of fields.
    pub(super) fn of_schema(text: &str) -> Self {
        let whole = Self::of_type(text);
        if whole != Self::Any || tokens(text).len() < 2 {
            return whole;
        }
        Self::of_type(&format!("STRUCT<{text}>"))
    }

    pub(super) fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// The shape of the elements.
    pub(super) fn element(self) -> Self {
        match self {
            Self::Array(element) => *element,
            _ => Self::Any,
        }
    }

    /// The fields, also those of the structs in an array.
    pub(super) fn fields(&self) -> Option<&BTreeMap<String, Shape>> {
        match self {
            Self::Struct(fields) => Some(fields),
            Self::Array(element) => match element.as_ref() {
                Self::Struct(fields) => Some(fields),
                _ => None,
            },
            Self::Any => None,
        }
    }

    /// The shape of a field; of an array of structs, the array of that field.
    pub(super) fn field(&self, name: &str) -> Self {
        let found = self.fields().and_then(|fields| fields.get(&name.to_lowercase())).cloned();
        match (self, found) {
            (Self::Array(_), Some(shape)) => shape.array(),
            (_, found) => found.unwrap_or_default(),
        }
    }
}

/// The type at `at` and its end.
fn read(all: &[Token<'_>], at: usize) -> Option<(Shape, usize)> {
    let token = all.get(at).filter(|t| t.kind == TokenKind::Word)?;
    let is = |at: usize, symbol: &str| all.get(at).is_some_and(|t| t.is(symbol));
    if token.is_word("array") && is(at + 1, "<") {
        let (element, end) = read(all, at + 2)?;
        return is(end, ">").then(|| (element.array(), end + 1));
    }
    if token.is_word("map") && is(at + 1, "<") {
        let (_, end) = read(all, at + 2)?;
        let (_, end) = read(all, Some(end).filter(|end| is(*end, ","))? + 1)?;
        return is(end, ">").then_some((Shape::Any, end + 1));
    }
    if token.is_word("struct") && is(at + 1, "<") {
        let mut fields = BTreeMap::new();
        let mut at = at + 2;
        while !is(at, ">") {
            let name = all.get(at).filter(|t| t.is_name())?.content().to_lowercase();
            let (shape, end) = read(all, at + 1 + usize::from(is(at + 1, ":")))?;
            fields.insert(name, shape);
            at = end + if all.get(end).is_some_and(|t| t.is_word("not")) { 2 } else { 0 };
            at += if all.get(at).is_some_and(|t| t.is_word("comment")) { 2 } else { 0 };
            if is(at, ",") {
                at += 1;
            } else if !is(at, ">") {
                return None;
            }
        }
        return Some((Shape::Struct(fields), at + 1));
    }
    let mut end = at + 1;
    if is(end, "(") {
        end += all[end..].iter().position(|t| t.is(")"))? + 1;
    }
    Some((Shape::Any, end))
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn types_have_shapes() {
        let shape = Shape::of_type("ARRAY<STRUCT<a: STRING, B: ARRAY<STRUCT<c DECIMAL(9, 1) COMMENT 'x'>>>>");
        let names: Vec<_> = shape.fields().map(|f| f.keys().cloned().collect()).unwrap_or_default();
        assert_eq!(names, ["a", "b"]);
        assert!(shape.clone().element().field("b").fields().is_some_and(|f| f.contains_key("c")));
        assert_eq!(Shape::of_type("STRUCT<a"), Shape::Any);
        assert_eq!(Shape::of_type("MAP<STRING, INT>"), Shape::Any);
        assert!(Shape::of_schema("a INT, b STRING").fields().is_some_and(|f| f.len() == 2));
        assert_eq!(Shape::of_schema("INT"), Shape::Any);
    }
}
