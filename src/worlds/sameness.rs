//! Whether two symbols are the same, where either of them may be anything.

use super::{Law, Question, Reading, Symbol, World};
use std::rc::Rc;

/// Two symbols that are compared: the question whether they are the same is one about `same`.
#[derive(Clone)]
pub(super) struct Pair {
    one: Symbol,
    other: Symbol,
    same: Symbol,
}

impl Pair {
    fn new(one: &Symbol, other: &Symbol) -> Pair {
        let mut both = [one, other];
        both.sort_unstable_by_key(|symbol| symbol.id());
        let [one, other] = both.map(Symbol::clone);
        let same = Symbol::same(&one, &other);
        Pair { one, other, same }
    }

    fn question(&self) -> Question {
        Question::IsTrue(self.same.clone())
    }

    fn has(&self, symbol: &Symbol) -> bool {
        self.one == *symbol || self.other == *symbol
    }

    /// Each of them, with the one that it is compared with.
    fn both(&self) -> [(&Symbol, &Symbol); 2] {
        [(&self.one, &self.other), (&self.other, &self.one)]
    }
}

impl World {
    /// Asks whether two symbols are the same, each of which may be any text. Nothing where that is
    /// not known, as where one of them is compared with a third: what follows from that is not told.
    pub fn decide_same(self: &Rc<World>, one: &Symbol, other: &Symbol) -> Option<bool> {
        let pair = self.pair(one, other)?;
        for (own, compared) in pair.both() {
            if let Reading::Pinned(value) = self.glance_recorded(own) {
                return self.decide(&Question::Equals(compared.clone(), value));
            }
        }
        self.decide(&pair.question())
    }

    fn pair(self: &Rc<World>, one: &Symbol, other: &Symbol) -> Option<Pair> {
        let known = self.pairs.borrow();
        let mut touched = known.iter().filter(|pair| pair.has(one) || pair.has(other));
        if let Some(pair) = touched.next() {
            let is_it = pair.has(one) && pair.has(other);
            return is_it.then(|| pair.clone());
        }
        drop(known);
        let pair = Pair::new(one, other);
        self.pairs.borrow_mut().push(pair.clone());
        self.lay_down(self.consistency(pair.clone()));
        Some(pair)
    }

    /// Symbols that are the same have the same value, and others have not.
    fn consistency(self: &Rc<World>, pair: Pair) -> Law {
        let about = [&pair.one, &pair.other, &pair.same].map(|symbol| symbol.id().into());
        let world = Rc::downgrade(self);
        let broken = move || {
            let world = world.upgrade()?;
            let same = world.decide(&pair.question())?;
            for (own, compared) in pair.both() {
                if let Reading::Pinned(value) = world.read(own) {
                    let is = world.decide(&Question::Equals(compared.clone(), value))?;
                    // Such a world there is not; nobody has to be told that.
                    if is != same {
                        world.refuse();
                    }
                    break;
                }
            }
            None
        };
        Law {
            about: about.into_iter().collect(),
            broken: Box::new(broken),
            is_written: false,
        }
    }
}
