//! The normaliser and the lint over any bytes: no panic; no byte outside the spans changes; a second run changes
//! nothing; main -> dev -> main gives the same bytes.

#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use piq_lakeview::{Contract, LintSettings, fixed, lint, set_parameters};

/// The output of the normaliser, where the input is a dashboard.
fn set<'a>(bytes: &'a [u8], catalog: &str, schema: &str) -> Option<Cow<'a, [u8]>> {
    let outcome = set_parameters("fuzz", bytes, catalog, schema).ok()?;
    let (mut at, mut to) = (0, 0);
    for edit in &outcome.edits {
        let kept = &bytes[at..edit.span.start];
        assert!(outcome.bytes[to..].starts_with(kept), "a byte outside the spans changed");
        to += kept.len();
        // the new value is one JSON string
        let rest = std::str::from_utf8(&outcome.bytes[to..]).expect("UTF-8");
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        assert_eq!(values.next().expect("a value").expect("a string"), edit.to);
        to += values.byte_offset();
        at = edit.span.end;
    }
    assert!(outcome.bytes[to..] == bytes[at..], "a byte outside the spans changed");
    Some(outcome.bytes)
}

fuzz_target!(|bytes: &[u8]| {
    let settings = LintSettings { use_head: true };
    lint("fuzz", bytes, settings, None);
    lint("fuzz", bytes, settings, Some(&Contract::default()));
    if let Ok(text) = std::str::from_utf8(bytes) {
        fixed(text, settings);
    }
    let Some(main) = set(bytes, "main", "pipelineiq") else { return };
    assert!(set(&main, "main", "pipelineiq").expect("its own output") == main, "a second run changes something");
    let dev = set(&main, "dev \"é\" \u{1}", "ana").expect("its own output");
    assert!(set(&dev, "main", "pipelineiq").expect("its own output") == main, "main -> dev -> main differs");
});
