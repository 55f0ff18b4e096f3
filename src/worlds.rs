//! Worlds: what is asked when a computation must branch on something undecided, and the
//! exploration of every answer.
//!
//! A computation runs in one [`World`] at a time and asks it questions about symbols. Outside an
//! exploration the world refuses to answer, and the branch is simply unknown. [`World::explore`]
//! runs the computation once for each consistent sequence of answers. Answers that a run was
//! started with hold from its beginning, so a value that was read before its question came up
//! agrees with the answer.
//!
//! - `completion`: whether what a run did not ask for leaves a way to keep the laws.

mod completion;

use crate::value::{Texts, Unknown};
use completion::{Completion, Upheld};
use foldhash::{HashMap, HashSet};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// Something with an identity whose value is not given: a variable, a parameter, an attribute.
#[derive(Clone)]
pub struct Symbol(Rc<SymbolInfo>);

struct SymbolInfo {
    id: Arc<str>,
    label: Arc<str>,
    default: Option<Answerable>,
    domain: Option<Vec<Answerable>>,
    or_null: bool,
    never_null: bool,
    sensitive: bool,
    tie: Option<&'static Tie>,
    texts: Option<Rc<Texts>>,
}

/// Symbols whose values go together: what one of them is tells what the others may be.
pub struct Tie {
    /// The symbol whose value belongs to a line of the table: how its id ends. What comes before is
    /// the same in all symbols that go together.
    pub key: &'static str,
    /// The line that a value of the key belongs to; nothing: none of them, and the values of the
    /// others are not in the table either.
    pub line_of: fn(&str) -> Option<usize>,
    /// The symbols that have one value in each line, with these values.
    pub columns: &'static [(&'static str, &'static [&'static str])],
}

/// A literal that a symbol can be compared with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answerable {
    Bool(bool),
    /// A number in its shortest decimal form.
    Number(Arc<str>),
    Text(Arc<str>),
}

/// Values of one symbol that are tried one by one.
pub const FEW_VALUES: usize = 16;

impl Symbol {
    /// `id` is unique within a unit of work; `label` is how a person finds it: `var.env`, `Env`.
    pub fn new(id: impl Into<Arc<str>>, label: impl Into<Arc<str>>) -> Symbol {
        Symbol(Rc::new(SymbolInfo {
            id: id.into(),
            label: label.into(),
            default: None,
            domain: None,
            or_null: false,
            never_null: false,
            sensitive: false,
            tie: None,
            texts: None,
        }))
    }

    /// The value that it has unless somebody gives another one.
    pub fn with_default(self, default: Answerable) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.default = Some(default);
        Symbol(Rc::new(info))
    }

    /// All the values it can have.
    pub fn with_domain(self, domain: Vec<Answerable>) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.domain = Some(domain);
        Symbol(Rc::new(info))
    }

    /// Beside the values of its domain, it can be null.
    pub fn or_null(self) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.or_null = true;
        Symbol(Rc::new(info))
    }

    /// It is not null in any world.
    pub fn never_null(self) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.never_null = true;
        Symbol(Rc::new(info))
    }

    /// Its value is not to be printed.
    pub fn sensitive(self, sensitive: bool) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.sensitive |= sensitive;
        Symbol(Rc::new(info))
    }

    /// Its value goes with those of other symbols.
    pub fn tied(self, tie: &'static Tie) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.tie = Some(tie);
        Symbol(Rc::new(info))
    }

    /// The texts that it can be, where these are restricted otherwise than by a domain.
    pub fn with_texts(self, texts: Texts) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.texts = Some(Rc::new(texts));
        Symbol(Rc::new(info))
    }

    pub fn texts(&self) -> Option<&Texts> {
        self.0.texts.as_deref()
    }

    pub fn is_sensitive(&self) -> bool {
        self.0.sensitive
    }

    pub fn id(&self) -> &str {
        &self.0.id
    }

    pub fn label(&self) -> &str {
        &self.0.label
    }

    pub fn is_never_null(&self) -> bool {
        self.0.never_null
    }

    pub fn domain(&self) -> Option<&[Answerable]> {
        self.0.domain.as_deref()
    }

    /// All the values it can have, where these are so few that each is tried.
    pub fn few_values(&self) -> Option<&[Answerable]> {
        self.domain().filter(|domain| domain.len() <= FEW_VALUES)
    }
}

impl SymbolInfo {
    fn copy(&self) -> SymbolInfo {
        SymbolInfo {
            id: self.id.clone(),
            label: self.label.clone(),
            default: self.default.clone(),
            domain: self.domain.clone(),
            or_null: self.or_null,
            never_null: self.never_null,
            sensitive: self.sensitive,
            tie: self.tie,
            texts: self.texts.clone(),
        }
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Symbol) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Symbol {}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({})", self.id())
    }
}

impl Answerable {
    /// Its characters.
    pub fn as_text(&self) -> &str {
        match self {
            Answerable::Text(text) | Answerable::Number(text) => text,
            Answerable::Bool(true) => "true",
            Answerable::Bool(false) => "false",
        }
    }
}

/// A yes-or-no question. There are no others: any other predicate is evaluated again once its
/// symbols are pinned, and is unknown until then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    Equals(Symbol, Answerable),
    IsNull(Symbol),
    IsTrue(Symbol),
}

impl Question {
    fn symbol(&self) -> &Symbol {
        match self {
            Question::Equals(symbol, _) | Question::IsNull(symbol) | Question::IsTrue(symbol) => {
                symbol
            }
        }
    }
}

/// What holds in every world that is planned or deployed.
pub struct Law {
    /// The ids of the symbols that it speaks of. It is asked only where one of them has a part.
    pub about: BTreeSet<Arc<str>>,
    /// Why the present world breaks it, as far as that is known.
    pub broken: Box<dyn Fn() -> Option<Unknown>>,
}

/// Makes laws that it takes an effort to find.
pub type MakeLaws = Box<dyn FnOnce() -> Vec<Law>>;

/// All laws, found by what they speak of: most runs touch few of many.
#[derive(Default)]
struct Laws {
    all: Vec<Rc<Law>>,
    by_symbol: HashMap<Arc<str>, Vec<usize>>,
    /// Those that are yet to be made, with all that they may speak of.
    later: Vec<(BTreeSet<Arc<str>>, MakeLaws)>,
}

impl Laws {
    fn add(&mut self, law: Law) {
        for id in &law.about {
            let own = self.by_symbol.entry(id.clone()).or_default();
            own.push(self.all.len());
        }
        self.all.push(Rc::new(law));
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty() && self.later.is_empty()
    }

    /// Takes those that are yet to be made and may speak of a symbol.
    fn due(&mut self, symbol: &str) -> Vec<MakeLaws> {
        let is_due = |(about, _): &mut (BTreeSet<Arc<str>>, MakeLaws)| about.contains(symbol);
        self.later
            .extract_if(.., is_due)
            .map(|(_, make)| make)
            .collect()
    }

    /// Those that speak of a symbol, but for the ones that were `asked` before.
    fn about(&self, symbol: &str, asked: &mut HashSet<usize>) -> Vec<Rc<Law>> {
        let found = self.by_symbol.get(symbol).into_iter().flatten();
        let found = found.filter(|at| asked.insert(**at));
        found.map(|&at| self.all[at].clone()).collect()
    }
}

/// A question with its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub question: Question,
    pub yes: bool,
}

impl fmt::Display for Answer {
    /// As a person says it: "`Env` is not \"prod\"".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.question.symbol().label();
        match (&self.question, self.yes) {
            (Question::Equals(_, Answerable::Bool(value)), yes) => {
                write!(f, "`{label}` is {}", *value == yes)
            }
            (Question::Equals(_, value), true) => write!(f, "`{label}` is {value}"),
            (Question::Equals(_, value), false) => write!(f, "`{label}` is not {value}"),
            (Question::IsNull(_), true) => write!(f, "`{label}` is null"),
            (Question::IsNull(_), false) => write!(f, "`{label}` is not null"),
            (Question::IsTrue(_), yes) => write!(f, "`{label}` is {yes}"),
        }
    }
}

impl fmt::Display for Answerable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answerable::Bool(value) => write!(f, "{value}"),
            Answerable::Number(text) => f.write_str(text),
            Answerable::Text(text) if text.is_empty() => f.write_str("empty"),
            Answerable::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// What the answers so far say of one symbol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Facts {
    pinned: Option<Pinned>,
    /// Values that it does not have, sorted.
    excluded: Vec<Answerable>,
    not_null: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Pinned {
    Null,
    Value(Answerable),
}

impl Facts {
    /// What these facts already answer, if they do.
    fn answer(&self, question: &Question) -> Option<bool> {
        match (&self.pinned, question) {
            (Some(Pinned::Null), Question::IsNull(_)) => Some(true),
            (Some(Pinned::Null), _) => Some(false),
            (Some(Pinned::Value(_)), Question::IsNull(_)) => Some(false),
            (Some(Pinned::Value(value)), Question::Equals(_, other)) => Some(value == other),
            (Some(Pinned::Value(value)), Question::IsTrue(_)) => {
                Some(*value == Answerable::Bool(true))
            }
            (None, Question::IsNull(symbol)) if self.not_null || symbol.0.never_null => Some(false),
            (None, Question::Equals(symbol, value)) => {
                if self.excluded.contains(value) {
                    return Some(false);
                }
                let domain = symbol.domain()?;
                if !domain.contains(value) {
                    return Some(false);
                }
                self.last_left(symbol).map(|last| last == value)
            }
            // A condition is not null wherever it is one.
            (None, Question::IsTrue(_)) => {
                let excluded = |value: bool| self.excluded.contains(&Answerable::Bool(value));
                (excluded(true) || excluded(false)).then(|| !excluded(true))
            }
            (None, _) => None,
        }
    }

    /// The one value that a symbol can have, if there is only one.
    fn last_left<'a>(&self, symbol: &'a Symbol) -> Option<&'a Answerable> {
        if symbol.0.or_null && !symbol.0.never_null && !self.not_null {
            return None;
        }
        let mut left = symbol
            .domain()?
            .iter()
            .filter(|value| !self.excluded.contains(value));
        left.next().filter(|_| left.next().is_none())
    }

    fn learn(&mut self, answer: &Answer) {
        match (&answer.question, answer.yes) {
            (Question::IsNull(_), true) => self.pinned = Some(Pinned::Null),
            (Question::IsNull(_), false) => self.not_null = true,
            (Question::IsTrue(_), yes) => {
                self.pinned = Some(Pinned::Value(Answerable::Bool(yes)));
            }
            (Question::Equals(_, value), true) => {
                self.pinned = Some(Pinned::Value(value.clone()));
            }
            (Question::Equals(_, value), false) => {
                if let Err(at) = self.excluded.binary_search(value) {
                    self.excluded.insert(at, value.clone());
                }
            }
        }
        let symbol = answer.question.symbol();
        if self.pinned.is_none()
            && let Some(last) = self.last_left(symbol)
        {
            self.pinned = Some(Pinned::Value(last.clone()));
        }
        if self.pinned.is_none() && self.is_null_left(symbol) {
            self.pinned = Some(Pinned::Null);
        }
    }

    /// Whether a symbol has none of the values that it can have, so that it is null.
    fn is_null_left(&self, symbol: &Symbol) -> bool {
        let mut domain = symbol.domain().unwrap_or_default().iter();
        symbol.0.or_null && domain.all(|value| self.excluded.contains(value))
    }
}

/// What the answers so far say of all symbols.
type AllFacts = BTreeMap<Arc<str>, Facts>;

/// What these facts already answer, also by what is known of other symbols.
fn implied(all: &AllFacts, question: &Question) -> Option<bool> {
    let symbol = question.symbol();
    let own = all.get(&symbol.0.id);
    let known = own.unwrap_or(&Facts::default()).answer(question);
    let Some(tie) = symbol.0.tie.filter(|_| known.is_none()) else {
        return known;
    };
    let may_be = |yes: bool| {
        let mut facts = own.cloned().unwrap_or_default();
        let question = question.clone();
        facts.learn(&Answer { question, yes });
        !tie.lines_left(all, symbol.id(), Some(&facts)).is_empty()
    };
    match (may_be(true), may_be(false)) {
        (true, true) | (false, false) => None,
        (yes, _) => Some(yes),
    }
}

impl Tie {
    /// The name of a symbol in the table, and what comes before it in its id.
    fn name_of<'i>(&self, id: &'i str) -> (&'i str, &'static str) {
        let names = self.columns.iter().map(|(name, _)| *name);
        let mut names = names.chain([self.key]);
        let found = names.find_map(|name| Some((id.strip_suffix(name)?, name)));
        found.expect("only these are tied")
    }

    /// The ids of the symbols that go together with the one of this id.
    fn ids(&self, id: &str) -> impl Iterator<Item = Arc<str>> {
        let (scope, _) = self.name_of(id);
        let names = self.columns.iter().map(|(name, _)| *name);
        let ids = names.chain([self.key]);
        ids.map(move |name| format!("{scope}{name}").into())
    }

    /// The lines that agree with what is known; the one past the last stands for all that are not
    /// in the table. `instead`: other facts of the symbol of this id.
    fn lines_left(&self, all: &AllFacts, id: &str, instead: Option<&Facts>) -> Vec<usize> {
        let (scope, own) = self.name_of(id);
        let facts_of = |name: &str| match instead {
            Some(facts) if own == name => Some(facts),
            _ if scope.is_empty() => all.get(name),
            _ => all.get(&*format!("{scope}{name}")),
        };
        let pinned = |id: &str| match facts_of(id)?.pinned.as_ref()? {
            Pinned::Value(value) => Some(value.as_text()),
            Pinned::Null => None,
        };
        let count = self.columns.first().map_or(0, |(_, values)| values.len());
        let line = pinned(self.key).map(|key| (self.line_of)(key).unwrap_or(count));
        let fits = |line: usize, id: &str, values: &[&str]| match (values.get(line), pinned(id)) {
            (Some(value), Some(own)) => *value == own,
            (None, Some(own)) => !values.contains(&own),
            (None, None) => true,
            (Some(value), None) => facts_of(id).is_none_or(|facts| {
                let mut excluded = facts.excluded.iter();
                !excluded.any(|one| one.as_text() == *value)
            }),
        };
        let mut lines: Vec<usize> = (0..=count).collect();
        lines.retain(|&at| {
            let mut columns = self.columns.iter();
            line.is_none_or(|own| own == at) && columns.all(|(id, values)| fits(at, id, values))
        });
        lines
    }

    /// What the others are with a value of the key.
    pub fn line(&self, key: &str) -> Vec<(&'static str, &'static str)> {
        let line = (self.line_of)(key);
        let columns = self.columns.iter();
        let cells = columns.filter_map(|(id, values)| Some((*id, *values.get(line?)?)));
        cells.collect()
    }

    /// The one value that a symbol can have, if there is only one.
    fn value_left(&self, all: &AllFacts, id: &str) -> Option<&'static str> {
        let (_, own) = self.name_of(id);
        let (_, values) = self.columns.iter().find(|(name, _)| *name == own)?;
        let lines = self.lines_left(all, id, None);
        let mut left = lines.iter().map(|&line| values.get(line).copied());
        let first = left.next()??;
        left.all(|other| other == Some(first)).then_some(first)
    }
}

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
        let facts = all.entry(symbol.0.id.clone()).or_default();
        facts.learn(&answer);
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
        if self.completion.borrow().is_some()
            && let Reading::Default(value) = &reading
        {
            // A law is not kept by a default alone.
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
            Some(default) if !facts.is_some_and(|facts| facts.excluded.contains(default)) => {
                Reading::Default(default.clone())
            }
            _ => Reading::Open,
        }
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
        let mut refusal = None;
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
                Upheld::Not(why) => {
                    refusal = refusal.or(why);
                    refused.push(leaf);
                }
                Upheld::All | Upheld::Unknown => leaves.push(leaf),
            }
        }
        self.reset();
        // Where nothing can be deployed, what is wrong with it is the outcome.
        let is_refused = leaves.is_empty();
        if is_refused {
            leaves = refused;
        }
        Exploration {
            leaves,
            complete,
            refusal: refusal.filter(|_| is_refused),
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
                    let symbol = answer.question.symbol();
                    facts.entry(symbol.0.id.clone()).or_default().learn(answer);
                }
            }
            let outcome = run();
            self.exploring.set(false);
            let mut chosen = self.chosen.take();
            let read_open = self.read_open.take();
            let pinned_late = read_open
                .iter()
                .any(|symbol| self.reading(symbol) != Reading::Open);
            // Unless it was asked for as well, later on.
            let picked = self.picked.take().into_iter();
            let is_assumed =
                |pick: &Answer| matches!(self.reading(pick.question.symbol()), Reading::Default(_));
            chosen.extend(picked.filter(is_assumed));
            answers.extend(chosen);
            if !pinned_late {
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

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

/// All worlds of one computation.
#[derive(Debug)]
pub struct Exploration<T> {
    /// The world of the defaults first.
    pub leaves: Vec<Leaf<T>>,
    /// Whether every world was visited.
    pub complete: bool,
    /// Where every world breaks a law: why the first does.
    pub refusal: Option<Unknown>,
    world: Rc<World>,
}

/// The outcome in one world.
#[derive(Debug)]
pub struct Leaf<T> {
    /// Which world it is. The answers of all leaves exclude one another.
    pub answers: Vec<Answer>,
    pub outcome: T,
    /// Defaults that the outcome rests on.
    pub assumes: Vec<(Symbol, Answerable)>,
    /// The conditions that the computation went through, with what they come to here.
    pub passed: Vec<(Symbol, bool)>,
}

impl<T> Leaf<T> {
    fn map<U>(self, to: impl FnOnce(T) -> U) -> Leaf<U> {
        Leaf {
            answers: self.answers,
            outcome: to(self.outcome),
            assumes: self.assumes,
            passed: self.passed,
        }
    }
}

/// An answer of a witness, and a condition that it decides together with those before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Premise {
    pub answer: Answer,
    pub so: Option<(Symbol, bool)>,
}

impl fmt::Display for Premise {
    /// As a person says it: "`Env` is \"prod\" (so `IsProd` is true)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        match &self.so {
            Some((condition, holds)) => write!(f, " (so `{}` is {holds})", condition.label()),
            None => Ok(()),
        }
    }
}

impl<T> Exploration<T> {
    /// The same with another outcome in each world.
    pub fn map<U>(self, mut to: impl FnMut(T) -> U) -> Exploration<U> {
        let leaves = self.leaves.into_iter().map(|leaf| leaf.map(&mut to));
        Exploration {
            leaves: leaves.collect(),
            complete: self.complete,
            refusal: self.refusal,
            world: self.world,
        }
    }

    /// The fewest answers of `leaves[at]` under which every world that agrees with them has an
    /// outcome for which `same` holds. Irredundant: each answer is needed.
    pub fn witness(&self, at: usize, same: impl Fn(&T) -> bool) -> Vec<Answer> {
        let mut witness = self.leaves[at].answers.clone();
        if !self.complete {
            return witness;
        }
        let mut index = 0;
        while index < witness.len() {
            let dropped = witness.remove(index);
            if !self.all_agreeing(&witness, |leaf| same(&leaf.outcome)) {
                witness.insert(index, dropped);
                index += 1;
            }
        }
        for index in 0..witness.len() {
            self.widen(&mut witness, index, &same);
        }
        sharpen(witness)
    }

    /// Says what a symbol is not, where it may have all other values of its domain and not only the
    /// one that an answer gives it.
    fn widen(&self, witness: &mut [Answer], index: usize, same: &impl Fn(&T) -> bool) {
        let answer = witness[index].clone();
        let Question::Equals(symbol, value) = &answer.question else {
            return;
        };
        let domain = symbol.few_values().unwrap_or_default();
        if !answer.yes || domain.len() < 3 {
            return;
        }
        for other in domain.iter().filter(|other| *other != value) {
            let question = Question::Equals(symbol.clone(), other.clone());
            let yes = false;
            witness[index] = Answer { question, yes };
            if self.all_agreeing(witness, |leaf| same(&leaf.outcome)) {
                return;
            }
        }
        witness[index] = answer;
    }

    /// A witness of `leaves[at]` with the conditions that tell why: those that the computation
    /// went through in every world of the witness, and that come to this in none besides for which
    /// `same` does not hold.
    pub fn premises(
        &self,
        at: usize,
        witness: Vec<Answer>,
        same: impl Fn(&T) -> bool,
    ) -> Vec<Premise> {
        let mut premises: Vec<(Premise, usize)> = witness
            .iter()
            .map(|answer| {
                let answer = answer.clone();
                (Premise { answer, so: None }, 0)
            })
            .collect();
        let told = match self.complete {
            true => &self.leaves[at].passed[..],
            false => &[],
        };
        for (condition, holds) in told {
            let comes_to = |leaf: &Leaf<T>| {
                let mut passed = leaf.passed.iter();
                let found = passed.find(|(known, _)| known == condition);
                found.map(|(_, holds)| *holds)
            };
            let decided_by = |answers: &[Answer]| {
                self.all_agreeing(answers, |leaf| comes_to(leaf) == Some(*holds))
            };
            // One that comes to the same in every world tells nothing.
            let differs = self
                .leaves
                .iter()
                .any(|leaf| comes_to(leaf) == Some(!holds));
            if !differs || !decided_by(&witness) {
                continue;
            }
            // The fewest answers that decide it; the others stay as they are.
            let mut deciding: Vec<usize> = (0..witness.len()).collect();
            let pick = |of: &[usize]| -> Vec<Answer> {
                of.iter().map(|&index| witness[index].clone()).collect()
            };
            for index in 0..witness.len() {
                let fewer: Vec<usize> = deciding.iter().copied().filter(|&i| i != index).collect();
                if decided_by(&pick(&fewer)) {
                    deciding = fewer;
                }
            }
            let others: Vec<usize> = (0..witness.len())
                .filter(|index| !deciding.contains(index))
                .collect();
            let suffices = self.all_agreeing(&pick(&others), |leaf| {
                comes_to(leaf) != Some(*holds) || same(&leaf.outcome)
            });
            if let Some(&last) = deciding.last()
                && suffices
                && deciding.len() >= premises[last].1
            {
                premises[last].0.so = Some((condition.clone(), *holds));
                premises[last].1 = deciding.len();
            }
        }
        premises.into_iter().map(|(premise, _)| premise).collect()
    }

    /// Whether something holds in all worlds that agree with some answers.
    fn all_agreeing(&self, answers: &[Answer], holds: impl Fn(&Leaf<T>) -> bool) -> bool {
        let against = self.leaves.iter().filter(|leaf| !holds(leaf));
        let mut against = against.filter(|leaf| agree(&leaf.answers, answers));
        // What the leaf leaves open, the laws may tell.
        !against.any(|leaf| self.world.is_possible(&[&leaf.answers, answers].concat()))
    }
}

/// Conditions of one world that are kept, to be tried as the reason of an outcome.
const MAX_PASSED: usize = 32;

/// The same answers in fewer words: where several say what a symbol is not, and leave it one value,
/// that value.
fn sharpen(witness: Vec<Answer>) -> Vec<Answer> {
    let mut sharp: Vec<Answer> = Vec::with_capacity(witness.len());
    for answer in &witness {
        let symbol = answer.question.symbol();
        let own = witness.iter().filter(|own| own.question.symbol() == symbol);
        let mut facts = Facts::default();
        own.clone().for_each(|own| facts.learn(own));
        let told = match facts.pinned {
            Some(Pinned::Value(value)) if own.count() > 1 => Answer {
                question: Question::Equals(symbol.clone(), value),
                yes: true,
            },
            _ => answer.clone(),
        };
        if !sharp.contains(&told) {
            sharp.push(told);
        }
    }
    sharp
}

/// Whether some world satisfies both lists of answers.
fn agree(a: &[Answer], b: &[Answer]) -> bool {
    let mut all = AllFacts::new();
    // Pins first, so that an exclusion that contradicts one is noticed.
    let (pins, rest): (Vec<&Answer>, Vec<&Answer>) = a
        .iter()
        .chain(b)
        .partition(|answer| answer.yes || matches!(answer.question, Question::IsTrue(_)));
    for answer in pins.into_iter().chain(rest) {
        match implied(&all, &answer.question) {
            Some(known) if known != answer.yes => return false,
            Some(_) => {}
            None => {
                let id = answer.question.symbol().0.id.clone();
                all.entry(id).or_default().learn(answer);
            }
        }
    }
    true
}

/// The remembered results of one computation, each used only in worlds that agree with what it
/// depended on.
pub struct Memo<T> {
    entries: RefCell<Vec<(Vec<Dependency>, T)>>,
    busy: Cell<bool>,
}

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
                    Dependency::Glanced(symbol.clone(), world.glance(symbol))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Answerable {
        Answerable::Text(value.into())
    }

    fn equals(symbol: &Symbol, value: &str) -> Question {
        Question::Equals(symbol.clone(), text(value))
    }

    fn ask(world: &World, question: &Question) -> bool {
        world.decide(question).expect("it is explored")
    }

    #[test]
    fn what_was_not_asked_is_not_asked_by_who_remembers_it() {
        let world = World::new();
        let env = Symbol::new("Env", "Env");
        let memo = Memo::default();
        let question = equals(&env, "prod");
        let compute = || world.without_asking(|| world.decide(&question));
        let recalled = || memo.get(&world, compute).expect("no cycle");
        assert_eq!(world.explore(|| (recalled(), recalled())).leaves.len(), 1);
        let asked = world.explore(|| (ask(&world, &question), recalled()));
        let outcomes: Vec<_> = asked.leaves.iter().map(|leaf| leaf.outcome).collect();
        assert_eq!(outcomes, [(false, Some(false)), (true, Some(true))]);
    }

    #[test]
    fn outside_an_exploration_nothing_is_answered() {
        let world = World::new();
        let env = Symbol::new("Env", "Env");
        assert_eq!(world.decide(&equals(&env, "prod")), None);
    }

    #[test]
    fn correlated_questions_give_only_consistent_worlds() {
        let world = World::new();
        let env = Symbol::new("Env", "Env");
        let explored = world.explore(|| {
            let prod = ask(&world, &equals(&env, "prod"));
            let dev = ask(&world, &equals(&env, "dev"));
            (prod, dev)
        });
        let mut outcomes: Vec<_> = explored.leaves.iter().map(|leaf| leaf.outcome).collect();
        outcomes.sort();
        assert_eq!(outcomes, [(false, false), (false, true), (true, false)]);
    }

    #[test]
    fn the_last_allowed_value_is_forced() {
        let world = World::new();
        let env = Symbol::new("Env", "Env").with_domain(vec![text("a"), text("b")]);
        let explored = world.explore(|| {
            (!ask(&world, &equals(&env, "a")))
                .then(|| (world.read(&env), ask(&world, &equals(&env, "b"))))
        });
        let outcomes: Vec<_> = explored.leaves.iter().map(|leaf| &leaf.outcome).collect();
        assert_eq!(outcomes, [&Some((Reading::Pinned(text("b")), true)), &None]);
    }

    #[test]
    fn a_default_is_assumed_until_an_answer_speaks_against_it() {
        let world = World::new();
        let env = Symbol::new("Env", "Env").with_default(text("dev"));
        let explored = world.explore(|| {
            let before = world.read(&env);
            (before, ask(&world, &equals(&env, "prod")))
        });
        let [first, second] = &explored.leaves[..] else {
            panic!("two worlds: {explored:?}");
        };
        assert_eq!(first.outcome, (Reading::Default(text("dev")), false));
        assert_eq!(first.assumes, [(env.clone(), text("dev"))]);
        assert_eq!(second.outcome, (Reading::Pinned(text("prod")), true));
        assert!(second.assumes.is_empty());
    }

    #[test]
    fn a_symbol_read_before_its_question_agrees_with_the_answer() {
        let world = World::new();
        let flag = Symbol::new("f", "var.f");
        let explored = world.explore(|| {
            let read = world.read(&flag);
            let yes = ask(&world, &Question::IsTrue(flag.clone()));
            (read, yes)
        });
        for leaf in &explored.leaves {
            let (read, yes) = &leaf.outcome;
            assert_eq!(*read, Reading::Pinned(Answerable::Bool(*yes)));
        }
        assert_eq!(explored.leaves.len(), 2);
    }

    #[test]
    fn witnesses_hold_no_answer_that_does_not_matter() {
        let world = World::new();
        let symbols: Vec<Symbol> = (0..4).map(|i| Symbol::new(format!("s{i}"), "s")).collect();
        let explored = world.explore(|| {
            let answers: Vec<bool> = symbols
                .iter()
                .map(|symbol| ask(&world, &Question::IsTrue(symbol.clone())))
                .collect();
            answers[1] && !answers[3]
        });
        assert_eq!(explored.leaves.len(), 16);
        let at = explored
            .leaves
            .iter()
            .position(|leaf| leaf.outcome)
            .expect("one fails");
        let witness = explored.witness(at, |&fails| fails);
        let told: Vec<_> = witness
            .iter()
            .map(|answer| (answer.question.symbol().id(), answer.yes))
            .collect();
        assert_eq!(told, [("s1", true), ("s3", false)]);
    }

    #[test]
    fn too_many_worlds_are_said_to_be_incomplete() {
        let world = World::new();
        let explored = world.explore(|| {
            for at in 0..20 {
                ask(
                    &world,
                    &Question::IsTrue(Symbol::new(format!("s{at}"), "s")),
                );
            }
        });
        assert!(!explored.complete);
        assert_eq!(explored.leaves.len(), MAX_WORLDS);
    }

    #[test]
    fn what_is_remembered_is_used_only_in_worlds_that_agree() {
        let world = World::new();
        let flag = Symbol::new("f", "var.f");
        let memo = Memo::default();
        let computed = Cell::new(0);
        let value = || {
            memo.get(&world, || {
                computed.set(computed.get() + 1);
                world.decide(&Question::IsTrue(flag.clone()))
            })
            .expect("it does not read itself")
        };
        assert_eq!(value(), None, "remembered outside an exploration");
        for _ in 0..3 {
            let explored = world.explore(value);
            let outcomes: Vec<_> = explored.leaves.iter().map(|leaf| leaf.outcome).collect();
            assert_eq!(outcomes, [Some(false), Some(true)]);
        }
        assert_eq!(value(), None);
        assert_eq!(computed.get(), 3);
    }

    #[test]
    fn a_computation_that_reads_itself_is_a_cycle() {
        let world = World::new();
        let memo = Memo::<bool>::default();
        let outcome = memo.get(&world, || memo.get(&world, || true).is_err());
        assert_eq!(outcome, Ok(true));
    }
}
