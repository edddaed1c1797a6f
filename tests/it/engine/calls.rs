//! What was asked, by the ledger's account and by the gateway's own.

use std::collections::{BTreeMap, BTreeSet};

use super::Lab;

/// Calls of the ledger after its first `calls`, by enrichment: what they were about.
pub(super) fn asked_since(lab: &Lab, calls: u64) -> BTreeMap<String, BTreeSet<String>> {
    let sql = format!(
        "SELECT enrichment, usecase_id FROM (SELECT *, row_number() OVER (ORDER BY finished_at DESC) AS latest FROM piq_ai_calls WHERE attempts > 0) AS c WHERE latest <= (SELECT count(*) FROM piq_ai_calls WHERE attempts > 0) - {calls}"
    );
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in lab.sql(&sql) {
        let name = |i: usize| row[i].as_str().expect("name").to_owned();
        assert!(found.entry(name(0)).or_default().insert(name(1)), "asked twice: {row:?}");
    }
    found
}

/// Calls that the ledger has.
pub(super) fn calls(lab: &Lab) -> u64 {
    lab.number("SELECT count(*) FROM piq_ai_calls WHERE attempts > 0")
}

/// Calls that the gateway was asked since the last look.
pub(super) fn total(lab: &Lab) -> u64 {
    lab.asked().values().sum()
}

/// Calls that the gateway was asked since the last look of `total`, without counting anew.
pub(super) fn counted(lab: &Lab) -> u64 {
    let functions = lab.gateway()["functions"].clone();
    functions.as_object().into_iter().flatten().filter_map(|(_, c)| c["asked"].as_u64()).sum()
}

/// What the ledger has must be what the gateway counted since its start: calls, characters and so dollars, by the
/// prices of `ref_model_prices`.
pub(super) fn ledger_is_what_the_gateway_counted(lab: &Lab) {
    let counted = lab.gateway()["functions"].clone();
    let amount = |value: &serde_json::Value| value.as_str().and_then(|n| n.parse::<f64>().ok()).expect("a number");
    let (mut dollars, mut seen) = (0.0, 0);
    for row in lab.sql(
        "SELECT p.function, p.input_usd_per_million_tokens, p.output_usd_per_million_tokens, c.calls, c.sent, c.said \
         FROM ref_model_prices AS p JOIN (SELECT CASE WHEN model LIKE 'ai\\_%' THEN model ELSE 'ai_query' END AS function, \
         count(*) AS calls, sum(input_chars) AS sent, sum(coalesce(output_chars, 0)) AS said FROM piq_ai_calls \
         WHERE model IS NOT NULL GROUP BY 1) AS c ON c.function = p.function",
    ) {
        let function = row[0].as_str().expect("a function");
        let count = &counted[function];
        let of = |name: &str| count[name].as_u64().expect("counted");
        let ledger = [3, 4, 5].map(|i: usize| row[i].as_str().expect("a number").to_owned());
        let gateway = [of("asked"), of("sent_chars"), of("answer_chars")].map(|n| n.to_string());
        assert_eq!(ledger, gateway, "{function}: calls, characters sent, characters answered");
        // four characters count as a token, as in the ledger
        dollars += (of("sent_chars") as f64 / 4.0 * amount(&row[1]) + of("answer_chars") as f64 / 4.0 * amount(&row[2])) / 1e6;
        seen += of("asked");
    }
    assert_eq!(self::counted(lab), seen);
    let ledger = amount(&lab.sql("SELECT CAST(sum(est_cost_usd) AS STRING) FROM piq_ai_calls")[0][0]);
    assert!(dollars > 0.0 && (ledger - dollars).abs() <= 1e-9 * dollars, "ledger ${ledger}, gateway ${dollars}");
}
