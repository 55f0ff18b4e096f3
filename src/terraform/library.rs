//! The modules of a run: one that two thousand roots call is read once. What it comes to is evaluated
//! for each root, where its values come from, unless a call that hands over the same was found to be in
//! order (`likeness`).

use super::Engine;
use super::module::Module;
use crate::kept::Shared;
use crate::source::{Directory, SourceMap};
use std::sync::Arc;

/// Reads directories as modules, and keeps those that are called: others may call them too.
pub struct Library {
    pub sources: Arc<SourceMap>,
    pub engine: Engine,
    called: Shared<Directory, Arc<Module>>,
}

/// Bytes of source of the modules that are kept.
const KEPT_BYTES: usize = 8 << 20;

/// What a module takes beside its source: its paths, and the tables of its blocks.
const MODULE_OVERHEAD: usize = 1 << 10;

impl Library {
    /// An empty one for a run.
    pub fn new(sources: Arc<SourceMap>, engine: Engine) -> Arc<Library> {
        Arc::new(Library {
            sources,
            engine,
            called: Shared::new(KEPT_BYTES),
        })
    }

    /// The module in a directory.
    pub fn read(&self, directory: &Directory) -> Arc<Module> {
        Arc::new(Module::read(&self.sources, directory, self.engine))
    }

    /// The module in a directory that is called.
    pub fn called(&self, directory: &Directory) -> Arc<Module> {
        if let Some(known) = self.called.get(directory) {
            return known;
        }
        let module = self.read(directory);
        let weight = module.bytes + MODULE_OVERHEAD;
        self.called
            .insert(directory.clone(), module.clone(), weight);
        module
    }
}
