//! The colours of series, and their legend.

use serde_json::{Value, json};

use super::super::palette::{Palette, ramp};
use super::super::value::{display_value, list, text};

/// Colours that the file sets for values.
fn mapped(encoding: &Value, palette: &Palette) -> Vec<(String, String)> {
    list(&encoding["scale"]["mappings"])
        .iter()
        .filter_map(|m| Some((text(&m["value"]).unwrap_or_else(|| "null".to_owned()), palette.resolve(&m["color"])?)))
        .collect()
}

/// Puts values with a colour of their own first, in the order of their colours.
pub(super) fn by_mapping(series: &mut [String], encoding: &Value) {
    let order: Vec<String> = list(&encoding["scale"]["mappings"]).iter().filter_map(|m| text(&m["value"])).collect();
    series.sort_by_key(|s| order.iter().position(|o| o == s).unwrap_or(usize::MAX));
}

/// The colour of each series: its own, else the next of the palette.
pub(super) fn colours(series: &[String], encoding: &Value, palette: &Palette) -> Vec<String> {
    let own = mapped(encoding, palette);
    let mut next = 0;
    let mut take = || {
        next += 1;
        palette.at(next - 1).to_owned()
    };
    series
        .iter()
        .map(|s| own.iter().find(|(value, _)| value == s).map_or_else(&mut take, |(_, colour)| colour.clone()))
        .collect()
}

/// The encoding of colour by series.
pub(super) fn by_series(series: &[String], encoding: &Value, palette: &Palette, title: Option<&str>) -> Value {
    json!({
        "field": "s", "type": "nominal", "sort": null,
        "scale": {"domain": series, "range": colours(series, encoding, palette)},
        "legend": legend(encoding, title),
    })
}

/// The encoding of colour by a number.
pub(super) fn by_number(encoding: &Value, title: &str, labels: &str) -> Value {
    let mut legend = legend(encoding, Some(title));
    if legend.is_object() {
        legend["labelExpr"] = json!(labels);
        // continuous legends stand beside the picture and would push its height if long
        legend["gradientLength"] = json!(120);
    }
    json!({"field": "c", "type": "quantitative", "scale": ramp(&encoding["scale"]["colorRamp"]), "legend": legend})
}

fn legend(encoding: &Value, title: Option<&str>) -> Value {
    let legend = &encoding["legend"];
    if legend["hide"] == true {
        return Value::Null;
    }
    let title =
        if legend["hideTitle"] == true { None } else { display_value(&legend["title"]).or(title.map(str::to_owned)) };
    let sides = ["bottom", "left", "top"];
    let orient = legend["position"].as_str().filter(|side| sides.contains(side)).unwrap_or("right");
    json!({"title": title, "orient": orient})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::palette::Palette;
    use super::{by_mapping, by_series, colours};

    #[test]
    fn own_colours_are_kept_and_the_others_follow_the_palette() {
        let encoding = json!({"scale": {"mappings": [{"value": "High", "color": "#123456"}, {"value": "Low", "color": {"position": 2}}]},
            "legend": {"hideTitle": true, "position": "bottom"}});
        let mut series: Vec<String> = ["Low", "Medium", "High"].map(str::to_owned).to_vec();
        by_mapping(&mut series, &encoding);
        assert_eq!(series, ["High", "Low", "Medium"]);
        let palette = Palette::default();
        assert_eq!(colours(&series, &encoding, &palette), ["#123456", palette.at(1), palette.at(0)]);
        let colour = by_series(&series, &encoding, &palette, Some("Level"));
        assert_eq!(colour["legend"], json!({"title": null, "orient": "bottom"}));
        assert_eq!(by_series(&series, &json!({"legend": {"hide": true}}), &palette, None)["legend"], json!(null));
    }
}
