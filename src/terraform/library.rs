//! The modules of a run: one that two thousand roots call is read once. What it comes to is evaluated
//! for each root, where its values come from, unless a call that hands over the same was found to be in
//! order (`likeness`).

use super::Engine;
use super::module::Module;
use crate::kept::Kept;
use crate::source::{Directory, SourceMap};
use std::sync::{Arc, Mutex};

/// Reads directories as modules, and keeps those that are called: others may call them too.
pub struct Library {
    pub sources: Arc<SourceMap>,
    pub engine: Engine,
    called: Mutex<Kept<Directory, Arc<Module>>>,
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
            called: Mutex::new(Kept::new(KEPT_BYTES)),
        })
    }

    /// The module in a directory.
    pub fn read(&self, directory: &Directory) -> Arc<Module> {
        Arc::new(Module::read(&self.sources, directory, self.engine))
    }

    /// The module in a directory that is called.
    pub fn called(&self, directory: &Directory) -> Arc<Module> {
        if let Some(known) = self.lock().get(directory) {
            return known.clone();
        }
        let module = self.read(directory);
        let weight = module.bytes + MODULE_OVERHEAD;
        let mut called = self.lock();
        let let_go = called.insert(directory.clone(), module.clone(), weight);
        drop(called);
        drop(let_go);
        module
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept<Directory, Arc<Module>>> {
        // A panic while the lock was held leaves a cache that is still a cache.
        self.called
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
