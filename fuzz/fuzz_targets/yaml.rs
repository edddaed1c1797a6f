//! The reader of YAML over any text: no panic, and every place that it names lies in the text. What it reads is JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use piq_diagnostics::{Format, Source, render};

fuzz_target!(|text: &str| {
    let source = Source::new("databricks.yml", text);
    match piq_bundle::parse(&source) {
        Ok(document) => {
            let span = document.root.span();
            assert!(text.get(span.span.clone()).is_some(), "{span:?}");
            let json = document.root.to_json().to_string();
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        }
        Err(found) => {
            assert!(!found.0.is_empty(), "refused without a reason");
            for diagnostic in &found.0 {
                for label in &diagnostic.labels {
                    assert!(text.get(label.place.span.clone()).is_some(), "{diagnostic:?}");
                }
            }
            assert!(!render(&found.0, Format::Text).is_empty());
        }
    }
});
