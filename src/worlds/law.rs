//! Laws: what holds in every world.

use crate::value::Unknown;
use foldhash::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// What holds in every world that is planned or deployed.
pub struct Law {
    /// The ids of the symbols that it speaks of. It is asked only where one of them has a part.
    pub about: BTreeSet<Arc<str>>,
    /// Why the present world breaks it, as far as that is known.
    pub broken: Box<dyn Fn() -> Option<Unknown>>,
    /// Somebody wrote it down as a law: that it rules out worlds is what it is for.
    pub is_written: bool,
}

/// Makes laws that it takes an effort to find.
pub type MakeLaws = Box<dyn FnOnce() -> Vec<Law>>;

/// All laws, found by what they speak of: most runs touch few of many.
#[derive(Default)]
pub(super) struct Laws {
    pub(super) all: Vec<Rc<Law>>,
    pub(super) by_symbol: HashMap<Arc<str>, Vec<usize>>,
    /// Those that are yet to be made, with all that they may speak of.
    pub(super) later: Vec<(BTreeSet<Arc<str>>, MakeLaws)>,
}

impl Laws {
    pub(super) fn add(&mut self, law: Law) {
        for id in &law.about {
            let own = self.by_symbol.entry(id.clone()).or_default();
            own.push(self.all.len());
        }
        self.all.push(Rc::new(law));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.later.is_empty()
    }

    /// Takes those that are yet to be made and may speak of a symbol.
    pub(super) fn due(&mut self, symbol: &str) -> Vec<MakeLaws> {
        let is_due = |(about, _): &mut (BTreeSet<Arc<str>>, MakeLaws)| about.contains(symbol);
        self.later
            .extract_if(.., is_due)
            .map(|(_, make)| make)
            .collect()
    }

    /// Those that speak of a symbol, but for the ones that were `asked` before.
    pub(super) fn about(&self, symbol: &str, asked: &mut HashSet<usize>) -> Vec<Rc<Law>> {
        let found = self.by_symbol.get(symbol).into_iter().flatten();
        let found = found.filter(|at| asked.insert(**at));
        found.map(|&at| self.all[at].clone()).collect()
    }
}
