//! Lakeview dashboards: edits that keep every other byte, and checks.
