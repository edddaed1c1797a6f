# List the tasks.
default:
    @just --list

# The tests that need nothing but Rust and git: under a minute once they are built.
quick:
    bash .ci/quick

# Format, lints and all tests: what CI runs.
check:
    bash .ci/run

# All tests, without format and lints.
test:
    cargo test

# Build the wheel as it is shipped, into target/wheels.
wheel:
    uvx maturin@1.16.0 build --locked

# Write the golden target again and review changed snapshots.
bless:
    PIQ_BLESS=1 cargo test --test it golden
    cargo insta review

# Generate the reference pages that come from the code.
docs:
    cargo run -q -- docs cli --write docs/cli.md
    cargo run -q -- docs pipeline

# Write the documentation as a site with search to target/book. Needs mdBook (`cargo install mdbook`).
book:
    mdbook build docs

# Build the page of `piq dashboards preview` after a change in crates/preview/web. Needs Node; building piq does not.
preview-build:
    cd crates/preview/web && npm ci --no-audit --no-fund && npm run build

# Fuzz the normaliser with the lint of dashboards, the readers of SQL and YAML, templates, and requests to the local
# workspace, for ten minutes each; needs a nightly toolchain and cargo-fuzz.
fuzz:
    cd fuzz && mkdir -p corpus/normalise corpus/sql && cargo +nightly fuzz run --sanitizer none normalise corpus/normalise seeds/normalise -- -max_total_time=600 -max_len=8192 -dict=normalise.dict
    cd fuzz && cargo +nightly fuzz run --sanitizer none sql corpus/sql ../tests/sql_lint -- -max_total_time=600 -max_len=4096
    cd fuzz && mkdir -p corpus/yaml corpus/templates && cargo +nightly fuzz run --sanitizer none yaml corpus/yaml ../bundle -- -max_total_time=600 -max_len=8192
    cd fuzz && cargo +nightly fuzz run --sanitizer none templates corpus/templates ../templates -- -max_total_time=600 -max_len=8192
    cd fuzz && mkdir -p corpus/requests && cargo +nightly fuzz run --sanitizer none requests corpus/requests seeds/requests -- -max_total_time=600 -max_len=4096

# Measure time and memory of the pipeline with 2,000 and 20,000 use cases.
growth:
    cargo test --release --test it engine::growth -- --ignored --nocapture

# Take a screenshot of every page of the dashboards, on the pipeline's data. Needs Chromium, Node and Python.
preview-pictures:
    npm ci --prefix tests/browser --no-audit --no-fund
    PIQ_PREVIEW_PICTURES={{justfile_directory()}}/docs/preview cargo test --test it preview::demo
