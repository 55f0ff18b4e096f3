//! Task definitions that were found to be in order, for others that are judged by the same: two
//! thousand root modules may call one module with a handful of values.
//!
//! Where something is wrong or not known, each is judged: findings tell where its own values come
//! from.

use crate::finding::{Judged, Verdict};
use crate::kept::Shared;
use crate::model::TaskDefinition;
use std::mem::size_of;
use std::sync::Arc;

/// Bytes of the precedents that are kept.
const KEPT_BYTES: usize = 4 << 20;

/// The precedents of a run, for all units.
pub struct Precedents(Shared<Key, Arc<Precedent>>);

/// What it was judged by, and whether in an environment, where more is told of it.
type Key = (Arc<[u8]>, bool);

/// What was said of a task definition in which nothing is wrong.
pub struct Precedent {
    verdicts: Vec<(&'static str, Verdict)>,
    instantiated: bool,
    passed_over: Vec<(&'static str, Option<String>)>,
}

impl Precedent {
    /// Says the same of another one.
    pub fn tell(&self, judged: &mut Judged) {
        judged.verdicts = self.verdicts.clone();
        judged.instantiated = self.instantiated;
        judged.passed_over = self.passed_over.clone();
    }
}

impl Default for Precedents {
    fn default() -> Precedents {
        Precedents(Shared::new(KEPT_BYTES))
    }
}

impl Precedents {
    /// What was said of one that is judged by the same.
    pub fn of(&self, task: &TaskDefinition, in_environment: bool) -> Option<Arc<Precedent>> {
        let likeness = task.likeness.as_ref()?;
        self.0.get(&(likeness.key.clone(), in_environment))
    }

    /// Makes a precedent of what was said of a task definition, if it was all judged by its likeness.
    /// Nothing else may have been said of it.
    pub fn set(&self, task: &TaskDefinition, judged: &Judged) {
        let is_fine = |verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        let verdicts = &judged.verdicts;
        let is_in_order = judged.decided
            && judged.assumes.is_empty()
            && verdicts.iter().all(|(_, verdict)| is_fine(*verdict));
        let Some(likeness) = task.likeness.as_ref().filter(|_| is_in_order) else {
            return;
        };
        if !(likeness.is_whole)() {
            return;
        }
        let key = (likeness.key.clone(), judged.environment.is_some());
        let precedent = Arc::new(Precedent {
            verdicts: verdicts.clone(),
            instantiated: judged.instantiated,
            passed_over: judged.passed_over.clone(),
        });
        let weight = likeness.key.len() + size_of::<Precedent>();
        self.0.insert(key, precedent, weight);
    }
}

#[cfg(test)]
mod tests;
