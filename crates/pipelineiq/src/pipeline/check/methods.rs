//! `stage.lower()`: the way of Python, which SQL reads as a function `lower` in a schema `stage`.

use piq_sql::{Token, TokenKind};

use super::names::{NameFault, Readable};

/// The calls behind the dot of a column.
pub(super) fn method_faults(all: &[Token<'_>], readable: &Readable) -> Vec<NameFault> {
    let is = |at: usize, symbol: &str| all.get(at).is_some_and(|t| t.is(symbol));
    let is_column = |name: &str| {
        let name = name.to_lowercase();
        let known = readable.columns.contains(&name) || readable.relations.values().any(|c| c.contains(&name));
        known && !readable.relations.contains_key(&name)
    };
    let is_method = |i: &usize| {
        let function = all.get(i + 2).is_some_and(|t| t.kind == TokenKind::Word);
        all[*i].is_name() && is(i + 1, ".") && function && is(i + 3, "(") && (*i == 0 || !is(i - 1, "."))
    };
    let fault = |i: usize| {
        let (column, function) = (all[i].content(), all[i + 2].content());
        let nothing_else = is(i + 4, ")");
        let call = if nothing_else { format!("{function}({column})") } else { format!("{function}({column}, …)") };
        NameFault {
            code: "sql-method",
            span: all[i].span.start..all[i + 2].span.end,
            name: format!("{column}.{function}"),
            message: format!("expected a function of a schema, found the column `{column}` before `.{function}(`"),
            hint: Some(format!("write {call}")),
        }
    };
    (0..all.len()).filter(|i| is_method(i) && is_column(&all[*i].content())).map(fault).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use piq_sql::tokens;

    use super::super::names::Readable;
    use super::method_faults;

    #[test]
    fn a_column_has_no_methods() {
        let readable = Readable { columns: BTreeSet::from(["stage".to_owned()]), ..Readable::default() };
        let hints = |sql: &str| -> Vec<Option<String>> {
            method_faults(&tokens(sql), &readable).into_iter().map(|f| f.hint).collect()
        };
        assert_eq!(hints("stage.lower() = 'u1'"), [Some("write lower(stage)".to_owned())]);
        assert_eq!(hints("Stage.replace('U', '') = '1'"), [Some("write replace(Stage, …)".to_owned())]);
        for good in ["lower(stage)", "main.stage.lower(x)", "tools.lower(stage)", "stage.field", "t.stage"] {
            assert_eq!(hints(good), [] as [Option<String>; 0], "{good}");
        }
    }
}
