//! A dataset that is a metric view of its own: `config` names a source, and dimensions and measures over it.

use piq_sql::{Token, TokenKind, is_blank_sql, sql_ident, tokens};

use super::json::{JsonKind, JsonValue};
use super::query::QueryText;

/// The alias by which expressions name the columns of the source.
pub const SOURCE: &str = "source";

/// How deep joins may hang on each other.
const DEPTH: usize = 8;

/// A metric view in the `config` of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricView {
    /// What follows FROM: the source as `source`, and its joins.
    pub from: String,
    /// A condition that always holds.
    pub filter: Option<String>,
    /// Names and expressions of what rows are grouped by, in the order of the file.
    pub dimensions: Vec<(String, String)>,
    /// Names and expressions over groups of rows.
    pub measures: Vec<(String, String)>,
}

impl MetricView {
    /// Reads a `config`; nothing if it names no source.
    pub fn read(config: JsonValue<'_>) -> Option<Self> {
        let source = source_of(config)?;
        let mut from = relation(&source.text, SOURCE);
        join(config, SOURCE, &mut from, 0);
        Some(Self {
            from,
            filter: config.get_string("filter").map(|f| f.trim().to_owned()).filter(|f| !f.is_empty()),
            dimensions: named(config, &["dimensions", "fields"]),
            measures: named(config, &["measures"]),
        })
    }

    /// The whole view as one query: every dimension and measure.
    pub fn sql(&self) -> String {
        let columns = self.dimensions.iter().chain(&self.measures);
        let list: Vec<String> = columns.map(|(name, sql)| format!("{sql} AS {}", sql_ident(name))).collect();
        let list = if list.is_empty() { "*".to_owned() } else { list.join(", ") };
        let filter = self.filter.as_ref().map(|f| format!(" WHERE {f}")).unwrap_or_default();
        // not every engine knows `GROUP BY ALL`
        let places: Vec<String> = (1..=self.dimensions.len()).map(|n| n.to_string()).collect();
        let is_grouped = !self.measures.is_empty() && !places.is_empty();
        let group = if is_grouped { format!(" GROUP BY {}", places.join(", ")) } else { String::new() };
        format!("SELECT {list} FROM {}{filter}{group}", self.from)
    }
}

/// The `source` of a config, unless it is missing or blank.
pub(crate) fn source_of(config: JsonValue<'_>) -> Option<QueryText> {
    let source = config.get("source").filter(|s| s.kind() == JsonKind::String)?;
    Some(QueryText::of_string(source)).filter(|text| !is_blank_sql(&text.text))
}

/// Whether a source is a query, not the name of a table.
pub(crate) fn is_query(all: &[Token<'_>]) -> bool {
    all.iter()
        .find(|t| !t.is("("))
        .is_some_and(|t| t.kind == TokenKind::Word && t.is_any(&["select", "with", "from", "values"]))
}

fn relation(text: &str, alias: &str) -> String {
    let all = tokens(text);
    if is_query(&all) {
        let end = all.iter().rev().find(|t| !t.is(";")).map_or(text.len(), |t| t.span.end);
        // on lines of its own: the query may end in a comment
        return format!("(\n{}\n) AS {}", &text[..end], sql_ident(alias));
    }
    format!("{} AS {}", text.trim().trim_end_matches(';').trim_end(), sql_ident(alias))
}

/// Adds the joins of a config, or of a join, each with the joins that hang on it.
fn join(of: JsonValue<'_>, parent: &str, from: &mut String, depth: usize) {
    if depth > DEPTH {
        return;
    }
    for one in of.get_items("joins") {
        let (Some(name), Some(source)) = (one.get_string("name"), source_of(one)) else { continue };
        let alias = sql_ident(&name);
        let condition = match (one.get_string("on"), one.get("using")) {
            (Some(on), _) => format!("ON {on}"),
            (None, Some(using)) => {
                let equal = using.items().filter_map(|c| c.string()).map(|column| {
                    let column = sql_ident(&column);
                    format!("{}.{column} = {alias}.{column}", sql_ident(parent))
                });
                format!("ON {}", equal.collect::<Vec<_>>().join(" AND "))
            }
            (None, None) => continue,
        };
        from.push_str(&format!("\nLEFT JOIN {} {condition}", relation(&source.text, &name)));
        join(one, &name, from, depth + 1);
    }
}

fn named(config: JsonValue<'_>, keys: &[&str]) -> Vec<(String, String)> {
    let all = keys.iter().flat_map(|key| config.get_items(key));
    let pair = |one: JsonValue<'_>| Some((one.get_string("name")?.into_owned(), one.get_string("expr")?.into_owned()));
    all.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::super::json::Document;
    use super::MetricView;

    fn read(config: &str) -> Option<MetricView> {
        MetricView::read(Document::parse(config).expect("JSON").root())
    }

    #[test]
    fn a_config_becomes_one_query() {
        let view = read(
            r#"{"version": 1.1, "source": "shop.orders", "filter": "amount > 0",
                "joins": [{"name": "store", "source": "SELECT * FROM shop.stores; -- all", "on": "source.store_id = store.id",
                  "joins": [{"name": "area", "source": "shop.areas", "using": ["area_id"]}]}],
                "dimensions": [{"name": "Store name", "expr": "store.name"}],
                "measures": [{"name": "total", "expr": "SUM(amount)"}, {"name": "no expression"}]}"#,
        )
        .expect("a view");
        assert_eq!(
            view.sql(),
            "SELECT store.name AS `Store name`, SUM(amount) AS `total` FROM shop.orders AS `source`\n\
             LEFT JOIN (\nSELECT * FROM shop.stores\n) AS `store` ON source.store_id = store.id\n\
             LEFT JOIN shop.areas AS `area` ON `store`.`area_id` = `area`.`area_id` WHERE amount > 0 GROUP BY 1"
        );
    }

    #[test]
    fn without_measures_or_dimensions_nothing_is_grouped() {
        let only = |list: &str| read(&format!(r#"{{"source": "a.b", {list}}}"#)).expect("a view").sql();
        assert_eq!(only(r#""dimensions": [{"name": "x", "expr": "x"}]"#), "SELECT x AS `x` FROM a.b AS `source`");
        assert_eq!(
            only(r#""measures": [{"name": "n", "expr": "COUNT(*)"}]"#),
            "SELECT COUNT(*) AS `n` FROM a.b AS `source`"
        );
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"source": " "}"#), None);
    }
}
