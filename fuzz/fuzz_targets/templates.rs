//! Any text as a template: it renders or is refused within bounds, and every place of what it made leads into the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipelineiq::template::{Engine, Templates};
use piq_diagnostics::Source;

fuzz_target!(|text: &str| {
    let mut templates = Templates::default();
    templates.add("fuzzed.sql", Source::new("fuzzed.sql", text));
    let Ok(engine) = Engine::new(&templates) else { return };
    let context = serde_json::json!({"var": {"catalog": "main"}, "names": ["a", "b"], "limit": 3});
    match engine.render("fuzzed.sql", &context) {
        Ok(rendered) => {
            for (at, _) in rendered.text.char_indices() {
                if let Some(span) = rendered.map.span_of(at) {
                    assert!(text.get(span.span.clone()).is_some(), "{span:?}");
                }
            }
        }
        Err(found) => {
            for label in found.0.iter().flat_map(|d| &d.labels) {
                assert!(text.get(label.place.span.clone()).is_some(), "{found:?}");
            }
        }
    }
});
