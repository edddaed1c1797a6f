//! A bundle as it is written, before anything is filled in.

use std::sync::Arc;

use super::discover::Found;
use super::files::Files;
use super::git::GitFacts;
use super::node::TreeNode;
use super::settings::Mode;

/// One layer of a bundle: what a file or a target sets.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub root: TreeNode,
    /// Whether it is a target's: then `null` takes a value of a lower layer away.
    pub unsets: bool,
}

/// A bundle as its files and its Python code write it: layers of one tree, every value with its span, nothing filled in.
#[derive(Debug, Clone)]
pub struct Loaded(pub(super) Arc<Sources>);

/// What a loaded bundle consists of.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub found: Found,
    pub files: Files,
    pub layers: Vec<Layer>,
    pub target: String,
    pub mode: Option<Mode>,
    /// Variables to be looked up in the workspace.
    pub lookups: Vec<String>,
    pub git: GitFacts,
    /// Whether kinds of resources that piq does not deploy may pass.
    pub other_kinds: bool,
}
