//! Worlds: what is asked when a computation must branch on something undecided, and the
//! exploration of every answer.
//!
//! A computation runs in one [`World`] at a time and asks it questions about symbols. Outside an
//! exploration the world refuses to answer, and the branch is simply unknown. [`World::explore`]
//! runs the computation once for each consistent sequence of answers. Answers that a run was
//! started with hold from its beginning, so a value that was read before its question came up
//! agrees with the answer.
//!
//! - `symbol`: what is asked about, and what is answered. `facts`: what follows from answers.
//! - `exploration`: what has come of all worlds, and the witness of one. `memo`: what need not be
//!   computed again.
//! - `relations`: what symbols tell of one another that are compared, or elements of lists.
//! - `law`: what holds in every world. `completion`: whether what a run did not ask for leaves a way
//!   to keep the laws.

mod completion;
mod exploration;
mod facts;
mod law;
mod memo;
mod relations;
mod symbol;
#[cfg(test)]
mod tests;

use completion::{Breach, Completion, Upheld};
use facts::{AllFacts, Facts, Pinned, implied};
use law::Laws;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

pub use exploration::{Exploration, Leaf, Premise};
pub use law::{Law, MakeLaws};
pub use memo::{Cycle, Memo, mapped_once};
pub use symbol::{Answer, Answerable, FEW_VALUES, Question, Symbol, Tie};

/// What a symbol reads as in the present world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading {
    /// An answer gives it this value.
    Pinned(Answerable),
    Null,
    /// No answer speaks against its default, which is assumed.
    Default(Answerable),
    /// It may be anything that the answers leave.
    Open,
}

/// What a computation depended on, in order: what [`Memo`] compares and replays.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Dependency {
    Asked(Question, Option<bool>),
    /// Answered from what was known, and not asked.
    Told(Question, Option<bool>),
    Read(Symbol, Reading),
    /// Read aside: nothing rests on it.
    Glanced(Symbol, Reading),
    Passed(Symbol, bool),
    Refused,
}

/// The present world of a unit of work. One a unit, shared by everything that evaluates in it.
#[derive(Default)]
pub struct World {
    exploring: Cell<bool>,
    /// Answers come from the facts alone; nothing new is asked.
    quiet: Cell<bool>,
    facts: RefCell<AllFacts>,
    /// What holds in every world.
    given: RefCell<Vec<Answer>>,
    laws: RefCell<Laws>,
    /// Under way while laws are asked about.
    completion: RefCell<Option<Completion>>,
    /// Answers given by default in this run, in order.
    chosen: RefCell<Vec<Answer>>,
    assumed: RefCell<Vec<(Symbol, Answerable)>>,
    passed: RefCell<Vec<(Symbol, bool)>>,
    /// Symbols whose defaults are not assumed.
    opened: RefCell<Vec<Symbol>>,
    /// Defaults among few choices that were read in this run: answers, rather than assumptions.
    picked: RefCell<Vec<Answer>>,
    /// Nothing can be planned or deployed in this world.
    refused: Cell<bool>,
    /// What would be refused is caught.
    tolerant: Cell<bool>,
    /// Symbols that were read as open, so that a later pin asks for another run.
    read_open: RefCell<Vec<Symbol>>,
    /// One for each computation under way that is being remembered.
    recording: RefCell<Vec<Vec<Dependency>>>,
}

impl World {
    pub fn new() -> Rc<World> {
        Rc::default()
    }

    /// Asks. Nothing outside an exploration: then the branch is unknown.
    pub fn decide(&self, question: &Question) -> Option<bool> {
        let answer = self.answer(question);
        self.record(Dependency::Asked(question.clone(), answer));
        answer
    }

    fn answer(&self, question: &Question) -> Option<bool> {
        if !self.exploring.get() {
            return None;
        }
        let symbol = question.symbol();
        // What can have one value only needs no answer.
        if let (Some([only]), Question::Equals(_, value)) = (symbol.domain(), question) {
            return Some(value == only);
        }
        let mut all = self.facts.borrow_mut();
        if let Some(known) = implied(&all, question) {
            return Some(known);
        }
        if self.quiet.get() {
            return None;
        }
        let yes = match (question, &symbol.0.default) {
            (Question::Equals(_, value), Some(default)) => value == default,
            (Question::IsTrue(_), Some(default)) => *default == Answerable::Bool(true),
            _ => false,
        };
        let answer = Answer {
            question: question.clone(),
            yes,
        };
        all.learn(&answer);
        match &mut *self.completion.borrow_mut() {
            Some(completion) if !completion.is_read(symbol) => completion.choose(answer),
            _ => self.chosen.borrow_mut().push(answer),
        }
        Some(yes)
    }

    /// Runs a computation that gets the answers given so far and no new ones: what it would ask
    /// beyond them is unknown.
    pub fn without_asking<T>(&self, run: impl FnOnce() -> T) -> T {
        self.recording.borrow_mut().push(Vec::new());
        let before = self.quiet.replace(true);
        let result = run();
        self.quiet.set(before);
        let frame = self.recording.borrow_mut().pop();
        for dependency in frame.expect("the frame pushed above") {
            match dependency {
                // Nor is it asked, or refused, by who remembers the result.
                Dependency::Asked(question, answer) => {
                    self.record(Dependency::Told(question, answer));
                }
                Dependency::Refused => {}
                other => self.record(other),
            }
        }
        result
    }

    /// The answer to a question, where it is known without asking.
    fn tell(&self, question: &Question) -> Option<bool> {
        let before = self.quiet.replace(true);
        let answer = self.answer(question);
        self.quiet.set(before);
        self.record(Dependency::Told(question.clone(), answer));
        answer
    }

    /// Whether questions are answered.
    pub fn is_exploring(&self) -> bool {
        self.exploring.get() && !self.quiet.get()
    }

    /// What a symbol is in this world.
    pub fn read(&self, symbol: &Symbol) -> Reading {
        let mut reading = self.glance(symbol);
        // A law is not kept by a default alone, and of what is compared no two can be their
        // defaults unseen.
        let is_asked = || self.completion.borrow().is_some() || self.is_related(symbol);
        if let Reading::Default(value) = &reading
            && is_asked()
        {
            self.answer(&Question::Equals(symbol.clone(), value.clone()));
            reading = self.reading(symbol);
        }
        match &reading {
            Reading::Default(value) if self.is_exploring() && symbol.few_values().is_some() => {
                self.pick(symbol, value);
            }
            Reading::Default(value) => {
                let mut assumed = self.assumed.borrow_mut();
                if !assumed.iter().any(|(known, _)| known == symbol) {
                    assumed.push((symbol.clone(), value.clone()));
                }
            }
            _ => {}
        }
        self.record(Dependency::Read(symbol.clone(), reading.clone()));
        reading
    }

    fn glance(&self, symbol: &Symbol) -> Reading {
        let reading = self.reading(symbol);
        if reading == Reading::Open && self.is_exploring() {
            let mut open = self.read_open.borrow_mut();
            if !open.contains(symbol) {
                open.push(symbol.clone());
            }
        }
        reading
    }

    /// What a symbol is in this world, where no default is assumed.
    fn glance_recorded(&self, symbol: &Symbol) -> Reading {
        let reading = self.glance(symbol);
        self.record(Dependency::Glanced(symbol.clone(), reading.clone()));
        reading
    }

    /// Says that the computation goes through something that has a name in the source and comes to
    /// this in the present world: a condition.
    pub fn pass(&self, condition: &Symbol, holds: bool) {
        let mut passed = self.passed.borrow_mut();
        if self.is_exploring()
            && passed.len() < MAX_PASSED
            && !passed.iter().any(|(known, _)| known == condition)
        {
            passed.push((condition.clone(), holds));
        }
        drop(passed);
        self.record(Dependency::Passed(condition.clone(), holds));
    }

    /// Runs a computation that the outcome does not rest on, such as what a thing is called: it asks
    /// nothing new, the defaults that it reads are not assumed, and what it goes through is not
    /// passed.
    pub fn aside<T>(&self, run: impl FnOnce() -> T) -> T {
        let assumed = self.assumed.borrow().len();
        let picked = self.picked.borrow().len();
        let passed = self.passed.borrow().len();
        self.recording.borrow_mut().push(Vec::new());
        let result = self.without_asking(run);
        self.assumed.borrow_mut().truncate(assumed);
        self.picked.borrow_mut().truncate(picked);
        self.passed.borrow_mut().truncate(passed);
        let frame = self.recording.borrow_mut().pop();
        for dependency in frame.expect("the frame pushed above") {
            match dependency {
                Dependency::Read(symbol, reading) => {
                    self.record(Dependency::Glanced(symbol, reading));
                }
                Dependency::Passed(..) => {}
                other => self.record(other),
            }
        }
        result
    }

    /// What a computation gives, if it is the same in every world: it asks nothing and reads nothing
    /// that is not decided.
    pub fn in_every_world<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        self.recording.borrow_mut().push(Vec::new());
        let result = run();
        let frame = self.recording.borrow_mut().pop();
        let frame = frame.expect("the frame pushed above");
        let is_independent = frame.is_empty();
        for dependency in frame {
            self.record(dependency);
        }
        is_independent.then_some(result)
    }

    /// Takes the default of a symbol that has few values as the answer to a question, so that the
    /// other values are worlds of their own.
    fn pick(&self, symbol: &Symbol, default: &Answerable) {
        let answer = Answer {
            question: Question::Equals(symbol.clone(), default.clone()),
            yes: true,
        };
        let mut picked = self.picked.borrow_mut();
        if !picked.contains(&answer) {
            picked.push(answer);
        }
    }

    fn reading(&self, symbol: &Symbol) -> Reading {
        if let Some([only]) = symbol.domain() {
            return Reading::Pinned(only.clone());
        }
        let all = self.facts.borrow();
        let facts = all.get(&symbol.0.id);
        match facts.and_then(|facts| facts.pinned.clone()) {
            Some(Pinned::Null) => return Reading::Null,
            Some(Pinned::Value(value)) => return Reading::Pinned(value),
            None => {}
        }
        if let Some(value) = all.element(symbol).flatten() {
            return Reading::Pinned(value);
        }
        let free = Facts::default();
        if let Some(last) = facts.unwrap_or(&free).last_left(symbol) {
            return Reading::Pinned(last.clone());
        }
        if let Some(left) = symbol
            .0
            .tie
            .and_then(|tie| tie.value_left(&all, symbol.id()))
        {
            return Reading::Pinned(Answerable::Text(left.into()));
        }
        match &symbol.0.default {
            Some(_) if self.opened.borrow().contains(symbol) => Reading::Open,
            // It would have to be asked for, and that is printed.
            Some(_) if symbol.is_sensitive() && !all.related_to(symbol).is_empty() => Reading::Open,
            Some(default) => {
                let question = Question::Equals(symbol.clone(), default.clone());
                match implied(&all, &question) {
                    Some(false) => Reading::Open,
                    _ => Reading::Default(default.clone()),
                }
            }
            None => Reading::Open,
        }
    }

    /// Whether what others are tells something of a symbol.
    fn is_related(&self, symbol: &Symbol) -> bool {
        self.is_exploring() && !self.facts.borrow().related_to(symbol).is_empty()
    }

    /// Rules the present world out: Terraform or CloudFormation refuses what holds in it. An
    /// exploration drops it, unless it would drop all.
    pub fn refuse(&self) {
        if self.tolerant.get() {
            return;
        }
        if self.is_exploring() {
            self.refused.set(true);
        }
        self.record(Dependency::Refused);
    }

    /// Whether the present world is ruled out.
    pub fn is_refused(&self) -> bool {
        self.refused.get()
    }

    /// Runs a computation whose faults are caught, as Terraform's `try` does: what is refused in
    /// it rules no world out.
    pub fn tolerating<T>(&self, run: impl FnOnce() -> T) -> T {
        let before = self.tolerant.replace(true);
        let result = run();
        self.tolerant.set(before);
        result
    }

    /// Whether what is refused is caught.
    pub fn is_tolerating(&self) -> bool {
        self.tolerant.get()
    }

    fn record(&self, dependency: Dependency) {
        if let Some(frame) = self.recording.borrow_mut().last_mut()
            && !frame.contains(&dependency)
        {
            frame.push(dependency);
        }
    }

    /// Runs a computation in every world that its questions ask for, the defaults first, then
    /// those with one answer changed, and so on. Must not be called from inside itself.
    pub fn explore<T>(self: &Rc<World>, run: impl Fn() -> T) -> Exploration<T> {
        assert!(!self.exploring.get(), "explorations do not nest");
        let mut leaves = Vec::new();
        let mut refused = Vec::new();
        let mut waiting: VecDeque<Vec<Answer>> = VecDeque::from([Vec::new()]);
        let mut complete = true;
        while let Some(given) = waiting.pop_front() {
            if leaves.len() + refused.len() == MAX_WORLDS {
                complete = false;
                break;
            }
            let leaf = self.run_in(&given, &|| {
                let outcome = run();
                (outcome, self.uphold_laws())
            });
            let mut upheld = Upheld::All;
            let leaf = leaf.map(|(outcome, own)| {
                upheld = own;
                outcome
            });
            complete &= !matches!(upheld, Upheld::Unknown);
            let chosen = &leaf.answers[given.len()..];
            for at in 0..chosen.len() {
                // One more than can be visited tells that not all were.
                if leaves.len() + refused.len() + waiting.len() > MAX_WORLDS {
                    break;
                }
                let mut flipped = leaf.answers[..given.len() + at + 1].to_vec();
                let last = flipped.last_mut().expect("it has the answer at `at`");
                last.yes = !last.yes;
                waiting.push_back(flipped);
            }
            match upheld {
                Upheld::Not(breach) => refused.push((leaf, breach)),
                Upheld::All | Upheld::Unknown => leaves.push(leaf),
            }
        }
        self.reset();
        // Where nothing can be deployed, what is wrong with it is the outcome.
        let mut refusal = None;
        let mut ruled_out = Vec::new();
        match leaves.is_empty() {
            true => {
                let mut breaches = refused.iter().filter_map(|(_, breach)| breach.as_ref());
                refusal = breaches.next().map(|breach| breach.why.clone());
                leaves = refused.into_iter().map(|(leaf, _)| leaf).collect();
            }
            false => {
                let unwanted = |(leaf, breach): (_, Option<Breach>)| {
                    let breach = breach.filter(|breach| !breach.is_written)?;
                    Some((leaf, breach.why))
                };
                ruled_out = refused.into_iter().filter_map(unwanted).collect();
            }
        }
        Exploration {
            leaves,
            complete,
            refusal,
            ruled_out,
            world: self.clone(),
        }
    }

    /// Whether something is planned or deployed in which all of some answers hold.
    fn is_possible(&self, answers: &[Answer]) -> bool {
        if self.laws.borrow().is_empty() {
            return true;
        }
        let leaf = self.run_in(answers, &|| self.uphold_laws());
        self.reset();
        !matches!(leaf.outcome, Upheld::Not(_))
    }

    /// Says what a symbol is in every world, for those that are tied to it.
    pub fn give(&self, symbol: Symbol, value: Answerable) {
        let question = Question::Equals(symbol, value);
        let yes = true;
        self.given.borrow_mut().push(Answer { question, yes });
    }

    /// Rules out the worlds of later explorations in which something does not hold.
    pub fn lay_down(&self, law: Law) {
        self.laws.borrow_mut().add(law);
    }

    /// The same of laws that are made once a run has a part in one of the symbols that they may
    /// speak of.
    pub fn lay_down_later(&self, about: BTreeSet<Arc<str>>, make: MakeLaws) {
        self.laws.borrow_mut().later.push((about, make));
    }

    /// Runs a computation in the world of the defaults only.
    pub fn by_default<T>(&self, run: impl Fn() -> T) -> T {
        let leaf = self.run_in(&[], &run);
        self.reset();
        leaf.outcome
    }

    /// The defaults that an outcome rests on: those of a world without which it is not known, or
    /// another one. `run` is what was explored.
    pub fn needed<'l, T>(
        &self,
        leaf: &'l Leaf<T>,
        run: impl Fn() -> T,
        same: impl Fn(&T) -> bool,
    ) -> Vec<&'l (Symbol, Answerable)> {
        let mut needed = Vec::new();
        for assumed in &leaf.assumes {
            self.opened.borrow_mut().push(assumed.0.clone());
            let without = self.run_in(&leaf.answers, &|| self.without_asking(&run));
            if !same(&without.outcome) {
                self.opened.borrow_mut().pop();
                needed.push(assumed);
            }
        }
        self.opened.borrow_mut().clear();
        self.reset();
        needed
    }

    /// One run with the answers that are given, and defaults for the questions beyond them. A
    /// symbol that was read before a question pinned it is read again with the answer known.
    fn run_in<T>(&self, given: &[Answer], run: &impl Fn() -> T) -> Leaf<T> {
        let mut answers = given.to_vec();
        loop {
            self.reset();
            self.exploring.set(true);
            {
                let mut facts = self.facts.borrow_mut();
                for answer in self.given.borrow().iter().chain(&answers) {
                    facts.learn(answer);
                }
            }
            let outcome = run();
            self.exploring.set(false);
            let mut chosen = self.chosen.take();
            let read_open = self.read_open.take();
            let pinned_late = read_open
                .iter()
                .any(|symbol| self.reading(symbol) != Reading::Open);
            // Something else has turned out to be what is compared with it.
            let is_lost = |(symbol, value): &(Symbol, Answerable)| match self.reading(symbol) {
                Reading::Default(own) | Reading::Pinned(own) => own != *value,
                Reading::Open | Reading::Null => true,
            };
            let is_new = !chosen.is_empty();
            let assumed_too_early = is_new && self.assumed.borrow().iter().any(is_lost);
            // Unless it was asked for as well, later on.
            let picked = self.picked.take().into_iter();
            let is_assumed =
                |pick: &Answer| matches!(self.reading(pick.question.symbol()), Reading::Default(_));
            chosen.extend(picked.filter(is_assumed));
            answers.extend(chosen);
            if !pinned_late && !assumed_too_early {
                return Leaf {
                    answers,
                    outcome,
                    assumes: self.assumed.take(),
                    passed: self.passed.take(),
                };
            }
        }
    }

    fn reset(&self) {
        self.exploring.set(false);
        self.refused.set(false);
        self.facts.borrow_mut().clear();
        self.chosen.borrow_mut().clear();
        self.assumed.borrow_mut().clear();
        self.passed.borrow_mut().clear();
        self.picked.borrow_mut().clear();
        self.read_open.borrow_mut().clear();
        *self.completion.borrow_mut() = None;
    }
}

/// Worlds that one exploration visits before it gives up; the residue is undetermined.
pub const MAX_WORLDS: usize = 256;

/// Conditions of one world that are kept, to be tried as the reason of an outcome.
const MAX_PASSED: usize = 32;

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}
