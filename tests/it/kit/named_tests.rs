//! Tests by name, for tables that say which test shows what.

/// Whether `FILE:TEST` names a test that runs without being asked for. `tests/corpus/NAME.bundle` is one with something
/// pinned.
pub(crate) fn is_test(named: &str) -> bool {
    let root = piq_testing::root();
    let (file, name) = named.split_once(':').unwrap_or((named, ""));
    let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
    if name.is_empty() {
        return text.contains("\n=== ");
    }
    let before = text.split(&format!("fn {name}()")).next().filter(|before| before.len() < text.len());
    before.is_some_and(|before| {
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        attributes.contains("test]") && !attributes.contains("#[ignore")
    })
}

#[test]
fn a_name_of_nothing_is_no_test() {
    assert!(is_test("tests/it/kit/named_tests.rs:a_name_of_nothing_is_no_test"));
    assert!(is_test("tests/corpus/a4_cycle.bundle"));
    for wrong in ["tests/it/kit/named_tests.rs:is_test", "tests/it/main.rs:nowhere", "tests/corpus/nowhere.bundle"] {
        assert!(!is_test(wrong), "{wrong}");
    }
}
