//! Texts that rules compare with a column whose values are listed: a text that is a slip of one of them never holds.

use std::collections::{BTreeMap, BTreeSet};

use piq_diagnostics::Diagnostic;
use piq_sql::{Token, TokenKind, tokens};

use super::cells::nearest;
use super::{Checked, placed};

impl Checked<'_> {
    /// Such texts in the conditions of reference tables.
    pub(super) fn literals(&self) -> Vec<Diagnostic> {
        let mut listed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        if let Some(stages) = self.reference.get("ref_stage") {
            let codes = stages.rows.iter().filter_map(|row| row.get("code")).map(String::as_str);
            listed.insert("stage_code".to_owned(), codes.collect());
        }
        for (name, column) in self.enrichments.iter().flat_map(|e| &e.columns).filter(|(_, c)| c.allowed.is_some()) {
            listed.insert(name.to_lowercase(), column.allowed_values.iter().map(String::as_str).collect());
        }
        let mut found = Vec::new();
        for table in self.reference.values().filter(|table| table.columns.contains_key("condition")) {
            for (i, row) in table.rows.iter().enumerate() {
                let Some(sql) = row.get("condition") else { continue };
                for (name, literal) in compared(&tokens(sql)) {
                    let value = literal.content();
                    let Some(known) = listed.get(&name).filter(|known| !known.contains(value.as_str())) else {
                        continue;
                    };
                    // what nobody lists may still be a value, such as one of `on_empty`
                    let Some(near) = nearest(&value, known.iter().copied()) else { continue };
                    let message = format!("`{value}` is not a value of the column `{name}`");
                    let d = Diagnostic::error("unknown-value", message).hint(format!("did you mean `{near}`?"));
                    found.push(placed(d, table.place_within(i, "condition", &literal.span)));
                }
            }
        }
        found
    }
}

/// Columns, in lower case, and each text that they are compared with by `=`, `<>`, `!=` or `IN`.
fn compared<'t>(all: &'t [Token<'t>]) -> Vec<(String, &'t Token<'t>)> {
    let mut found = Vec::new();
    for (i, column) in all.iter().enumerate().filter(|(_, token)| token.is_name() && !token.is_word("not")) {
        let name = column.content().to_lowercase();
        let rest = all.get(i + 1..).unwrap_or_default();
        let signs = rest.iter().take_while(|token| ["=", "<", ">", "!"].contains(&token.raw)).count();
        let signs_said: String = rest.iter().take(signs).map(|token| token.raw).collect();
        if ["=", "==", "<>", "!="].contains(&signs_said.as_str()) {
            found.extend(rest.get(signs).filter(|t| t.kind == TokenKind::String).map(|t| (name, t)));
            continue;
        }
        let not = usize::from(rest.first().is_some_and(|token| token.is_word("not")));
        let is_list = rest.get(not).is_some_and(|t| t.is_word("in")) && rest.get(not + 1).is_some_and(|t| t.raw == "(");
        let list = rest.iter().skip(not + 2).take_while(|token| token.kind == TokenKind::String || token.raw == ",");
        let texts = list.filter(|token| is_list && token.kind == TokenKind::String);
        found.extend(texts.map(|token| (name.clone(), token)));
    }
    found
}

#[cfg(test)]
mod tests {
    use piq_sql::tokens;

    use super::compared;

    #[test]
    fn comparisons_with_texts_are_found() {
        let sql = "a = 'x' AND b NOT IN ('y', 'z') OR t.`C` <> 'v' AND d >= 'w' AND coalesce(e, '') = '' AND f IN (SELECT 'q')";
        let all = tokens(sql);
        let found: Vec<String> = compared(&all).into_iter().map(|(n, t)| format!("{n} {}", t.content())).collect();
        assert_eq!(found, ["a x", "b y", "b z", "c v"]);
    }
}
