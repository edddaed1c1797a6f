//! Words of texts, for rules that compare them.

/// The words of a text in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase)
}

/// The beginning of a word, which its forms share.
pub(super) fn stem(word: &str) -> &str {
    let end = word.char_indices().nth(5).map_or(word.len(), |(at, _)| at);
    &word[..end]
}

/// The first `most` words of a text, with its punctuation.
pub(super) fn first_words(text: &str, most: usize) -> String {
    let all: Vec<&str> = text.split_whitespace().collect();
    let mut short = all[..all.len().min(most)].join(" ");
    if all.len() > most {
        let kept = short.trim_end_matches([',', ';', ':', '-', '.']).len();
        short.truncate(kept);
        short.push('…');
    }
    short
}
