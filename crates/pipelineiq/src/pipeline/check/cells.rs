//! The fields of CSV files: blanks around them, their types, their keys and their values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use piq_diagnostics::{Diagnostic, Source, Span, closest, is_slip};

use super::Checked;
use super::known_tables::{DERIVED_COLUMNS, Kind, Known, SOURCE_COLUMNS, TABLES, Values};
use super::nearest::nearest;
use super::patterns::pattern_fault;
use crate::pipeline::config::{Config, item_place};
use crate::pipeline::placed::placed;
use crate::pipeline::reference::ReferenceTable;

/// At most this many faults of one rule are reported for a column.
const REPORTED: usize = 20;

/// Functions that engines have, one a line.
const FUNCTIONS: &str = include_str!("functions.txt");

type Row = IndexMap<String, String>;

/// The tables that templates read, checked before any of them is rendered: a wrong field makes other faults there.
pub(in crate::pipeline) struct Tables<'t> {
    pub files: &'t BTreeMap<String, Arc<Source>>,
    pub config: &'t Config,
    pub reference: &'t IndexMap<String, ReferenceTable>,
    pub source_columns: &'t ReferenceTable,
    pub derived_columns: &'t ReferenceTable,
}

impl Checked<'_> {
    /// Blanks around the values that columns are allowed to have, in tables of the project's own.
    pub(super) fn allowed_lists(&self) -> Vec<Diagnostic> {
        let columns = self.enrichments.iter().flat_map(|e| e.columns.values());
        let lists: BTreeSet<&str> = columns.filter_map(|column| column.allowed.as_deref()).collect();
        let lists = lists.into_iter().filter_map(|list| list.split_once('.'));
        // columns of the tables that piq knows are checked before
        let own = lists.filter(|(table, _)| TABLES.iter().all(|known| known.name != *table));
        own.filter_map(|(table, column)| Some(blanks(self.reference.get(table)?, column))).flatten().collect()
    }
}

impl Tables<'_> {
    /// Faults of single fields.
    pub(in crate::pipeline) fn faults(&self) -> Vec<Diagnostic> {
        let mut found = self.of_table(self.source_columns, &SOURCE_COLUMNS);
        found.extend(self.of_table(self.derived_columns, &DERIVED_COLUMNS));
        found.extend(self.derived_twice());
        for table in self.reference.values() {
            if let Some(known) = TABLES.iter().find(|known| known.name == table.name) {
                found.extend(self.of_table(table, known));
            }
        }
        found.extend(self.excluded_stages());
        // the other faults of such a field often come from its blanks
        found.sort_by_key(|d| d.code != "blank-around");
        found
    }

    fn of_table(&self, table: &ReferenceTable, known: &Known) -> Vec<Diagnostic> {
        let missing = missing_columns(table, known);
        if !missing.is_empty() {
            return missing;
        }
        let mut columns: BTreeSet<&str> = known.keys.iter().flat_map(|key| key.iter().copied()).collect();
        columns.extend(known.kinds.iter().map(|(column, _)| *column));
        columns.extend(known.values.iter().map(|(column, _)| *column));
        let mut found: Vec<Diagnostic> = columns.iter().flat_map(|column| blanks(table, column)).collect();
        found.extend(known.kinds.iter().flat_map(|(column, kind)| of_kind(table, column, *kind)));
        let single = known.keys.iter().filter(|key| key.len() == 1).filter_map(|key| key.first());
        let typed = |column: &str| known.kinds.iter().any(|(c, _)| *c == column);
        let filled: BTreeSet<&str> = known.filled.iter().chain(single).copied().filter(|c| !typed(c)).collect();
        found.extend(filled.into_iter().flat_map(|column| empty(table, column)));
        found.extend(known.listed.iter().flat_map(|column| commas(table, column)));
        let same_case = !std::ptr::eq(table, self.source_columns) && !std::ptr::eq(table, self.derived_columns);
        found.extend(known.keys.iter().flat_map(|key| repeated(table, key, same_case)));
        found.extend(known.values.iter().flat_map(|(column, values)| self.of_values(table, column, *values)));
        found
    }

    /// A column that is derived must not have the name of one of the source.
    fn derived_twice(&self) -> Vec<Diagnostic> {
        let source = super::column(self.source_columns, "column");
        faults(self.derived_columns, "column", |value| {
            source.contains(&value.to_lowercase()).then(|| {
                let message = format!("the column `{value}` is already one of sql/source_columns.csv");
                Diagnostic::error("duplicate-column", message).hint("give the derived column a name of its own")
            })
        })
    }

    fn of_values(&self, table: &ReferenceTable, column: &str, values: Values) -> Vec<Diagnostic> {
        let unknown = |value: &str, expected: &str, near: Option<&str>, hint: &str| {
            let message = format!("expected {expected} in the column `{column}` of {}, found `{value}`", table.name);
            let d = Diagnostic::error("unknown-value", message);
            d.hint(near.map_or_else(|| hint.to_owned(), |near| format!("did you mean `{near}`?")))
        };
        match values {
            Values::Of(other, of) => {
                let Some(known) = self.values_of(other, of) else { return Vec::new() };
                faults(table, column, |value| {
                    (!known.contains(value)).then(|| {
                        let near = nearest(value, known.iter().copied());
                        unknown(
                            value,
                            &format!("a `{of}` of {other}"),
                            near,
                            &format!("add it to {other}, or name one of its rows"),
                        )
                    })
                })
            }
            Values::AskedFor(words, shipped) => {
                let asked = self.asked_for(words);
                if asked.is_empty() {
                    return Vec::new();
                }
                let all: Vec<&str> = asked.keys().map(String::as_str).collect();
                let own: BTreeSet<&str> =
                    table.rows.iter().filter_map(|row| row.get(column)).map(String::as_str).collect();
                // the SQL has the slip if it asks for nothing that the table has, in place of what the table should have
                let slips: Vec<(&str, &str)> = all
                    .iter()
                    .filter(|value| !own.contains(**value))
                    .filter_map(|value| {
                        let near = nearest(value, own.iter().copied())?;
                        (asked.contains_key(near) || shipped.contains(&near)).then_some((*value, near))
                    })
                    .collect();
                let mut found = faults(table, column, |value| {
                    let is_meant = slips.iter().any(|(_, near)| *near == value);
                    (!asked.contains_key(value) && !is_meant).then(|| {
                        let hint = format!("the SQL reads {}: another value is never read", all.join(", "));
                        unknown(value, "a value that the SQL asks for", nearest(value, all.iter().copied()), &hint)
                    })
                });
                found.extend(slips.into_iter().map(|(value, near)| {
                    let message = format!("`{value}` is not a value of the column `{column}` of {}", table.name);
                    let d = Diagnostic::error("unknown-value", message).hint(format!("did you mean `{near}`?"));
                    placed(d, asked.get(value).cloned())
                }));
                found
            }
            Values::Like(known) => faults(table, column, |value| {
                let near = slip_of(value, known.iter().copied())?;
                Some(unknown(value, &format!("one of {}", known.join(", ")), Some(near), ""))
            }),
            Values::Relation => {
                let part = |c: char| !c.is_alphanumeric() && c != '_';
                let templates = self.files.iter().filter(|(path, _)| path.starts_with("templates/"));
                let words = templates.flat_map(|(_, source)| source.text.split(part));
                let mut known: BTreeSet<&str> = words.filter(|w| w.starts_with("pi") && w.len() > 4).collect();
                known.extend(self.reference.keys().map(String::as_str));
                faults(table, column, |value| {
                    let near = slip_of(value, known.iter().copied())?;
                    Some(unknown(value, "a table or view", Some(near), ""))
                })
            }
            Values::Priced => {
                let functions: BTreeSet<&str> = FUNCTIONS.lines().filter(|f| f.starts_with("ai_")).collect();
                let mut models: BTreeSet<&str> = self.config.models.keys().map(String::as_str).collect();
                models.extend(self.config.asked.values().map(|model| model.name.as_str()));
                faults(table, column, |value| {
                    if value.starts_with("ai_") && !functions.contains(value) && !models.contains(value) {
                        let near = nearest(value, functions.iter().copied());
                        return Some(unknown(
                            value,
                            "an AI function or a model",
                            near,
                            "name a function as the SQL calls it",
                        ));
                    }
                    let near = slip_of(value, functions.iter().chain(&models).copied())?;
                    Some(unknown(value, "an AI function or a model", Some(near), ""))
                })
            }
        }
    }

    fn values_of(&self, table: &str, column: &str) -> Option<BTreeSet<&str>> {
        let table = self.reference.get(table).filter(|table| table.columns.contains_key(column))?;
        Some(table.rows.iter().filter_map(|row| row.get(column)).map(String::as_str).collect())
    }

    /// Texts in quotes that follow one of the words in the project's templates and queries, each with its first place.
    fn asked_for(&self, words: &[&str]) -> BTreeMap<String, Span> {
        let is_sql = |path: &str| path.starts_with("templates/") || path.starts_with("sql/") && path.ends_with(".sql");
        let mut found = BTreeMap::new();
        for (_, source) in self.files.iter().filter(|(path, _)| is_sql(path)) {
            let text = source.text.replace('"', "'");
            for word in words {
                for (at, _) in text.match_indices(word) {
                    let after = &text[at + word.len()..];
                    let Some(quoted) = after.trim_start().strip_prefix('\'') else { continue };
                    let Some((value, _)) = quoted.split_once('\'') else { continue };
                    let start = text.len() - quoted.len();
                    let place = Span::new(source, start..start + value.len());
                    found.entry(value.to_owned()).or_insert(place);
                }
            }
        }
        found
    }

    fn excluded_stages(&self) -> Vec<Diagnostic> {
        let Some(known) = self.values_of("ref_stage", "code") else { return Vec::new() };
        let unknown = self.config.scope.excluded_stages.iter().filter(|stage| !known.contains(stage.as_str()));
        unknown
            .map(|stage| {
                let d = Diagnostic::error(
                    "unknown-value",
                    format!("the excluded stage `{stage}` is not a code of ref_stage"),
                );
                let d = d.hint(nearest(stage, known.iter().copied()).map_or_else(
                    || "name a code of sql/reference/ref_stage.csv, or add it there".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ));
                let file = self.files.get("sql/pipeline.yml");
                placed(d, file.and_then(|file| item_place(file, &["scope", "excluded_stages"], stage)))
            })
            .collect()
    }
}

/// The known name that a name is a slip of: the same in another case, or but for two letters of at least four. One that
/// has other digits is the name of another version or size.
fn slip_of<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    if known.clone().any(|k| k == name) {
        return None;
    }
    let near = nearest(name, known)?;
    let letters = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let is_near = near.eq_ignore_ascii_case(name) || near.chars().count() >= 4 && is_slip(name, near);
    (is_near && letters(near) != letters(name)).then_some(near)
}

/// Columns that a table lacks, and names that are nearly those of columns that it may have.
fn missing_columns(table: &ReferenceTable, known: &Known) -> Vec<Diagnostic> {
    let names = || table.columns.keys().map(String::as_str);
    // a column that has its own meaning is not the slip of another
    let is_known = |name: &str| known.needed.contains(&name) || known.optional.contains(&name);
    let unknown: Vec<&str> = names().filter(|name| !is_known(name)).collect();
    let near = |column: &str| nearest(column, unknown.iter().copied());
    let one = |column: &str, near: Option<&str>| {
        let message = format!("expected a column `{column}` in {}, found none", table.name);
        let hint = near.map_or_else(
            || format!("the first line names {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{column}` where it says `{near}`?"),
        );
        let place = near.or(names().next()).and_then(|name| table.header_place(name));
        placed(Diagnostic::error("missing-column", message).hint(hint), place)
    };
    let lacks = |column: &&&str| !table.columns.contains_key(**column);
    let needed: Vec<&&str> = known.needed.iter().filter(lacks).collect();
    // the one name that means nothing is that of the one column that is missing
    let only = match (needed.as_slice(), unknown.as_slice()) {
        ([_], [name]) => Some(*name),
        _ => None,
    };
    let mut found: Vec<Diagnostic> = needed.iter().map(|column| one(column, near(column).or(only))).collect();
    let slips = known.optional.iter().filter(lacks).filter_map(|column| Some((column, near(column)?)));
    found.extend(slips.map(|(column, near)| one(column, Some(near))));
    found
}

/// Fields without a value in a column where each row must have one.
fn empty(table: &ReferenceTable, column: &str) -> Vec<Diagnostic> {
    let values = table.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.get(column)?)));
    let empty = values.filter(|(_, value)| value.trim().is_empty());
    empty
        .take(REPORTED)
        .map(|(i, _)| {
            let message = format!("expected a value in the column `{column}` of {}, found an empty field", table.name);
            let hint = if column == "condition" {
                "write a condition, or remove the row: `true` is a condition that always holds"
            } else {
                "write it, or remove the row"
            };
            placed(Diagnostic::error("empty-field", message).hint(hint), table.place(i, column))
        })
        .collect()
}

/// The faults that `fault` finds in the values of a column; an empty field has none.
fn faults(table: &ReferenceTable, column: &str, fault: impl Fn(&str) -> Option<Diagnostic>) -> Vec<Diagnostic> {
    let values = table.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.get(column)?)));
    // blanks around a value are a fault of their own
    let values = values.filter(|(_, value)| !value.is_empty() && value.trim().len() == value.len());
    values.filter_map(|(i, value)| Some(placed(fault(value)?, table.place(i, column)))).take(REPORTED).collect()
}

fn blanks(table: &ReferenceTable, column: &str) -> Vec<Diagnostic> {
    let values = table.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.get(column)?)));
    let blank = values.filter(|(_, value)| value.trim().len() < value.len());
    blank
        .take(REPORTED)
        .map(|(i, value)| {
            let message = format!(
                "expected `{}` without blanks around it in the column `{column}` of {}, found `{value}`",
                value.trim(),
                table.name
            );
            let d = Diagnostic::error("blank-around", message).hint("remove the blanks: with them it is another value");
            placed(d, table.place(i, column))
        })
        .collect()
}

fn commas(table: &ReferenceTable, column: &str) -> Vec<Diagnostic> {
    faults(table, column, |value| {
        let message =
            format!("expected a code without a comma in the column `{column}` of {}, found `{value}`", table.name);
        let hint = "use cases keep the codes of their rules in one text with commas between them";
        value.contains(',').then(|| Diagnostic::error("code-comma", message).hint(hint))
    })
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Share => "a number from 0 to 1",
            Self::Flag => "0 or 1",
            Self::Date => "a date such as 2026-02-01",
            Self::YesNo => "yes or no",
            Self::Name => "a name of letters, digits and `_`",
            Self::Pattern => "a regular expression whose brackets match",
        }
    }

    pub(super) fn holds(self, value: &str) -> bool {
        let number = || value.parse::<f64>().ok().filter(|n| n.is_finite());
        match self {
            Self::Number => number().is_some(),
            Self::Whole => value.parse::<i32>().is_ok(),
            Self::Share => number().is_some_and(|n| (0.0..=1.0).contains(&n)),
            Self::Flag => ["0", "1"].contains(&value),
            Self::Date => value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok(),
            Self::YesNo => ["", "yes", "no"].contains(&value),
            Self::Name => super::columns::is_plain(value),
            Self::Pattern => !value.is_empty() && pattern_fault(value).is_none(),
        }
    }
}

fn of_kind(table: &ReferenceTable, column: &str, kind: Kind) -> Vec<Diagnostic> {
    let values = table.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.get(column)?)));
    let wrong = values.filter(|(_, value)| value.trim().len() == value.len() && !kind.holds(value));
    wrong
        .take(REPORTED)
        .map(|(i, value)| {
            let expected = kind.expected();
            let found = if value.is_empty() { "an empty field".to_owned() } else { format!("`{value}`") };
            let d = Diagnostic::error(
                "field-type",
                format!("expected {expected} in the column `{column}` of {}, found {found}", table.name),
            );
            let bare: String = value.chars().filter(|c| c.is_ascii_digit() || ['.', '-'].contains(c)).collect();
            let hint = match kind {
                Kind::YesNo => closest(value, ["yes", "no"]).map(|near| format!("did you mean `{near}`?")),
                Kind::Number | Kind::Whole if !bare.is_empty() && kind.holds(&bare) => {
                    Some(format!("write the number alone, without unit or separators: `{bare}`"))
                }
                _ => None,
            };
            placed(hint.map_or(d.clone(), |hint| d.hint(hint)), table.place(i, column))
        })
        .collect()
}

/// Rows with the key of a row before them: a join with the table would give the same row twice.
fn repeated(table: &ReferenceTable, key: &[&str], same_case: bool) -> Vec<Diagnostic> {
    let of = |row: &Row| -> Option<Vec<String>> {
        let cased = |value: &String| if same_case { value.clone() } else { value.to_lowercase() };
        key.iter().map(|column| row.get(*column).map(cased)).collect()
    };
    let mut first: HashMap<Vec<String>, usize> = HashMap::new();
    let mut found = Vec::new();
    // the field that a reader looks for is the last of the key
    let Some(column) = key.last() else { return found };
    for (i, row) in table.rows.iter().enumerate() {
        let Some(values) = of(row) else { return found };
        let said: Vec<String> = key.iter().zip(&values).map(|(c, value)| format!("{c} `{value}`")).collect();
        let Some(before) = first.get(&values) else {
            first.insert(values, i);
            continue;
        };
        if found.len() == REPORTED {
            break;
        }
        let message = format!("two rows of {} have the {}", table.name, said.join(", "));
        let d = placed(Diagnostic::error("duplicate-code", message), table.place(i, column));
        let d = match table.place(*before, column) {
            Some(place) if !d.labels.is_empty() => d.label(place, "the first of them"),
            _ => d,
        };
        found.push(d.hint("remove one of them, or give each a value of its own"));
    }
    found
}

/// Columns of tables of the project's own that all but a few fields make numbers or dates.
pub(in crate::pipeline) fn almost_typed(table: &ReferenceTable) -> Vec<Diagnostic> {
    let known = TABLES.iter().find(|known| known.name == table.name);
    let is_known = |column: &str| {
        known.is_some_and(|known| {
            known.kinds.iter().any(|(c, _)| *c == column) || known.keys.iter().any(|key| key.contains(&column))
        })
    };
    let texts = table.columns.iter().filter(|(column, kind)| **kind == "STRING" && !is_known(column));
    texts
        .filter_map(|(column, _)| {
            [Kind::Number, Kind::Date].into_iter().find_map(|kind| {
                let wrong = || {
                    let values = table.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.get(column)?)));
                    values.filter(|(_, value)| !kind.holds(value))
                };
                let (i, value) = wrong().next()?;
                let count = wrong().count();
                if table.rows.len() - count < 5 || count > (table.rows.len() / 10).max(1) {
                    return None;
                }
                let found = if value.is_empty() { "an empty field".to_owned() } else { format!("`{value}`") };
                let message = format!(
                    "the column `{column}` of {} is text because of {found}; its other fields are {}s",
                    table.name,
                    if kind == Kind::Date { "date" } else { "number" }
                );
                let d = Diagnostic::warning("field-type", message)
                    .hint("correct the field, or write another field as text if the column is meant to be text");
                Some(placed(d, table.place(i, column)))
            })
        })
        .collect()
}
