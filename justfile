# Lists the tasks.
default:
    @just --list

# Format, lints and tests: what CI runs.
check:
    bash .ci/run

# Tests only.
test:
    cargo test

# Accepts changed snapshots, after a look at each.
bless:
    PIQ_BLESS=1 cargo test --test it golden
    cargo insta review

# Makes the reference pages that come from the code.
docs:
    cargo run -q -- docs cli --write docs/cli.md
    cargo run -q -- docs pipeline

# Builds the page of `piq dashboards preview` again, after a change in preview/. Needs Node; building piq does not.
preview-build:
    cd crates/preview/web && npm ci --no-audit --no-fund && npm run build

# Fuzz the normaliser with the lint of dashboards, then the reader of SQL, for ten minutes each; needs a nightly
# toolchain and cargo-fuzz.
fuzz:
    cd fuzz && mkdir -p corpus/normalise corpus/sql && cargo +nightly fuzz run --sanitizer none normalise corpus/normalise seeds/normalise -- -max_total_time=600 -max_len=8192 -dict=normalise.dict
    cd fuzz && cargo +nightly fuzz run --sanitizer none sql corpus/sql ../tests/sql_lint -- -max_total_time=600 -max_len=4096

# Time and memory of the pipeline with 2,000 and 20,000 use cases.
growth:
    cargo test --release --test it engine::growth -- --ignored --nocapture

# Takes a screenshot of every page of the dashboards, on the pipeline's data. Needs Chromium, Node and Python.
preview-pictures:
    npm ci --prefix tests/browser --no-audit --no-fund
    PIQ_PREVIEW_PICTURES={{justfile_directory()}}/docs/preview cargo test --test it preview::demo
