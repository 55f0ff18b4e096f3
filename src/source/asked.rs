//! What a run has asked of a store: where another store answers all of it alike, the same run over
//! that tells the same.

use foldhash::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// The questions by their kind, each with the path that it was about.
#[derive(Default)]
pub struct Questions {
    pub read: HashSet<PathBuf>,
    pub listed: HashSet<PathBuf>,
    pub kinds: HashSet<PathBuf>,
    pub resolved: HashSet<PathBuf>,
}

/// Questions that all threads note, if anybody wants to know them.
#[derive(Default)]
pub struct Asked(Option<Mutex<Questions>>);

impl Asked {
    /// Notes from now on.
    pub fn start(&mut self) {
        self.0 = Some(Mutex::default());
    }

    pub fn read(&self, path: &Path) {
        self.note(path, |questions| &mut questions.read);
    }

    pub fn listed(&self, path: &Path) {
        self.note(path, |questions| &mut questions.listed);
    }

    pub fn kind(&self, path: &Path) {
        self.note(path, |questions| &mut questions.kinds);
    }

    pub fn resolved(&self, path: &Path) {
        self.note(path, |questions| &mut questions.resolved);
    }

    /// What has been noted; nothing where nobody wanted to know.
    pub fn questions(&self) -> Option<MutexGuard<'_, Questions>> {
        let questions = self.0.as_ref()?;
        // A panic while the lock was held leaves a set that is still a set.
        Some(
            questions
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }

    fn note(&self, path: &Path, of: fn(&mut Questions) -> &mut HashSet<PathBuf>) {
        if let Some(mut questions) = self.questions() {
            let all = of(&mut questions);
            if !all.contains(path) {
                all.insert(path.to_path_buf());
            }
        }
    }
}
