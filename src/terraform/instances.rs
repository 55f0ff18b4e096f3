//! `count` and `for_each`: which instances of a resource or a module call there are.
//!
//! Instances of a block in which nothing speaks of `each` or `count` are told apart by their keys
//! alone: one that stands for all is evaluated and judged ([`InstanceKey::All`]), and each address
//! gets what is said of it. Where some arguments of a module call speak of them, the others are
//! evaluated once all the same. What that one reads is its own, so that no world takes what two
//! instances read for one thing. Calls at several places that hand over equal values are judged once
//! (`likeness`), unless something is wrong: the values come from other places, and findings name
//! those.

use super::environment::{ModuleInstance, Names};
use super::eval::{Scope, reveal};
use super::module::{Argument, Merged};
use crate::model::Existence;
use crate::source::Span;
use crate::value::{Kind, ListShape, Literal, Map, Number, Slot, Unknown, UnknownKind, Value};
use crate::worlds::{Answerable, Memo, Question, Symbol};
use foldhash::{HashMap, HashSet};
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// Instances of one resource or module call that are judged; the rest is undetermined.
pub const MAX_INSTANCES: usize = 10_000;

/// Unknown keys are told apart by questions up to this many; each asks for one more world.
const MAX_ASKED_KEYS: usize = 32;

/// What stands between the brackets of an address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InstanceKey {
    /// Neither `count` nor `for_each`.
    None,
    Index(usize),
    Name(Arc<str>),
    /// Stands for instances whose keys are not known.
    Unknown,
    /// Stands for all instances, which only their keys tell apart.
    All,
}

impl fmt::Display for InstanceKey {
    /// As Terraform writes it behind an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Index(index) => write!(f, "[{index}]"),
            InstanceKey::Unknown => f.write_str("[?]"),
            InstanceKey::All => f.write_str("[*]"),
            InstanceKey::Name(name) => {
                f.write_str("[\"")?;
                let mut rest = name.chars().peekable();
                while let Some(character) = rest.next() {
                    match character {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if rest.peek() == Some(&'{') => {
                            write!(f, "{character}{character}")?;
                        }
                        _ => write!(f, "{character}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// A resource or module call in one module instance, with what its `count` or `for_each` gives.
pub struct Repeated {
    owner: Rc<ModuleInstance>,
    /// `aws_ecs_task_definition.web`, `module.api`.
    name: Arc<str>,
    meta: Meta,
    memo: Memo<Repetition>,
    /// The keys of every world are known one by one, so that an unknown key stands only for
    /// worlds in which the keys are not known.
    enumerated: Cell<bool>,
}

/// The meta-argument that repeats a block.
enum Meta {
    None,
    Count(Argument),
    ForEach(Argument),
    /// Terraform would refuse it.
    Refused(Unknown),
}

/// The instances in one world.
#[derive(Clone)]
pub enum Repetition {
    Single,
    Count(usize),
    Each(Rc<Elements>),
    Unknown(Unknown),
}

/// The elements of a known `for_each`, sorted by key as Terraform sorts them.
pub struct Elements {
    pub list: Vec<(Arc<str>, Element)>,
    index: HashMap<Arc<str>, usize>,
    /// There may be more.
    pub rest: Option<Unknown>,
}

/// One element of a `for_each`.
pub struct Element {
    /// Where the key is written.
    key_span: Span,
    /// Nothing where the element is its own key, as in a set.
    value: Option<Slot>,
}

impl Elements {
    /// The element under a key.
    pub fn get(&self, key: &str) -> Option<&Element> {
        self.index.get(key).map(|&at| &self.list[at].1)
    }
}

impl Repeated {
    /// The block with this body in a module instance; `name` is its address there.
    pub fn new(owner: &Rc<ModuleInstance>, name: impl Into<Arc<str>>, body: &Merged) -> Repeated {
        let count = body.argument("count");
        let for_each = body.argument("for_each");
        let meta = match (count, for_each) {
            (None, None) => Meta::None,
            (Some(count), None) => Meta::Count(count),
            (None, Some(for_each)) => Meta::ForEach(for_each),
            (Some(_), Some(for_each)) => Meta::Refused(Unknown::invalid(
                "`count` and `for_each` can't both be set",
                for_each.name.span,
            )),
        };
        Repeated {
            owner: owner.clone(),
            name: name.into(),
            meta,
            memo: Memo::default(),
            enumerated: Cell::new(false),
        }
    }

    /// The instances in the present world.
    pub fn repetition(&self) -> Repetition {
        match &self.meta {
            Meta::None => Repetition::Single,
            Meta::Refused(unknown) => Repetition::Unknown(unknown.clone()),
            Meta::Count(argument) => self.remembered(argument, count),
            Meta::ForEach(argument) => self.remembered(argument, elements),
        }
    }

    fn remembered(
        &self,
        argument: &Argument,
        read: impl Fn(Value, Span) -> Repetition,
    ) -> Repetition {
        let world = &self.owner.context.unit.world;
        let evaluated = self.memo.get(world, || {
            let scope = Scope::new(Names::of_module(&self.owner));
            read(argument.eval(&scope), argument.span)
        });
        evaluated.unwrap_or_else(|_| {
            Repetition::Unknown(Unknown::invalid(
                format!(
                    "the number of instances of `{}` depends on itself",
                    self.name
                ),
                argument.span,
            ))
        })
    }

    /// The keys to judge: those of all worlds together, and why that is not all, if a bound cut
    /// it short. One unknown key stands for worlds in which the keys are not known. No keys: not
    /// instantiated in any world. Must not be called inside an exploration.
    pub fn keys(&self) -> (Vec<InstanceKey>, Option<Unknown>) {
        match self.repetition() {
            Repetition::Unknown(unknown) if is_settled_by_plan(&unknown) => {
                (self.keys_of_all_worlds(), None)
            }
            repetition => self.keys_of(&repetition),
        }
    }

    /// Whether there are at least two instances, each known by its key.
    pub fn is_several(&self) -> bool {
        match self.repetition() {
            Repetition::Count(count) => count > 1,
            Repetition::Each(elements) => elements.list.len() > 1,
            Repetition::Single | Repetition::Unknown(_) => false,
        }
    }

    /// Whether the instances are the same ones in every world, each known by its key.
    pub fn is_settled(&self) -> bool {
        match self.repetition() {
            Repetition::Single | Repetition::Count(_) => true,
            Repetition::Each(elements) => elements.rest.is_none(),
            Repetition::Unknown(_) => false,
        }
    }

    fn keys_of_all_worlds(&self) -> Vec<InstanceKey> {
        let world = &self.owner.context.unit.world;
        let exploration = world.explore(|| self.keys_of(&self.repetition()));
        let mut all: Vec<InstanceKey> = Vec::new();
        let mut seen = HashSet::default();
        for leaf in exploration.leaves {
            let (keys, cut) = leaf.outcome;
            if cut.is_some() || !exploration.complete || all.len() + keys.len() > MAX_INSTANCES {
                return vec![InstanceKey::Unknown];
            }
            all.extend(keys.into_iter().filter(|key| seen.insert(key.clone())));
        }
        self.enumerated.set(true);
        all.sort();
        all
    }

    fn keys_of(&self, repetition: &Repetition) -> (Vec<InstanceKey>, Option<Unknown>) {
        match repetition {
            Repetition::Single => (vec![InstanceKey::None], None),
            Repetition::Unknown(_) => (vec![InstanceKey::Unknown], None),
            Repetition::Count(count) => {
                let keys = (0..*count.min(&MAX_INSTANCES)).map(InstanceKey::Index);
                (keys.collect(), self.cut(*count))
            }
            Repetition::Each(elements) => {
                let names = elements.list.iter().take(MAX_INSTANCES);
                let mut keys: Vec<InstanceKey> = names
                    .map(|(name, _)| InstanceKey::Name(name.clone()))
                    .collect();
                if elements.rest.is_some() {
                    keys.push(InstanceKey::Unknown);
                }
                (keys, self.cut(elements.list.len()))
            }
        }
    }

    fn cut(&self, count: usize) -> Option<Unknown> {
        (count > MAX_INSTANCES).then(|| {
            Unknown::limit(
                format!(
                    "`{}` has {count} instances, of which the first {MAX_INSTANCES} were checked",
                    self.name
                ),
                self.span(),
            )
        })
    }

    /// Whether the instance of this key is there in the present world.
    pub fn exists(&self, key: &InstanceKey) -> Existence {
        match (self.repetition(), key) {
            (Repetition::Single, InstanceKey::None) => Existence::Exists,
            (Repetition::Count(0), _) => Existence::NotInstantiated,
            (Repetition::Count(_), InstanceKey::All) => Existence::Exists,
            (Repetition::Each(elements), InstanceKey::All) if !elements.list.is_empty() => {
                Existence::Exists
            }
            (Repetition::Count(_), InstanceKey::Unknown) if !self.enumerated.get() => {
                Existence::Exists
            }
            (Repetition::Count(count), InstanceKey::Index(index)) if *index < count => {
                Existence::Exists
            }
            (Repetition::Each(elements), InstanceKey::Unknown) => match &elements.rest {
                Some(rest) => Existence::Unknown(rest.clone()),
                None if elements.list.is_empty() || self.enumerated.get() => {
                    Existence::NotInstantiated
                }
                None => Existence::Exists,
            },
            (Repetition::Each(elements), InstanceKey::Name(name))
                if elements.get(name).is_some() =>
            {
                Existence::Exists
            }
            (Repetition::Unknown(unknown), _) => Existence::Unknown(unknown),
            _ => Existence::NotInstantiated,
        }
    }

    fn span(&self) -> Span {
        match &self.meta {
            Meta::Count(argument) | Meta::ForEach(argument) => argument.span,
            Meta::Refused(unknown) => unknown.span(),
            Meta::None => self.owner.module_span(),
        }
    }

    /// The key that an instance has in the present world: an unknown one may be known here.
    fn present_key(&self, key: &InstanceKey) -> Result<InstanceKey, Unknown> {
        if *key != InstanceKey::Unknown {
            return Ok(key.clone());
        }
        match self.repetition() {
            Repetition::Single => Ok(InstanceKey::None),
            Repetition::Unknown(unknown) => Err(unknown),
            Repetition::Count(count) => {
                let keys = (0..count.min(MAX_ASKED_KEYS + 1)).map(|index| {
                    let text: Arc<str> = index.to_string().into();
                    (InstanceKey::Index(index), Answerable::Number(text))
                });
                self.ask_key("count.index", keys.collect())
            }
            Repetition::Each(elements) => match &elements.rest {
                Some(rest) => Err(rest.clone()),
                None => {
                    let keys = elements
                        .list
                        .iter()
                        .take(MAX_ASKED_KEYS + 1)
                        .map(|(name, _)| {
                            (
                                InstanceKey::Name(name.clone()),
                                Answerable::Text(name.clone()),
                            )
                        });
                    self.ask_key("each.key", keys.collect())
                }
            },
        }
    }

    fn ask_key(
        &self,
        label: &str,
        keys: Vec<(InstanceKey, Answerable)>,
    ) -> Result<InstanceKey, Unknown> {
        let undecided = || {
            Unknown::new(
                UnknownKind::Undecided,
                format!(
                    "`{label}` depends on which instance of `{}` is meant",
                    self.name
                ),
                self.span(),
            )
        };
        let Some((last, others)) = keys.split_last() else {
            return Err(undecided());
        };
        if keys.len() > MAX_ASKED_KEYS {
            return Err(undecided());
        }
        let domain = keys.iter().map(|(_, answer)| answer.clone()).collect();
        let symbol = Symbol::new(
            format!("{}{}.{label}", self.owner.prefix(), self.name),
            label,
        )
        .with_domain(domain);
        for (key, answer) in others {
            let question = Question::Equals(symbol.clone(), answer.clone());
            match self.owner.context.unit.world.decide(&question) {
                Some(true) => return Ok(key.clone()),
                Some(false) => {}
                None => return Err(undecided()),
            }
        }
        Ok(last.0.clone())
    }
}

/// Whether a number of instances that is not known is settled by whoever plans, so that one
/// instance may stand for all. Anything else leaves the instances undetermined: Terraform refuses
/// to plan what is known only after apply.
pub fn is_settled_by_plan(unknown: &Unknown) -> bool {
    matches!(
        unknown.kind(),
        UnknownKind::UnsetInput | UnknownKind::DataSource | UnknownKind::Undecided
    )
}

/// One instance of something repeated: what `each` and `count` mean in its body.
#[derive(Clone)]
pub struct Instance {
    pub of: Rc<Repeated>,
    pub key: InstanceKey,
}

impl Instance {
    /// Whether it is there in the present world, without its module.
    pub fn exists(&self) -> Existence {
        self.of.exists(&self.key)
    }

    /// The keys of the instances that it stands for.
    pub fn keys(&self) -> Vec<InstanceKey> {
        match &self.key {
            InstanceKey::All => self.of.keys_of(&self.of.repetition()).0,
            key => vec![key.clone()],
        }
    }

    /// Whether `count.index` means something.
    pub fn has_count(&self) -> bool {
        matches!(self.of.meta, Meta::Count(_))
    }

    /// Whether `each.key` and `each.value` mean something.
    pub fn has_each(&self) -> bool {
        matches!(self.of.meta, Meta::ForEach(_))
    }

    /// Where it is said which instances there are.
    pub fn span(&self) -> Span {
        self.of.span()
    }

    /// `count.index`.
    pub fn index(&self) -> Value {
        match self.of.present_key(&self.key) {
            Ok(InstanceKey::Index(index)) => {
                let number = Number::from(i64::try_from(index).unwrap_or(i64::MAX));
                Value::new(Kind::Number(number), self.span())
            }
            Ok(_) => Value::unknown(Unknown::invalid(
                "`count.index` means something only where `count` is set",
                self.span(),
            )),
            Err(unknown) => self.part("count.index", &unknown),
        }
    }

    /// `each.key`.
    pub fn key(&self) -> Value {
        match self.present_element() {
            Ok((name, key_span, _)) => self.written(name, key_span),
            Err(unknown) => self.part("each.key", &unknown),
        }
    }

    /// `each.value`.
    pub fn value(&self) -> Value {
        match self.present_element() {
            Ok((name, key_span, None)) => self.written(name, key_span),
            Ok((name, _, Some(slot))) => {
                let step = format!("`each.value` of {}", InstanceKey::Name(name));
                slot.get().step(step, self.span())
            }
            Err(unknown) => self.part("each.value", &unknown),
        }
    }

    /// A key as a string, with the places of its characters where it is written as it is.
    fn written(&self, key: Arc<str>, span: Span) -> Value {
        let file = self.of.owner.context.unit.sources.file(span.file);
        let source = file.slice(span);
        let unquoted = source
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let start = span.range().start;
        let map = match unquoted {
            Some(inner) if *inner == *key => Map::verbatim(span, start + 1),
            _ if *source == *key => Map::verbatim(span, start),
            _ => Map::computed(span),
        };
        Value::text(Literal::mapped(key, map).into(), span)
    }

    fn present_element(&self) -> Result<(Arc<str>, Span, Option<Slot>), Unknown> {
        let key = self.of.present_key(&self.key)?;
        match (self.of.repetition(), key) {
            (Repetition::Each(elements), InstanceKey::Name(name)) => match elements.get(&name) {
                Some(element) => Ok((name, element.key_span, element.value.clone())),
                None => Err(Unknown::new(
                    UnknownKind::Undecided,
                    format!("there is no instance {} here", InstanceKey::Name(name)),
                    self.span(),
                )),
            },
            (Repetition::Unknown(unknown), _) => Err(unknown),
            _ => Err(Unknown::invalid(
                "`each` means something only where `for_each` is set",
                self.span(),
            )),
        }
    }

    /// What an instance that stands for several says of one of its names: something a world can
    /// be asked about, if whoever plans decides it.
    fn part(&self, label: &str, cause: &Unknown) -> Value {
        let unknown = Unknown::new(
            cause.kind(),
            format!("`{label}` is not known, since {}", cause.reason()),
            cause.span(),
        );
        match cause.kind() {
            UnknownKind::UnsetInput | UnknownKind::DataSource => {
                let id = format!("{}{}.{label}", self.of.owner.prefix(), self.of.name);
                let unknown = unknown.with_symbol(Some(Symbol::new(id, label)));
                reveal(&self.of.owner.context.unit, unknown)
            }
            _ => Value::unknown(unknown),
        }
    }
}

/// Reads `count`.
fn count(value: Value, span: Span) -> Repetition {
    let refused = |reason: String| Repetition::Unknown(Unknown::invalid(reason, span));
    if value.marks.is_ephemeral() {
        return refused(
            "`count` is ephemeral; its instances would be kept in the state".to_owned(),
        );
    }
    let number = match &value.kind {
        Kind::Unknown(unknown) => return Repetition::Unknown(unknown.clone()),
        Kind::Null(_) => return refused("`count` is null; it must be a whole number".to_owned()),
        Kind::Number(number) => Some(number.clone()),
        Kind::Text(text) => match text.render() {
            Ok(rendered) => Number::spelt(&rendered.text),
            Err(unknown) => return Repetition::Unknown(unknown),
        },
        _ => None,
    };
    let Some(number) = number else {
        return refused(format!(
            "`count` is {}; it must be a whole number",
            value.describe()
        ));
    };
    match number.to_i64().map(usize::try_from) {
        Some(Ok(count)) => Repetition::Count(count),
        _ => refused(format!(
            "`count` is {number}; it must be a whole number that is not negative"
        )),
    }
}

/// Reads `for_each`.
fn elements(value: Value, span: Span) -> Repetition {
    let refused = |reason: String| Repetition::Unknown(Unknown::invalid(reason, span));
    if value.marks.is_sensitive() {
        return refused("`for_each` is sensitive; its keys would be shown in addresses".to_owned());
    }
    if value.marks.is_ephemeral() {
        return refused("`for_each` is ephemeral; its keys would be kept in the state".to_owned());
    }
    let mut list: Vec<(Arc<str>, Element)> = Vec::new();
    let mut rest;
    match value.kind {
        Kind::Unknown(unknown) => return Repetition::Unknown(unknown),
        Kind::Object(object) => {
            rest = object.rest.clone();
            for member in object.members() {
                let element = Element {
                    key_span: member.name_span,
                    value: Some(member.value.clone()),
                };
                list.push((member.name.clone(), element));
            }
        }
        Kind::List(set) if set.shape == ListShape::Set => {
            rest = set.rest.clone();
            for item in set.iter() {
                let key_span = item.span;
                match &item.kind {
                    Kind::Text(text) => match text.render() {
                        Ok(rendered) => {
                            let name: Arc<str> = rendered.text.into();
                            let value = None;
                            list.push((name, Element { key_span, value }));
                        }
                        Err(unknown) => rest = Some(unknown),
                    },
                    Kind::Unknown(unknown) => rest = Some(unknown.clone()),
                    _ => {
                        return refused(format!(
                            "`for_each` is a set that holds {}; it must be a map or a set of strings",
                            item.describe()
                        ));
                    }
                }
            }
        }
        _ => {
            return refused(format!(
                "`for_each` is {}; it must be a map or a set of strings",
                value.describe()
            ));
        }
    }
    // Terraform refuses a `for_each` whose keys are known only after apply.
    if let Some(unknown) = &rest
        && unknown.kind() == UnknownKind::AfterApply
    {
        return Repetition::Unknown(unknown.clone());
    }
    list.sort_by(|a, b| a.0.cmp(&b.0));
    // Of one name twice the last holds, as it does in the object itself.
    list.reverse();
    list.dedup_by(|a, b| a.0 == b.0);
    list.reverse();
    let index = list
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (name.clone(), at))
        .collect();
    Repetition::Each(Rc::new(Elements { list, index, rest }))
}
