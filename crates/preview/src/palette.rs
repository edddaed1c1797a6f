//! Colours: the theme's palette, explicit ones, and what may not come through from an untrusted file.

use serde_json::Value;

use super::value::list;

/// The palette that dashboards have without a theme of their own.
const DEFAULT: [&str; 10] =
    ["#077A9D", "#FFAB00", "#00A972", "#FF3621", "#8BCAE7", "#AB4057", "#99DDB4", "#FCA4A1", "#919191", "#BF7080"];

/// Schemes of continuous colours that Vega knows; others are drawn in the first.
const SCHEMES: [&str; 36] = [
    "blues",
    "greens",
    "greys",
    "oranges",
    "purples",
    "reds",
    "bluegreen",
    "bluepurple",
    "greenblue",
    "orangered",
    "purpleblue",
    "purplebluegreen",
    "purplered",
    "redpurple",
    "yellowgreen",
    "yellowgreenblue",
    "yelloworangebrown",
    "yelloworangered",
    "viridis",
    "magma",
    "inferno",
    "plasma",
    "cividis",
    "turbo",
    "teals",
    "tealblues",
    "browns",
    "blueorange",
    "brownbluegreen",
    "purplegreen",
    "pinkyellowgreen",
    "purpleorange",
    "redblue",
    "redgrey",
    "redyellowblue",
    "redyellowgreen",
];

/// Colours of series, in order; they repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Palette {
    colours: Vec<String>,
    /// The theme of the dashboard, as the file has it.
    theme: Value,
}

impl Default for Palette {
    fn default() -> Self {
        Self { colours: DEFAULT.iter().map(|c| (*c).to_owned()).collect(), theme: Value::Null }
    }
}

impl Palette {
    /// The palette of a dashboard's theme, or the default.
    pub(crate) fn of_theme(theme: &Value) -> Self {
        let colours: Vec<String> = list(&theme["visualizationColors"]).iter().filter_map(hex).collect();
        let colours = if colours.is_empty() { Self::default().colours } else { colours };
        Self { colours, theme: theme.clone() }
    }

    /// All colours of series, in order.
    pub(crate) fn colours(&self) -> &[String] {
        &self.colours
    }

    /// The theme of the dashboard, as the file has it; null without.
    pub(crate) fn theme(&self) -> &Value {
        &self.theme
    }

    /// The palette with a widget's own list of colours before it.
    pub(crate) fn with(&self, colours: &Value) -> Self {
        let own: Vec<String> = list(colours).iter().filter_map(|c| self.resolve(c)).collect();
        if own.is_empty() { self.clone() } else { Self { colours: own, theme: self.theme.clone() } }
    }

    /// The colour of the series with this index, from 0.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.colours.get(index % self.colours.len().max(1)).map_or(DEFAULT[0], String::as_str)
    }

    /// A colour as files write it: `#RRGGBB`, `{hex}` or `{themeColorType, position}` with positions from 1.
    pub(crate) fn resolve(&self, value: &Value) -> Option<String> {
        if let Some(position) = value["position"].as_u64() {
            let index = usize::try_from(position.saturating_sub(1)).ok()?;
            return Some(self.at(index).to_owned());
        }
        hex(value).or_else(|| hex(&value["hex"])).or_else(|| hex(&value["light"]))
    }
}

/// `#` and 3, 4, 6 or 8 hexadecimal digits; anything else is not a colour here.
pub(crate) fn hex(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let digits = text.strip_prefix('#')?;
    let right = matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    right.then(|| text.to_owned())
}

/// The range of a scale of continuous colours, from a file's `colorRamp`.
pub(crate) fn ramp(ramp: &Value) -> Value {
    let ends = &ramp["colors"];
    if let (Some(start), Some(end)) = (hex(&ends["start"]), hex(&ends["end"])) {
        let mut range = vec![start];
        range.extend(hex(&ends["middle"]));
        range.push(end);
        return serde_json::json!({"range": range});
    }
    let wanted = ramp["scheme"].as_str().unwrap_or_default();
    let scheme =
        if wanted == "spectral" { wanted } else { SCHEMES.iter().find(|s| **s == wanted).unwrap_or(&SCHEMES[0]) };
    serde_json::json!({"scheme": scheme})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Palette, hex, ramp};

    #[test]
    fn only_colours_come_through() {
        assert_eq!(hex(&json!("#00a972")), Some("#00a972".to_owned()));
        for wrong in ["url(x)", "#00a97", "red", "#gggggg", "#000;x:y"] {
            assert_eq!(hex(&json!(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn positions_count_from_one_and_repeat() {
        let palette = Palette::of_theme(&json!({"visualizationColors": ["#111111", "#222222"]}));
        let at = |n: u64| palette.resolve(&json!({"themeColorType": "visualizationColors", "position": n}));
        assert_eq!(at(1).as_deref(), Some("#111111"));
        assert_eq!(at(2).as_deref(), Some("#222222"));
        assert_eq!(at(3).as_deref(), Some("#111111"));
        assert_eq!(at(0).as_deref(), Some("#111111"));
        assert_eq!(palette.with(&json!(["#333333", {"position": 2}])).at(1), "#222222");
    }

    #[test]
    fn unknown_schemes_fall_back() {
        assert_eq!(ramp(&json!({"scheme": "magma"})), json!({"scheme": "magma"}));
        assert_eq!(ramp(&json!({"scheme": "javascript:"})), json!({"scheme": "blues"}));
        assert_eq!(ramp(&json!({"colors": {"start": "#fff", "end": "#000"}})), json!({"range": ["#fff", "#000"]}));
    }
}
