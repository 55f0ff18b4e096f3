//! Whether what a run did not ask for leaves a way to keep the laws.
//!
//! A world is told by what its run asked and read. What it did not touch may be anything, so the
//! world is one that is planned or deployed if *some* values of it keep every law. They are looked
//! for here, and no world is split for them: with a choice for each question that only laws ask,
//! and another one where a law is broken that depends on it.

use super::{Answer, Dependency, Law, Symbol, World};
use crate::value::Unknown;
use foldhash::{HashSet, HashSetExt};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Whether the laws are kept in a world.
pub(super) enum Upheld {
    All,
    /// The first law that is not, unless it is the run itself that was refused.
    Not(Option<Breach>),
    /// It takes too long to find out.
    Unknown,
}

/// That a law is broken.
pub(super) struct Breach {
    pub why: Unknown,
    /// See [`Law::is_written`].
    pub is_written: bool,
}

/// The search for values that keep the laws.
pub(super) struct Completion {
    /// The ids of the symbols that the run has read: what they are, it may depend on.
    read: BTreeSet<Arc<str>>,
    /// What follows from the answers of the run.
    fixed: Vec<Answer>,
    choices: Vec<Choice>,
}

struct Choice {
    answer: Answer,
    /// The other answer was tried.
    is_last: bool,
    /// What the laws depended on that the other answer broke.
    conflict: BTreeSet<Arc<str>>,
}

/// Choices that are taken back in one world.
const MAX_RETRIES: usize = 1000;

impl Completion {
    /// Whether other answers about a symbol are other worlds.
    pub fn is_read(&self, symbol: &Symbol) -> bool {
        self.read.contains(symbol.id())
    }

    pub fn choose(&mut self, answer: Answer) {
        self.choices.push(Choice {
            answer,
            is_last: false,
            conflict: BTreeSet::new(),
        });
    }

    /// Takes back what was chosen, to the last choice that the broken law depends on and that has
    /// another answer. False where there is none.
    fn retry(&mut self, mut conflict: BTreeSet<Arc<str>>) -> bool {
        while let Some(mut choice) = self.choices.pop() {
            if !conflict.contains(choice.answer.question.symbol().id()) {
                continue;
            }
            conflict.append(&mut choice.conflict);
            if choice.is_last {
                continue;
            }
            choice.answer.yes = !choice.answer.yes;
            let mut others = self.choices.iter();
            let depends = others.any(|own| conflict.contains(own.answer.question.symbol().id()));
            match depends {
                true => self.choices.push(Choice {
                    is_last: true,
                    conflict,
                    ..choice
                }),
                false => self.fixed.push(choice.answer),
            }
            return true;
        }
        false
    }
}

/// A law that is broken with the present choices.
struct Broken {
    breach: Option<Breach>,
    /// The ids of the symbols that it depends on.
    by: BTreeSet<Arc<str>>,
}

impl World {
    /// Whether the present world keeps the laws that speak of what the run has asked or read, and
    /// of what these laws ask.
    pub(super) fn uphold_laws(&self) -> Upheld {
        if self.refused.get() {
            return Upheld::Not(None);
        }
        let touched = self.touched();
        if self.laws.borrow().is_empty() || touched.is_empty() {
            return Upheld::All;
        }
        let facts = self.facts.borrow().clone();
        let asked = self.chosen.borrow().len();
        let passed = self.passed.borrow().len();
        let read_open = self.read_open.borrow().len();
        let completion = Completion {
            read: self.read_symbols(),
            fixed: Vec::new(),
            choices: Vec::new(),
        };
        *self.completion.borrow_mut() = Some(completion);
        let restore = || {
            let mut all = facts.clone();
            let chosen = self.chosen.borrow();
            let completion = self.completion.borrow();
            let fixed = completion.iter().flat_map(|own| &own.fixed);
            let choices = completion.iter().flat_map(|own| &own.choices);
            let choices = choices.map(|choice| &choice.answer);
            for answer in chosen[asked..].iter().chain(fixed).chain(choices) {
                all.learn(answer);
            }
            *self.facts.borrow_mut() = all;
        };
        let mut first = None;
        let mut retries = 0;
        let upheld = loop {
            let Some(Broken { mut breach, by }) = self.broken_law(&touched) else {
                break Upheld::All;
            };
            // Another one may be broken by what was chosen, and have nothing to do with the run.
            if first.is_none() && by.iter().any(|id| touched.contains(id)) {
                first = breach.take();
            }
            let mut completion = self.completion.borrow_mut();
            let may_retry = completion.as_mut().is_some_and(|own| own.retry(by));
            drop(completion);
            if !may_retry {
                break Upheld::Not(first.or(breach));
            }
            if retries == MAX_RETRIES {
                break Upheld::Unknown;
            }
            retries += 1;
            restore();
        };
        // What only laws have asked and gone through is no part of the run.
        *self.completion.borrow_mut() = None;
        restore();
        self.passed.borrow_mut().truncate(passed);
        self.read_open.borrow_mut().truncate(read_open);
        upheld
    }

    /// The first law that does not hold with the present choices, of those that are near.
    fn broken_law(&self, touched: &BTreeSet<Arc<str>>) -> Option<Broken> {
        loop {
            let before = self.answered();
            let mut asked = HashSet::new();
            let mut seen = touched.clone();
            let mut waiting: VecDeque<Arc<str>> = seen.iter().cloned().collect();
            while let Some(symbol) = waiting.pop_front() {
                let due = self.laws.borrow_mut().due(&symbol);
                let made = due.into_iter().flat_map(|make| self.without_asking(make));
                made.for_each(|law| self.lay_down(law));
                let near = self.laws.borrow().about(&symbol, &mut asked);
                for law in near {
                    let by = match self.ask(&law) {
                        Ok(by) => by,
                        Err(broken) => return Some(broken),
                    };
                    waiting.extend(by.into_iter().filter(|id| seen.insert(id.clone())));
                }
            }
            // One that was asked before a choice was made may be another one with it.
            if self.answered() == before {
                return None;
            }
        }
    }

    fn answered(&self) -> usize {
        let completion = self.completion.borrow();
        let own = completion.as_ref();
        let choices = own.map_or(0, |own| own.fixed.len() + own.choices.len());
        self.chosen.borrow().len() + choices
    }

    /// Asks whether a law holds, and tells what that depends on.
    fn ask(&self, law: &Law) -> Result<BTreeSet<Arc<str>>, Broken> {
        self.recording.borrow_mut().push(Vec::new());
        let why = (law.broken)();
        let frame = self.recording.borrow_mut().pop().unwrap_or_default();
        let mut by = BTreeSet::new();
        for dependency in frame {
            if let Dependency::Asked(question, _) = &dependency {
                by.extend(self.ids_with(question.symbol()));
            }
            if let Dependency::Read(symbol, _) | Dependency::Glanced(symbol, _) = &dependency {
                by.extend(self.ids_with(symbol));
            }
        }
        let is_written = law.is_written;
        let breach = why.map(|why| Breach { why, is_written });
        match self.refused.replace(false) || breach.is_some() {
            true => Err(Broken { breach, by }),
            false => Ok(by),
        }
    }

    /// The ids of the symbols that have a part in the present run.
    fn touched(&self) -> BTreeSet<Arc<str>> {
        let mut touched = self.read_symbols();
        touched.extend(self.facts.borrow().ids().cloned());
        touched
    }

    fn read_symbols(&self) -> BTreeSet<Arc<str>> {
        let assumed = self.assumed.borrow();
        let open = self.read_open.borrow();
        let picked = self.picked.borrow();
        let symbols = assumed.iter().map(|(symbol, _)| symbol);
        let symbols = symbols.chain(open.iter());
        let symbols = symbols.chain(picked.iter().map(|answer| answer.question.symbol()));
        symbols.map(|symbol| symbol.0.id.clone()).collect()
    }

    /// The ids of a symbol and of those that tell something of it.
    fn ids_with(&self, symbol: &Symbol) -> Vec<Arc<str>> {
        let facts = self.facts.borrow();
        let mut ids = vec![symbol.0.id.clone()];
        ids.extend(facts.related_to(symbol));
        let tied = symbol.0.tie.into_iter();
        ids.extend(tied.flat_map(|tie| tie.ids(symbol.id())));
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Exploration, Law, Question, Symbol, World};
    use crate::source::{Memory, SourceMap};
    use crate::value::Unknown;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::rc::Rc;

    const SYMBOLS: usize = 6;

    /// Symbols of which one at least is what stands beside it.
    type Clause = Vec<(usize, bool)>;

    fn symbol(at: usize) -> Symbol {
        Symbol::new(format!("s{at}"), "s")
    }

    fn world_with(laws: &[Clause]) -> Rc<World> {
        let sources = SourceMap::new(Memory::new([("/a", "")]), "/");
        let file = sources.open(Path::new("/a")).expect("it is there");
        let span = file.span(0, 0);
        let world = World::new();
        for law in laws {
            let about = law.iter().map(|(at, _)| format!("s{at}").into()).collect();
            let (clause, weak) = (law.clone(), Rc::downgrade(&world));
            let broken = move || {
                let world = weak.upgrade()?;
                let holds = |(at, wanted): &(usize, bool)| {
                    world.decide(&Question::IsTrue(symbol(*at))) == Some(*wanted)
                };
                (!clause.iter().any(holds)).then(|| Unknown::invalid("a clause", span))
            };
            let broken = Box::new(broken);
            world.lay_down(Law {
                about,
                broken,
                is_written: false,
            });
        }
        world
    }

    /// What a run sees that asks about the first symbols.
    fn explored(world: &Rc<World>, asked: usize) -> Exploration<Vec<Option<bool>>> {
        world.explore(|| {
            let asked = 0..asked;
            let answers = asked.map(|at| world.decide(&Question::IsTrue(symbol(at))));
            answers.collect()
        })
    }

    fn clauses() -> impl Strategy<Value = Vec<Clause>> {
        let literal = (0..SYMBOLS, any::<bool>());
        prop::collection::vec(prop::collection::vec(literal, 1..=3), 0..14)
    }

    proptest! {
        #[test]
        fn worlds_are_those_that_some_completion_keeps(laws in clauses(), asked in 1..=3_usize) {
            let mut expected = BTreeSet::new();
            for all in 0..1_usize << SYMBOLS {
                let is = |at: usize| all >> at & 1 == 1;
                let keeps = |law: &Clause| law.iter().any(|&(at, wanted)| is(at) == wanted);
                if laws.iter().all(keeps) {
                    expected.insert((0..asked).map(|at| Some(is(at))).collect::<Vec<_>>());
                }
            }
            // Laws that cannot be kept together are noticed only where one of them is near.
            prop_assume!(!expected.is_empty());
            let found = explored(&world_with(&laws), asked);
            prop_assert!(found.complete && found.refusal.is_none());
            let outcomes = found.leaves.iter().map(|leaf| leaf.outcome.clone());
            let outcomes: BTreeSet<_> = outcomes.collect();
            prop_assert_eq!(outcomes, expected);
        }
    }

    #[test]
    fn where_no_law_can_be_kept_the_first_that_is_broken_is_told() {
        let laws = [
            vec![(0, true), (1, true)],
            vec![(0, true), (1, false)],
            vec![(0, false)],
        ];
        let found = explored(&world_with(&laws), 1);
        assert_eq!(found.leaves.len(), 2);
        assert!(found.refusal.is_some());
    }

    #[test]
    fn a_long_chain_of_laws_splits_no_world() {
        let laws: Vec<Clause> = (0..200)
            .map(|at| vec![(at, false), (at + 1, true)])
            .collect();
        let world = world_with(&laws);
        let found = world.explore(|| {
            let ask = |at: usize| world.decide(&Question::IsTrue(symbol(at)));
            (ask(0), ask(200))
        });
        let outcomes: Vec<_> = found.leaves.iter().map(|leaf| leaf.outcome).collect();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(outcomes, [(no, no), (no, yes), (yes, yes)]);
        assert!(found.complete);
    }
}
