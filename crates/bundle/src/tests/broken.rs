use super::bundle;

fn faults(root: &str) -> Vec<String> {
    bundle(root).faults()
}

#[test]
fn unknown_keys() {
    assert_eq!(faults("bundle:\n  nam: x\n"), ["unknown-key databricks.yml:2:3 nam"]);
    assert_eq!(faults("bundle: {name: b}\nresourcs: {}\n"), ["unknown-key databricks.yml:2:1 resourcs"]);
    assert_eq!(
        faults("bundle: {name: b}\nresources:\n  jobs:\n    j:\n      shedule: {}\n"),
        ["unknown-key databricks.yml:5:7 shedule"]
    );
}

#[test]
fn unknown_references_have_their_place_inside_the_text() {
    let b = "bundle: {name: b}\nvariables: {catalog: {default: c}}\nresources:\n  jobs:\n    j:\n      name: \"x ${var.catlog} y\"\n";
    assert_eq!(faults(b), ["unknown-variable databricks.yml:6:16 ${var.catlog}"]);
    let d = bundle(b).load().expect_err("broken");
    assert_eq!(d.0[0].hints, ["did you mean `catalog`?"]);
}

#[test]
fn cycles() {
    let b = "bundle: {name: b}\nvariables:\n  a: {default: '${var.b}'}\n  b: {default: 'x${var.a}'}\n";
    assert_eq!(faults(b), ["reference-cycle databricks.yml:3:17 ${var.b}"]);
}

#[test]
fn unsupported_kinds() {
    assert_eq!(
        faults("bundle: {name: b}\nresources:\n  pipelines:\n    p: {}\n"),
        ["unsupported-resource databricks.yml:3:3 pipelines"]
    );
}
