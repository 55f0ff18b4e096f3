//! Results that are remembered for the worlds in which they hold.

use super::{Dependency, MAX_WORLDS, World};
use crate::source::Span;
use crate::value::{Deferred, Slot, Unknown, Value};
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The remembered results of one computation, each used only in worlds that agree with what it
/// depended on.
pub struct Memo<T> {
    /// Most have one.
    entries: RefCell<SmallVec<[Entry<T>; 1]>>,
    busy: Cell<bool>,
}

/// A result, and what it depended on.
type Entry<T> = (Vec<Dependency>, T);

/// A computation asked for its own result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cycle;

impl<T> Default for Memo<T> {
    fn default() -> Memo<T> {
        Memo {
            entries: RefCell::default(),
            busy: Cell::new(false),
        }
    }
}

impl<T: Clone> Memo<T> {
    /// The result in the present world, computed if it is not remembered.
    ///
    /// # Errors
    /// [`Cycle`] where `compute` is already under way.
    pub fn get(&self, world: &World, compute: impl FnOnce() -> T) -> Result<T, Cycle> {
        if self.busy.get() {
            return Err(Cycle);
        }
        if let Some(found) = self.recall(world) {
            return Ok(found);
        }
        struct Busy<'a>(&'a Cell<bool>);
        impl Drop for Busy<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        self.busy.set(true);
        let busy = Busy(&self.busy);
        world.recording.borrow_mut().push(Vec::new());
        let result = compute();
        drop(busy);
        let dependencies = world
            .recording
            .borrow_mut()
            .pop()
            .expect("the frame pushed above");
        for dependency in &dependencies {
            world.record(dependency.clone());
        }
        let mut entries = self.entries.borrow_mut();
        if entries.len() < MAX_WORLDS {
            entries.push((dependencies, result.clone()));
        }
        Ok(result)
    }

    /// Walks the remembered results as the tree of questions they are: a computation is
    /// deterministic, so all results agree on the first dependency, all with the same answer to
    /// it agree on the second, and so on.
    fn recall(&self, world: &World) -> Option<T> {
        let entries = self.entries.borrow();
        // Most depend on nothing.
        if let Some((dependencies, result)) = entries.first()
            && dependencies.is_empty()
        {
            return Some(result.clone());
        }
        let mut candidates: Vec<usize> = (0..entries.len()).collect();
        let mut depth = 0;
        loop {
            let first = *candidates.first()?;
            let Some(dependency) = entries[first].0.get(depth) else {
                return Some(entries[first].1.clone());
            };
            let present = match dependency {
                Dependency::Asked(question, _) => {
                    Dependency::Asked(question.clone(), world.decide(question))
                }
                Dependency::Told(question, _) => {
                    Dependency::Told(question.clone(), world.tell(question))
                }
                Dependency::Read(symbol, _) => Dependency::Read(symbol.clone(), world.read(symbol)),
                Dependency::Glanced(symbol, _) => {
                    Dependency::Glanced(symbol.clone(), world.glance_recorded(symbol))
                }
                Dependency::Passed(condition, holds) => {
                    world.pass(condition, *holds);
                    dependency.clone()
                }
                Dependency::Refused => {
                    world.refuse();
                    Dependency::Refused
                }
            };
            candidates.retain(|&at| entries[at].0.get(depth) == Some(&present));
            depth += 1;
        }
    }
}

impl Memo<Value> {
    /// The value in the present world; one that is made of itself is refused.
    pub fn value(&self, world: &World, span: Span, compute: impl FnOnce() -> Value) -> Value {
        self.get(world, compute).unwrap_or_else(|Cycle| {
            Value::unknown(Unknown::invalid("this value refers to itself", span))
        })
    }
}

/// [`Slot::map`] for what is read several times and has parts that are made: they are made once in
/// each world.
pub fn mapped_once(
    slot: &Slot,
    world: &Rc<World>,
    change: impl Fn(Value) -> Value + 'static,
) -> Slot {
    Once::slot(slot, world, &Rc::new(change))
}

struct Once<F> {
    of: Slot,
    change: Rc<F>,
    world: Rc<World>,
    memo: Memo<Value>,
}

impl<F: Fn(Value) -> Value + 'static> Once<F> {
    fn slot(of: &Slot, world: &Rc<World>, change: &Rc<F>) -> Slot {
        Slot::Deferred(Rc::new(Once {
            of: of.clone(),
            change: change.clone(),
            world: world.clone(),
            memo: Memo::default(),
        }))
    }
}

impl<F: Fn(Value) -> Value + 'static> Deferred for Once<F> {
    fn get(&self) -> Value {
        let compute = || (self.change)(self.of.get());
        self.memo.value(&self.world, self.span(), compute)
    }

    fn span(&self) -> Span {
        self.of.span()
    }

    fn parts(&self) -> Option<Vec<Slot>> {
        let parts = self.of.parts()?;
        let parts = parts.iter();
        let parts = parts.map(|part| Once::slot(part, &self.world, &self.change));
        Some(parts.collect())
    }
}
