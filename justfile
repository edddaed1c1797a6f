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
