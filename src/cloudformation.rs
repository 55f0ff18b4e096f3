//! The CloudFormation front end: templates to task definitions.

use crate::ledger::Partial;
use crate::model::TaskDefinition;
use crate::source::{File, SourceMap};
use std::sync::Arc;

/// What the command line and the configuration say about templates.
#[derive(Clone, Debug, Default)]
pub struct Options {}

/// Whether a file may be a template, by its bytes alone.
pub fn may_hold(_file: &File) -> bool {
    false
}

/// Reads a template. Nothing where the file turns out to be something else.
pub fn load(
    _sources: &Arc<SourceMap>,
    _file: &File,
    _options: &Options,
) -> Option<Partial<Vec<TaskDefinition>>> {
    None
}
