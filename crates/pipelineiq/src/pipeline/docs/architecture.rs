//! `docs/pipeline_architecture.svg`: the notebooks, the tables they write, and where models are asked.

use super::svg::{Rect, Svg};
use crate::pipeline::Registry;

pub(super) fn picture(registry: &Registry) -> String {
    let mut svg = Svg::new(1340, 560, "The notebooks of PipelineIQ, the tables they write, and where models are asked");
    svg.text(20, 38, "title", "How a run goes");
    let at = |x, y, w, h| Rect { x, y, w, h };

    svg.lane(at(14, 58, 232, 486));
    svg.text(28, 82, "head", "0  REFERENCE TABLES");
    let names: Vec<String> = registry.reference.keys().cloned().collect();
    let height = 36 + 16 * lines(names.len());
    svg.node(at(28, 98, 204, height), "table", &format!("{} tables", names.len()), &names);
    svg.text(28, 98 + height + 22, "note", "sql/reference/*.csv, versioned");

    svg.lane(at(262, 58, 776, 486));
    svg.text(288, 82, "head", "1  INCREMENTAL PIPELINE");
    svg.node(at(288, 98, 216, 56), "table", "source table", &["contract checked first".into()]);
    svg.node(
        at(288, 190, 216, 72),
        "box",
        "piq_selected",
        &["an input hash differs,".into(), "or an answer is missing".into()],
    );
    svg.node(
        at(288, 298, 216, 72),
        "box",
        "piq_batch",
        &["pinned, most dollars first,".into(), "within calls and dollars".into()],
    );
    svg.flow(&[(396, 154), (396, 188)]);
    svg.flow(&[(396, 262), (396, 296)]);

    let calls = registry.enrichments.iter().filter(|e| e.function.is_some());
    let asked = calls.clone().count();
    svg.text(550, 88, "head", &format!("{} WAVES, {asked} QUESTIONS", registry.waves));
    let mut y = 98;
    for wave in 1..=registry.waves {
        let count = calls.clone().filter(|e| e.wave == wave).count();
        let computed = registry.enrichments.iter().filter(|e| e.function.is_none() && e.wave == wave).count();
        let noun = if count == 1 { "question" } else { "questions" };
        let more = if computed > 0 { format!(", {computed} computed") } else { String::new() };
        svg.node(at(550, y, 204, 52), "model", &format!("wave {wave}"), &[format!("{count} {noun}{more}")]);
        if wave == 1 {
            svg.flow(&[(504, 334), (528, 334), (528, y + 26), (548, y + 26)]);
        } else {
            svg.flow(&[(652, y - 18), (652, y - 2)]);
        }
        y += 70;
    }
    svg.node(at(806, 98, 212, 40), "model", "model endpoint", &[]);
    svg.flow(&[(754, 118), (804, 118)]);
    let ledger = ["the ledger: an answer is", "here once, before anything", "reads it"].map(str::to_owned);
    svg.node(at(806, 190, 212, 88), "table", "piq_ai_calls", &ledger);
    svg.flow(&[(912, 138), (912, 188)]);
    svg.flow(&[(806, 234), (782, 234), (782, 194), (756, 194)]);

    let end = y + 16;
    svg.node(at(550, end, 204, 56), "computed", "enriched_results", &["one row per use case".into()]);
    svg.flow(&[(652, y - 18), (652, end - 2)]);
    svg.node(at(806, end, 212, 56), "table", "pipelineiq", &["MERGE of changed rows".into()]);
    svg.flow(&[(754, end + 28), (804, end + 28)]);
    svg.node(
        at(288, end, 216, 72),
        "table",
        "piq_input_hashes, piq_live_dates",
        &["what it was made from,".into(), "for the next selection".into()],
    );
    svg.flow(&[(550, end + 36), (506, end + 36)]);
    svg.flow(&[(288, end + 36), (274, end + 36), (274, 226), (286, 226)]);

    svg.lane(at(1054, 58, 276, 486));
    svg.text(1070, 82, "head", "2  FOR READERS");
    svg.node(at(1070, 98, 244, 56), "computed", "pipelineiq_view", &["source joined with answers".into()]);
    svg.flow(&[(1018, end + 28), (1046, end + 28), (1046, 126), (1068, 126)]);
    let notes = ["one row per manager,", "with a coaching brief"].map(str::to_owned);
    svg.node(at(1070, 210, 244, 72), "computed", "sales_manager_summary_view", &notes);
    svg.node(at(1070, 302, 244, 72), "computed", "field_manager_summary_view", &notes);
    svg.flow(&[(1187, 154), (1187, 208)]);
    svg.flow(&[(1314, 126), (1322, 126), (1322, 338), (1316, 338)]);
    svg.node(at(1070, 430, 244, 56), "box", "dashboards", &["piq_main, piq_sales_managers".into()]);
    svg.flow(&[(1187, 374), (1187, 428)]);
    svg.finish()
}

fn lines(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(0)
}
