//! Names of columns.

/// A name in lower case of letters, digits and `_`, as SQL reads it without quotes: `Close Date (UTC)` is
/// `close_date_utc`.
pub(crate) fn clean_name(header: &str) -> String {
    let mut name = String::new();
    let mut lower_before = false;
    for c in header.trim().chars() {
        if c.is_ascii_alphanumeric() {
            // `CloseDate` has two words
            if c.is_ascii_uppercase() && lower_before {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("c_{name}") } else { name.to_owned() }
}

/// The names of all columns: cleaned, or as the file has them. One without a name is `column_N`, counted from 1.
///
/// # Errors
/// Two columns of one name, in any letter case.
pub fn column_names(headers: &[String], keep: bool) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let name = if keep { header.trim().to_owned() } else { clean_name(header) };
        let name = if name.is_empty() { format!("column_{}", at + 1) } else { name };
        if let Some(other) = names.iter().position(|n| n.eq_ignore_ascii_case(&name)) {
            return Err(format!("the columns `{}` and `{header}` are both named `{name}`", headers[other]));
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{clean_name, column_names};

    #[test]
    fn names_are_cleaned_for_sql() {
        for (header, expected) in [
            ("Close Date (UTC)", "close_date_utc"),
            ("usecase_id", "usecase_id"),
            ("CloseDate__c", "close_date_c"),
            ("ARR", "arr"),
            ("2026 plan", "c_2026_plan"),
            (" % ", ""),
            ("Größe", "gr_e"),
        ] {
            assert_eq!(clean_name(header), expected);
        }
        let headers = |list: &[&str]| list.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>();
        assert_eq!(column_names(&headers(&["A b", "", "c"]), false).expect("names"), ["a_b", "column_2", "c"]);
        assert_eq!(column_names(&headers(&["A b"]), true).expect("names"), ["A b"]);
        assert!(column_names(&headers(&["A b", "a-b"]), false).is_err_and(|e| e.contains("`A b` and `a-b`")));
    }
}
