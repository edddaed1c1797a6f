//! What is shipped: the wheel runs where there is no Rust, and the release files name the same version and archives.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::kit::venv::python;
use super::kit::{Project, ended_well, piq_at, text};

const TOOLS: &str = "maturin==1.16.0\npipx==1.18.4\nuv==0.13.9\n";
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn file(path: &str) -> String {
    std::fs::read_to_string(piq_testing::root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The wheel of the piq that people get, in the profile of the tests: it shares their dependencies.
fn wheel(tools: &Path, dist: &Path) -> PathBuf {
    let mut build = Command::new(tools.join("maturin"));
    build.args(["build", "--profile", "dev", "--locked", "--compatibility", "linux", "--out"]).arg(dist);
    // the variables of the cargo that runs this test would build the dependencies again
    build.current_dir(piq_testing::root()).env_clear();
    for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            build.env(name, value);
        }
    }
    ended_well(&mut build);
    let found = std::fs::read_dir(dist).expect("a folder").flatten().map(|entry| entry.path());
    let found: Vec<PathBuf> = found.filter(|path| path.extension().is_some_and(|e| e == "whl")).collect();
    let [wheel] = &found[..] else { panic!("expected one wheel, found {found:?}") };
    wheel.clone()
}

#[test]
#[ignore = "builds piq once more, over the one that other tests run: .ci/run has a tier for it"]
fn the_wheel_is_installed_by_pip_pipx_and_uv_and_runs_without_rust() {
    let tools = python("packaging", TOOLS).parent().expect("a folder").to_owned();
    let machine = Project::empty();
    let wheel = wheel(&tools, &machine.path("dist"));
    let name = wheel.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with(&format!("pipelineiq-{VERSION}-py3-none-")), "{name}");

    let home = machine.path("home");
    let tool = |program: &str, args: &[&str]| {
        let mut command = Command::new(tools.join(program));
        command.args(args).env_clear().env("HOME", &home).env("PATH", &tools);
        command.env("PIPX_HOME", home.join("pipx")).env("PIPX_BIN_DIR", home.join("by-pipx"));
        command.env("UV_TOOL_DIR", home.join("uv")).env("UV_TOOL_BIN_DIR", home.join("by-uv"));
        command.env("UV_CACHE_DIR", home.join("uv-cache")).env("UV_PYTHON", tools.join("python"));
        ended_well(&mut command);
    };
    let wheel = wheel.to_str().expect("UTF-8");
    let venv = home.join("by-pip");
    tool("python", &["-m", "venv", venv.to_str().expect("UTF-8")]);
    tool("pip", &["--python", venv.join("bin/python").to_str().expect("UTF-8"), "install", "-q", "--no-index", wheel]);
    tool("pipx", &["install", "--quiet", wheel]);
    tool("uv", &["tool", "install", "--quiet", "--offline", wheel]);
    for folder in ["by-pip/bin", "by-pipx", "by-uv"] {
        let run = |args: &[&str]| {
            let mut command = piq_at(&home.join(folder).join("piq"), &machine.path("."), args);
            text(&ended_well(command.env("PATH", home.join(folder))).stdout)
        };
        assert_eq!(run(&["--version"]), format!("piq {VERSION}\n"), "{folder}");
        let project = folder.replace('/', "-");
        run(&["init", &project]);
        run(&["-C", &project, "validate", "-t", "prod"]);
    }
}

#[test]
fn every_file_of_a_release_names_this_version_and_the_same_archives() {
    assert!(file("CHANGELOG.md").contains(&format!("\n## {VERSION} ")), "CHANGELOG.md lacks {VERSION}");
    assert!(file("action.yml").contains(&format!("default: \"{VERSION}\"")), "action.yml installs another version");
    let workflow = file(".github/workflows/release.yml");
    let binstall = file("Cargo.toml");
    assert!(workflow.contains("NAME: piq-${{ github.ref_name }}-${{ matrix.target }}"));
    assert!(binstall.contains("/releases/download/v{ version }/piq-v{ version }-{ target }{ archive-suffix }"));
    for target in
        ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]
    {
        assert!(workflow.contains(&format!("target: {target},")), "no archive for {target}");
    }
}
