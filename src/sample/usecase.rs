//! One sample use case: what the CRM shows, and the truth behind it.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::notes::{self, SENTENCES, Shape};
use super::rng::Rng;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct SampleOptions {
    /// Number of use cases.
    pub rows: u64,
    /// The same seed gives the same use cases.
    pub seed: u64,
    /// Day of the snapshot: all dates lie around it.
    pub as_of: Date,
}

/// A use case and its truth, both as rows by column.
#[derive(Debug, Clone)]
pub struct UseCase {
    /// Row of `use_case_detail`.
    pub row: Map<String, Value>,
    /// Row of `use_case_truth`: shape of the notes, score of each dimension (NULL: nothing is said of it), outcome
    /// (`on_time`, `slipped` or `lost`) and the cause of a slip, one of `slippage_categories`.
    pub truth: Map<String, Value>,
}

const ACCOUNTS: [&str; 24] = [
    "Alder Foods",
    "Basalt Energy",
    "Cobalt Air",
    "Dune Insurance",
    "Ember Retail",
    "Fjord Shipping",
    "Glade Pharma",
    "Harbour Bank",
    "Iris Telecom",
    "Juniper Motors",
    "Kestrel Media",
    "Lumen Health",
    "Marble Hotels",
    "Nettle Games",
    "Onyx Mining",
    "Prairie Seeds",
    "Quill Publishing",
    "Ridge Logistics",
    "Sable Fashion",
    "Tundra Gas",
    "Umber Chemicals",
    "Vale Utilities",
    "Willow Care",
    "Zephyr Wind",
];
const TOPICS: [(&str, &str, &str); 12] = [
    ("Demand forecasting", "Predict demand for every store and product so that orders match sales", "Forecasting"),
    ("Data warehouse migration", "Leave the older warehouse and move reporting marts to governed tables", "Migration"),
    ("Fraud detection", "Find dishonest payments within seconds of the event stream", "Fraud and Anomaly"),
    ("Customer 360", "Build one view of each customer across shop, app and service desk", "Customer 360"),
    (
        "Service assistant",
        "Draft answers for the service desk with a language model over the manuals",
        "Generative AI Assistant",
    ),
    ("Quality inspection", "Read camera images on the line and stop faulty parts on GPU clusters", "Computer Vision"),
    ("Streaming telemetry", "Process sensor events continuously and alert the control room", "Streaming"),
    ("Executive dashboards", "Give every region self-service dashboards on the same numbers", "Business Intelligence"),
    ("Next best offer", "Suggest the next product to each visitor in the app", "Recommendation"),
    ("Partner data sharing", "Give suppliers safe access to stock and sales data", "Data Sharing"),
    ("Document search", "Understand and search contracts and claims in plain language", "Natural Language"),
    ("Catalogue and lineage", "Put a catalogue, lineage and access rules over all tables", "Governance"),
];
const IMPERATIVES: [&str; 5] =
    ["Lower cost to serve", "Faster decisions", "Safer operations", "More revenue from each customer", "New rules"];
const VERTICALS: [&str; 6] = ["Retail", "Financial Services", "Manufacturing", "Healthcare", "Energy", "Media"];
const REGIONS: [(&str, &str); 6] =
    [("EMEA", "Central"), ("EMEA", "North"), ("AMER", "East"), ("AMER", "West"), ("APJ", "ANZ"), ("LATAM", "Brazil")];
const MANAGERS: [&str; 8] = [
    "Ada Winter",
    "Bruno Sommer",
    "Chloé d'Arc",
    "Dmitri O'Neil",
    "Esra Yıldız",
    "Farid Haddad",
    "Gwen Park",
    "Hiro Tan",
];
const STAGES: [(&str, i64); 6] = [
    ("U1 - Identified", 8),
    ("U2 - Qualifying", 18),
    ("U3 - Scoping", 28),
    ("U4 - Confirming", 24),
    ("U5 - Onboarding", 16),
    ("U6 - Live", 6),
];
/// Category of a blocker, what is written about it, and the reason of a slip that it becomes.
pub(super) const BLOCKERS: [(&str, &str, &str); 9] = [
    ("Technical", "The network team has not opened the private link.", "Technical"),
    ("Budget", "The budget for the second half is frozen.", "Budget"),
    ("Stakeholder", "The new head of data wants to look at everything again.", "Stakeholder"),
    ("Partner", "The partner has no people before next month.", "Partner"),
    ("Data", "Source data arrives late and incomplete.", "Data"),
    ("Security", "The security review has not been scheduled.", "Technical"),
    ("Legal", "The regulator has to approve the location of the data first.", "External dependencies"),
    ("Product Gap", "The connector to their service desk is missing.", "Integration"),
    ("Other", "The milestones were too tight and ran late.", "Project Timelines"),
];
const COMPETITORS: [&str; 4] = ["Northlake", "Quarry DB", "Tidepool", "the platform they have"];
const PARTNERS: [&str; 4] = ["Lantern Consulting", "Oak & Anchor", "Meridian Data", "Blue Heron Partners"];

/// The use cases, one by one: nothing is held in memory.
pub fn generate(options: SampleOptions) -> impl Iterator<Item = UseCase> {
    (0..options.rows).map(move |i| one(&options, i))
}

pub(super) fn one(options: &SampleOptions, index: u64) -> UseCase {
    let mut rng = Rng::new(options.seed, index);
    let day = |offset: i64| options.as_of.saturating_add(offset.days());
    let id = format!("UC-{:06}", index + 1);
    let quality = rng.between(1, 10);
    let truth: [Option<i64>; 10] =
        std::array::from_fn(|_| rng.chance(35 + 6 * quality).then(|| (quality + rng.between(-3, 2)).clamp(0, 10)));
    let shape = Shape::draw(&mut rng);
    let account = rng.pick(&ACCOUNTS);
    let (topic, about, topic_type) = rng.pick(&TOPICS);
    let (region, subregion) = rng.pick(&REGIONS);
    let manager = (!rng.chance(3)).then(|| *rng.pick(&MANAGERS));
    let field_manager = (!rng.chance(5)).then(|| *rng.pick(&MANAGERS));
    let stage = {
        let mut left = rng.between(1, 100);
        STAGES
            .iter()
            .find(|(_, w)| {
                left -= w;
                left <= 0
            })
            .map_or("U3 - Scoping", |(s, _)| s)
    };
    let dollars = rng.between(3, 900) * 100;
    let live = rng.between(-20, 200);
    let pushes = if quality < 5 { rng.between(0, 3) } else { 0 };
    let blockers = if rng.chance(60 - 5 * quality) { rng.between(1, 4) } else { 0 };
    let blocker = rng.pick(&BLOCKERS);
    let (executive, architect) = match rng.chance(4) {
        true => (None, None),
        false => (Some(*rng.pick(&MANAGERS)), (!rng.chance(8)).then(|| *rng.pick(&MANAGERS))),
    };
    let status = match quality {
        _ if rng.chance(12) => None,
        1..=3 => Some("Red"),
        4..=6 => Some("Yellow"),
        _ => Some("Green"),
    };
    let modified = -rng.between(0, 30);
    let truth = notes::said(shape, truth);
    let of = |field: &str| notes::sentences_of(field, &truth);
    let notes = notes::shaped(shape, &of("implementation_notes"), &mut rng);
    let quiet = matches!(shape, Shape::Empty | Shape::OneLine);
    let plain = |field: &str| {
        let sentences = of(field);
        (!sentences.is_empty()).then(|| sentences.join(" "))
    };
    let steps = if quiet { None } else { plain("demand_plan_stage_next_steps") };
    let competitor = rng.chance(40).then(|| *rng.pick(&COMPETITORS));
    let partner = rng.chance(45).then(|| *rng.pick(&PARTNERS));
    let described = shape != Shape::Empty || rng.chance(70);
    let days_in_stage = rng.between(1, 120);
    let facts = json!({
        "usecase_id": id,
        "snapshot_date": day(0).to_string(),
        "usecase_name": format!("{topic} for {account} {}", index + 1),
        "usecase_description": described.then(|| format!("{about}. First scope: {subregion}, wave {}.", index % 7 + 1)),
        "account_id": format!("ACC-{:04}", ACCOUNTS.iter().position(|a| a == account).unwrap_or(0) + 1),
        "account_name": account,
        "business_unit": format!("{region} Enterprise"),
        "sales_region": region,
        "sales_subregion_level_1": subregion,
        "sales_subregion_level_2": format!("{subregion} {}", if index.is_multiple_of(2) { "A" } else { "B" }),
        "vertical": rng.pick(&VERTICALS),
        "industry_imperative": rng.pick(&IMPERATIVES),
        "account_executive": executive,
        "account_solution_architect": architect,
        "sales_manager": manager,
        "sales_leader": manager.map(|_| "Ines Falk"),
        "field_manager": field_manager,
        "field_leader": field_manager.map(|_| "Jonas Berg"),
        "stage": stage,
        "stage_number": stage.get(1..2).and_then(|n| n.parse::<i64>().ok()),
        "stage_entered_date": day(-days_in_stage).to_string(),
        "days_in_stage": days_in_stage,
        "is_active_ind": true,
        "is_incremental": rng.chance(70),
        "type": "New",
        "use_case_product": rng.pick(&["SQL", "Lakeflow", "Mosaic AI", "Unity Catalog"]),
        "target_cloud": rng.pick(&["AWS", "Azure", "GCP"]),
        "estimated_monthly_dollar_dbus": dollars,
        "estimated_quarterly_dollar_dbus": dollars * 3,
        "target_onboarding_date": day(live - 45).to_string(),
        "target_live_date": day(live).to_string(),
        "original_target_live_date": day(live - 30 * pushes).to_string(),
        "target_live_date_push_count": pushes,
    });
    let written = json!({
        "implementation_status": status,
        "implementation_notes": notes,
        "implementation_partner_name": partner,
        "demand_plan_stage_next_steps": steps,
        "sdr_bdr_notes": notes::html(&of("sdr_bdr_notes")),
        "business_impact": plain("business_impact"),
        "business_outcome_description": plain("business_outcome_description"),
        "ae_authority": plain("ae_authority"),
        "ae_money_budget": plain("ae_money_budget"),
        "competition_string": plain("competition_string"),
        "primary_competitor": competitor,
        "num_of_blockers": blockers,
        "last_modified_blocker_category": (blockers > 0).then_some(blocker.0),
        "last_modified_blocker_comment": (blockers > 0).then_some(blocker.1),
        "blockers_last_modified_date": (blockers > 0).then(|| day(modified).to_string()),
        "poc_status": rng.pick(&["Not planned", "Planned", "Running", "Done"]),
        "created_date": day(-rng.between(30, 400)).to_string(),
        "last_modified_date": day(modified).to_string(),
        "last_modified_ts": format!("{} {:02}:{:02}:00", day(modified), rng.between(6, 20), rng.between(0, 59)),
    });
    // what becomes of it: weak and blocked use cases slip, the weakest are lost
    let outcome = match quality - blockers {
        ..=-1 => "lost",
        0..=4 => "slipped",
        _ => "on_time",
    };
    let cause = match outcome {
        "slipped" if blockers > 0 => Some(blocker.2),
        "slipped" => Some(if truth[1].is_none_or(|s| s < 4) { "Stakeholder" } else { "Project Timelines" }),
        _ => None,
    };
    let mut hidden = json!({"usecase_id": id, "shape": shape.name(), "usecase_type": topic_type,
        "outcome": outcome, "slip_cause": cause});
    for ((dimension, _), score) in SENTENCES.iter().zip(truth) {
        hidden[format!("{dimension}_score")] = json!(score);
    }
    let mut row = object(facts);
    row.extend(object(written));
    UseCase { row, truth: object(hidden) }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SampleOptions, generate};

    fn options(rows: u64) -> SampleOptions {
        SampleOptions { rows, seed: 7, as_of: jiff::civil::date(2026, 3, 2) }
    }

    #[test]
    fn a_longer_sample_begins_with_the_shorter_one() {
        let long: Vec<_> = generate(options(60)).map(|u| (u.row, u.truth)).collect();
        let short: Vec<_> = generate(options(40)).map(|u| (u.row, u.truth)).collect();
        assert_eq!(long[..40], short[..]);
        let other: Vec<_> = generate(SampleOptions { seed: 8, ..options(40) }).map(|u| (u.row, u.truth)).collect();
        assert_ne!(short, other);
    }

    #[test]
    fn every_shape_of_notes_occurs_and_names_are_unique() {
        let all: Vec<_> = generate(options(400)).collect();
        let shapes: std::collections::BTreeSet<_> = all.iter().map(|u| u.truth["shape"].to_string()).collect();
        assert_eq!(shapes.len(), 9);
        let names: std::collections::BTreeSet<_> = all.iter().map(|u| u.row["usecase_name"].to_string()).collect();
        assert_eq!(names.len(), 400);
    }
}
