//! Made-up values that suit the names of their columns.

/// Words of a column by parts of its name; the first that fits counts.
const WORDS: [(&[&str], [&str; 5]); 9] = [
    (&["us"], ["California", "Texas", "Ohio", "Maine", "Utah"]),
    (&["region", "territory", "area"], ["EMEA", "AMER", "APJ", "LATAM", "Nordics"]),
    (&["country"], ["France", "Brazil", "Japan", "Canada", "Kenya"]),
    (&["state", "status", "stage"], ["Open", "Planned", "Active", "Blocked", "Done"]),
    (&["level", "priority", "severity", "risk"], ["High", "Medium", "Low", "Critical", "None"]),
    (
        &["owner", "manager", "user", "person", "executive", "rep", "by"],
        ["Ada Alder", "Ben Birch", "Cai Cedar", "Dee Dogwood", "Eli Elm"],
    ),
    (&["product", "sku", "family", "category"], ["Atlas", "Beacon", "Compass", "Delta", "Ember"]),
    (&["channel", "source", "type", "kind"], ["Direct", "Partner", "Web", "Referral", "Event"]),
    (&["account", "customer", "company"], ["Aster Foods", "Bay Freight", "Cobalt Bank", "Dune Energy", "Elder Mills"]),
];

const OTHER: [&str; 5] = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"];

/// A number of row `row` in column `column`: a share where the name says so, an address of a place, or an amount.
/// `place` is `latitude` or `longitude` where a map reads the column as such.
pub(super) fn number(sql: &str, row: usize, column: usize, kind: &str, place: Option<&str>) -> String {
    let step = (row * 37 + column * 11) % 90 + 10;
    let name = words(sql);
    let has = |parts: &[&str]| name.iter().any(|w| parts.contains(&w.as_str()));
    if sql.starts_with("FLOOR(") {
        return (row * 7).to_string();
    }
    if place.is_none() && (kind == "LONG" || sql.to_uppercase().starts_with("COUNT")) {
        return step.to_string();
    }
    #[expect(clippy::cast_precision_loss, reason = "below 1,000")]
    let (step, row) = (step as f64, row as f64);
    if place == Some("latitude") || has(&["lat", "latitude"]) {
        return format!("{:.2}", 25.0 + row * 1.3);
    }
    if place == Some("longitude") || has(&["lon", "lng", "long", "longitude"]) {
        return format!("{:.2}", -120.0 + row * 6.1);
    }
    if has(&["rate", "share", "ratio", "percent", "pct"]) { format!("{:.3}", step / 101.0) } else { step.to_string() }
}

/// A value to group by, the one after `step` others.
pub(super) fn dimension(sql: &str, step: usize, kind: &str) -> String {
    match kind {
        "TIMESTAMP" => format!("2026-{:02}-01T00:00:00.000Z", step % 12 + 1),
        "DATE" => format!("2026-{:02}-01", step % 12 + 1),
        "BOOLEAN" => step.is_multiple_of(2).to_string(),
        _ => {
            let name = words(sql);
            if name.last().is_some_and(|w| w == "id") {
                return format!("{:04}", 1001 + step % 24);
            }
            let fits = |parts: &&[&str]| name.iter().any(|w| parts.contains(&w.as_str()));
            let words = WORDS.iter().find(|(parts, _)| fits(parts)).map_or(&OTHER, |(_, words)| words);
            words[step % words.len()].to_owned()
        }
    }
}

/// The words of the names in an expression, in lower case.
fn words(sql: &str) -> Vec<String> {
    sql.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}
