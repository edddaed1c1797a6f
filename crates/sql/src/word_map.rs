//! A fixed list of words, looked up in any letter case. Every word of every notebook is asked for several times.

use rustc_hash::FxHashMap;

/// What is known of each of a list of words; the words are in small letters.
pub(crate) struct WordMap<V> {
    words: FxHashMap<&'static str, V>,
    /// Bytes of the longest word: a longer one is not looked up.
    longest: usize,
}

impl<V> WordMap<V> {
    pub(crate) fn get(&self, word: &str) -> Option<&V> {
        if word.len() > self.longest {
            return None;
        }
        if word.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.words.get(word.to_ascii_lowercase().as_str());
        }
        self.words.get(word)
    }
}

impl<V> FromIterator<(&'static str, V)> for WordMap<V> {
    fn from_iter<I: IntoIterator<Item = (&'static str, V)>>(words: I) -> Self {
        let words: FxHashMap<_, _> = words.into_iter().collect();
        let longest = words.keys().map(|word| word.len()).max().unwrap_or(0);
        Self { words, longest }
    }
}

#[cfg(test)]
mod tests {
    use super::WordMap;

    #[test]
    fn any_letter_case_and_no_other_word() {
        let map: WordMap<u8> = [("sum", 1), ("current_date", 2)].into_iter().collect();
        let found = ["sum", "SUM", "Current_Date", "su", "summ", "current_dates", "", "é"].map(|w| map.get(w).copied());
        assert_eq!(found, [Some(1), Some(1), Some(2), None, None, None, None, None]);
    }
}
