//! Names and codes of regions as the keys of the maps in the page: countries by their number in ISO 3166, states of the
//! United States by their names.

use rust_iso3166::{ALL, CountryCode, from_alpha2, from_alpha3, from_numeric_str};

/// A map of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionMap {
    /// Countries of the world.
    Countries,
    /// States of the United States.
    States,
}

impl RegionMap {
    /// The name of the map's shapes in a spec.
    pub(super) fn data(self) -> &'static str {
        match self {
            Self::Countries => "piq_countries",
            Self::States => "piq_states",
        }
    }

    /// The key of a region by its name or code; nothing if this map has no such region.
    pub(super) fn key(self, text: &str) -> Option<String> {
        match self {
            Self::Countries => country(text).map(|c| c.numeric_str()),
            Self::States => state(text),
        }
    }
}

/// Names that people use, and that the standard writes otherwise.
const USUAL: [(&str, &str); 22] = [
    ("america", "US"),
    ("unitedstates", "US"),
    ("unitedstatesofamerica", "US"),
    ("uk", "GB"),
    ("unitedkingdom", "GB"),
    ("greatbritain", "GB"),
    ("england", "GB"),
    ("korea", "KR"),
    ("southkorea", "KR"),
    ("northkorea", "KP"),
    ("congo", "CG"),
    ("drcongo", "CD"),
    ("democraticrepublicofthecongo", "CD"),
    ("russia", "RU"),
    ("vietnam", "VN"),
    ("laos", "LA"),
    ("syria", "SY"),
    ("brunei", "BN"),
    ("turkey", "TR"),
    ("ivorycoast", "CI"),
    ("czechrepublic", "CZ"),
    ("holland", "NL"),
];

/// Letters alone, small, so that spelling and marks do not matter.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

fn country(text: &str) -> Option<CountryCode> {
    let text = text.trim();
    let upper = text.to_uppercase();
    let by_code = match text.len() {
        2 => from_alpha2(&upper),
        3 => from_alpha3(&upper).or_else(|| from_numeric_str(text)),
        _ => None,
    };
    let wanted = plain(text);
    let usual = || USUAL.iter().find(|(name, _)| *name == wanted).and_then(|(_, code)| from_alpha2(code));
    // "Iran (Islamic Republic of)" is also called by what stands before the bracket
    let short = |c: &CountryCode| plain(c.name.split('(').next().unwrap_or_default());
    let by_name = || ALL.iter().find(|c| plain(c.name) == wanted || short(c) == wanted).copied();
    by_code.or_else(usual).or_else(|| by_name().filter(|_| !wanted.is_empty()))
}

fn state(text: &str) -> Option<String> {
    let country = from_alpha2("US")?;
    let states = country.subdivisions()?;
    let wanted = plain(text);
    let code = text.trim().to_uppercase();
    let code = code.strip_prefix("US-").unwrap_or(&code);
    let found = states.iter().find(|s| s.code.strip_prefix("US-") == Some(code) || plain(s.name) == wanted)?;
    Some(found.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::RegionMap::{Countries, States};

    #[test]
    fn countries_are_known_by_codes_names_and_what_people_call_them() {
        for (text, key) in [
            ("FR", "250"),
            ("fra", "250"),
            ("250", "250"),
            ("France", "250"),
            ("United States", "840"),
            ("USA", "840"),
            ("South Korea", "410"),
            ("Iran", "364"),
            ("Côte d'Ivoire", "384"),
            ("Türkiye", "792"),
            ("turkey", "792"),
        ] {
            assert_eq!(Countries.key(text).as_deref(), Some(key), "{text}");
        }
        for text in ["", "EMEA", "Atlantis", "(", "12"] {
            assert_eq!(Countries.key(text), None, "{text}");
        }
    }

    #[test]
    fn states_are_known_by_names_and_codes() {
        for text in ["California", "CA", "US-CA", " california "] {
            assert_eq!(States.key(text).as_deref(), Some("California"), "{text}");
        }
        assert_eq!(States.key("Ontario"), None);
    }
}
