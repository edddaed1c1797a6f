//! Loading a bundle: the dialect of `databricks.yml`, targets, variables, every value with its place.
