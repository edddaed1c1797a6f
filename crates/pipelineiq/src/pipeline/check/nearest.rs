//! Which name was meant.

use piq_diagnostics::closest;

/// The closest of some names; of short ones also one of the same letters in another order.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    let letters = |text: &str| {
        let mut all: Vec<char> = text.to_lowercase().chars().collect();
        all.sort_unstable();
        all
    };
    closest(name, known.clone()).or_else(|| {
        let own = letters(name);
        let mut known = known;
        known.find(|k| k.len() == name.len() && letters(k) == own)
    })
}
