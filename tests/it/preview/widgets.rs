//! Every chart and table of the dashboards against its definition in `widgets.sql`, and pages that add up.

use std::collections::{BTreeMap, BTreeSet};

use piq_fixtures::{Move, MoveKind, moves};
use serde_json::{Value, json};

use super::super::engine::Lab;
use super::Page;
use crate::kit::send;

const DEFINITIONS: &str = include_str!("widgets.sql");

/// One block of the file.
struct Definition {
    /// The dashboard, if it holds for one only.
    dashboard: Option<&'static str>,
    page: &'static str,
    widget: &'static str,
    columns: Vec<&'static str>,
    sql: String,
}

/// What every query begins with, and the blocks.
fn definitions() -> Vec<Definition> {
    let mut found: Vec<Definition> = Vec::new();
    let mut prelude = String::new();
    for line in DEFINITIONS.lines() {
        let head = line
            .strip_prefix("-- ")
            .and_then(|l| l.split_once(": "))
            .filter(|(name, _)| name.contains('/') && !name.contains(' '));
        if let Some((name, columns)) = head {
            let parts: Vec<&str> = name.split('/').collect();
            let (dashboard, page, widget) = match parts[..] {
                [page, widget] => (None, page, widget),
                [dashboard, page, widget] => (Some(dashboard), page, widget),
                _ => panic!("`{name}` is no page/widget"),
            };
            let sql = prelude.clone();
            found.push(Definition { dashboard, page, widget, columns: columns.split(", ").collect(), sql });
        } else {
            let text = found.last_mut().map_or(&mut prelude, |d| &mut d.sql);
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

/// A value as it is compared: numbers with two decimals, dates without a time of zero.
fn plain(value: &str) -> String {
    let day = value.strip_suffix("T00:00:00.000Z").or_else(|| value.strip_suffix("T00:00:00.000"));
    let day = day.or_else(|| value.strip_suffix(" 00:00:00")).unwrap_or(value);
    // what rounds to zero has no sign
    day.parse::<f64>().map_or_else(|_| day.to_owned(), |n| format!("{:.2}", n + 0.0).replace("-0.00", "0.00"))
}

type Rows = Vec<Vec<String>>;

/// The whole result of a widget through the preview's own address, with these of its columns.
fn result(url: &str, dashboard: &str, page: &str, widget: &str, columns: &[&str]) -> Rows {
    let (host, path) = url.split_at(url["http://".len()..].find('/').expect("a path") + "http://".len());
    let wanted = json!({"dashboard": dashboard, "page": page, "widget": widget});
    let (status, found) = send(host, "", "POST", &format!("{path}api/csv"), &wanted.to_string());
    assert_eq!(status, 200, "{widget}: {found}");
    assert_eq!(found["truncated"], false, "{widget}");
    let text = found["text"].as_str().expect("CSV").to_owned();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").clone();
    let place = |column: &&str| {
        head.iter().position(|h| h == *column).unwrap_or_else(|| panic!("{widget} has no `{column}`: {head:?}"))
    };
    let places: Vec<usize> = columns.iter().map(place).collect();
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| places.iter().map(|at| plain(&row[*at])).collect()).collect()
}

/// Compares every chart, table and pivot of both dashboards with its definition. Gives how many there were.
pub(super) fn all_equal_their_definitions(lab: &Lab, url: &str, pages: &[Page]) -> usize {
    let definitions = definitions();
    let (mut seen, mut used, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for Page { dashboard, page, widgets } in pages {
        for widget in widgets {
            let found = definitions
                .iter()
                .enumerate()
                .find(|(_, d)| (d.page, d.widget) == (page, widget) && d.dashboard.is_none_or(|of| of == dashboard));
            let (at, definition) = found.unwrap_or_else(|| panic!("{dashboard}/{page}/{widget} has no definition"));
            used.insert(at);
            let mut shown = result(url, dashboard, page, widget, &definition.columns);
            let text = |v: &Value| v.as_str().map(plain).unwrap_or_default();
            let mut wanted: Rows = lab.sql(&definition.sql).iter().map(|r| r.iter().map(text).collect()).collect();
            shown.sort();
            wanted.sort();
            if shown != wanted {
                let only = |a: &Rows, b: &Rows| a.iter().filter(|r| !b.contains(r)).take(5).cloned().collect::<Rows>();
                let (more, less) = (only(&shown, &wanted), only(&wanted, &shown));
                wrong.push(format!(
                    "{dashboard}/{page}/{widget}: {} rows for {}\n  only shown: {more:?}\n  only defined: {less:?}",
                    shown.len(),
                    wanted.len()
                ));
            }
            assert!(!wanted.is_empty(), "{dashboard}/{page}/{widget} is compared with nothing");
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<&str> =
        definitions.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, d)| d.widget).collect();
    assert!(unused.is_empty(), "definitions of no widget: {unused:?}");
    seen
}

/// "Since last week" tells each thing that the sample's files say happened, and nothing else of its kind.
pub(super) fn changes_are_what_the_sample_did(lab: &Lab, url: &str) {
    let names = lab.sql("SELECT usecase_id, usecase_name FROM main.gtm_silver.use_case_detail");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let names: BTreeMap<String, String> = names.iter().map(|r| (text(&r[0]), text(&r[1]))).collect();
    let kind = |m: &Move| match m.kind {
        MoveKind::New => Some("New"),
        MoveKind::Won => Some("Won"),
        MoveKind::Lost => Some("Lost"),
        MoveKind::Pushed(_) => Some("Pushed"),
        MoveKind::PulledIn(_) => Some("Pulled in"),
        MoveKind::DollarsUp(_) => Some("Dollars up"),
        MoveKind::DollarsDown(_) => Some("Dollars down"),
        // the page does not tell stages
        MoveKind::Stage(..) => None,
    };
    let happened: BTreeSet<(String, String)> =
        moves(-1, 0).iter().filter_map(|m| Some((kind(m)?.to_owned(), names[&m.usecase_id].clone()))).collect();
    assert!(happened.len() > 10, "{happened:?}");
    for dashboard in ["piq_main", "piq_sales_managers"] {
        let rows = result(url, dashboard, "since", "since_changes", &["kind", "usecase_name"]);
        let told: BTreeSet<(String, String)> = rows.into_iter().map(|r| (r[0].clone(), r[1].clone())).collect();
        let of_files = |kind: &str| !kind.starts_with("Score") && !kind.contains("at risk");
        let told: BTreeSet<_> = told.into_iter().filter(|(kind, _)| of_files(kind)).collect();
        assert_eq!(told, happened, "{dashboard}");
    }
}

/// Next actions differ from each other, and each names somebody or something of its own use case.
pub(super) fn next_actions_are_about_their_use_case(lab: &Lab) {
    let rows = lab.sql(
        "SELECT usecase_id, next_best_action_recommendation, concat_ws(' ', account_name, usecase_name, account_executive, \
         account_solution_architect, sales_manager, field_manager, implementation_partner_name, implementation_notes, \
         demand_plan_stage_next_steps, sdr_bdr_notes, business_impact, business_outcome_description, ae_authority, \
         ae_money_budget, competition_string, last_modified_blocker_comment) FROM pipelineiq_view WHERE is_open",
    );
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let actions: BTreeSet<String> = rows.iter().map(|r| text(&r[1])).collect();
    assert!(actions.len() * 100 >= rows.len() * 80, "{} actions for {} use cases", actions.len(), rows.len());
    let names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.filter(|w| w.len() > 3 && w.starts_with(char::is_uppercase)).map(str::to_owned).collect()
    };
    for row in &rows {
        let (action, own) = (text(&row[1]), text(&row[2]));
        assert!(!names(&action).is_disjoint(&names(&own)), "{}: {action} cites nothing of its use case", text(&row[0]));
    }
}
