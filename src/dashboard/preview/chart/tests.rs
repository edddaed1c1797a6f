//! Charts over synthetic data.
