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
    cargo insta review

# Makes the reference pages that come from the code.
docs:
    cargo run -q -- docs cli --write docs/cli.md
