//! The Terraform front end: root modules to task definitions.

pub mod eval;
mod functions;
mod operators;
pub mod scan;
pub mod syntax;
pub mod types;
mod unify;

use crate::ledger::Partial;
use crate::model::TaskDefinition;
use crate::source::SourceMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the command line and the configuration say about modules.
#[derive(Clone, Debug, Default)]
pub struct Options {}

/// A root module.
#[derive(Debug)]
pub struct Root {
    directory: PathBuf,
}

impl Root {
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Finds the root modules among directories that hold configuration files.
pub fn find_roots(
    _sources: &Arc<SourceMap>,
    _modules: &BTreeSet<PathBuf>,
    _named: &BTreeSet<PathBuf>,
) -> Partial<Vec<Root>> {
    Partial::whole(Vec::new())
}

/// Reads the task definitions of a root module and of all modules that it calls.
pub fn load(
    _sources: &Arc<SourceMap>,
    _root: &Root,
    _options: &Options,
) -> Partial<Vec<TaskDefinition>> {
    Partial::whole(Vec::new())
}
