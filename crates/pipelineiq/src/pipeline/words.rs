//! Where words stand in a file.

use std::ops::Range;

/// Where `word` first stands on its own, not inside a longer name.
pub(super) fn find_word(text: &str, word: &str) -> Range<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(i, _)| i..i + word.len())
        .find(|r| !text[..r.start].ends_with(part) && !text[r.end..].starts_with(part))
        .unwrap_or(0..0)
}

/// Where the last of `words` stands, each looked for after the one before, from `from` on; the last that is found.
pub(super) fn find_words(text: &str, mut from: usize, words: &[&str]) -> Range<usize> {
    let mut found = 0..0;
    for word in words {
        let at = find_word(&text[from..], word);
        if !at.is_empty() {
            found = from + at.start..from + at.end;
            from = found.end;
        }
    }
    found
}

/// As [`find_word`] for what may be a sign instead of a word: that stands at too many places to be found.
pub(super) fn word_of(text: &str, name: &str) -> Range<usize> {
    let is_word = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if is_word { find_word(text, name) } else { 0..0 }
}

/// Names in an expression of a template that a bracket follows.
pub(super) fn called_names(text: &str) -> impl Iterator<Item = &str> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices('(').filter_map(move |(at, _)| {
        let start = text[..at].char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(at, |(i, _)| i);
        let name = &text[start..at];
        name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{called_names, find_words, word_of};

    #[test]
    fn words_stand_on_their_own() {
        let text = "total, tot, {'tot': 1, 'of': 2}";
        assert_eq!(word_of(text, "tot"), 7..10);
        assert_eq!(word_of(text, ","), 0..0);
        assert_eq!(find_words(text, 0, &["tot", "of"]), 24..26);
        assert_eq!(find_words(text, 12, &["tot", "missing"]), 14..17);
        assert_eq!(called_names("a(b.c(1), ('x')) | d").collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(called_names("ü…a(…(1), 2ß(").collect::<Vec<_>>(), ["a"]);
    }
}
