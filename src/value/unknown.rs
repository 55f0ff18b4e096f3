//! What is not known: why, where, what can be asked, and what is known of its type all the same.

use super::{Kind, Pattern, Slot, Value};
use crate::source::Span;
use crate::worlds::{Answerable, Symbol};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A value that is not known, with a reason that a person can act on. Unknown is never null and
/// never a default.
#[derive(Clone, Debug)]
pub struct Unknown(Rc<UnknownInfo>);

#[derive(Clone, Debug)]
struct UnknownInfo {
    kind: UnknownKind,
    reason: Cow<'static, str>,
    span: Span,
    symbol: Option<Symbol>,
    hint: Option<Hint>,
    never_null: bool,
}

/// What is known of the type of a value that is null or not known.
#[derive(Clone, Debug)]
pub enum Hint {
    Text,
    Number,
    Bool,
    /// A list, set, map, tuple or object.
    Collection,
    /// With the type of the elements, as far as it is known; likewise below.
    List(Option<Rc<Hint>>),
    Set(Option<Rc<Hint>>),
    Map(Option<Rc<Hint>>),
    Tuple(Rc<[Option<Hint>]>),
    Object(Rc<[Part]>),
    /// The one type that these values have: one of them it is.
    Either(Rc<[Slot; 2]>),
    /// The type of this value, which is found out where somebody asks.
    Like(Rc<Slot>),
}

/// What is known of an attribute of an object that is not known.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: Arc<str>,
    pub hint: Option<Hint>,
    /// It is not null, such as what has a default that stands for null.
    pub never_null: bool,
}

impl Hint {
    /// The type of a value, which is found out where somebody asks.
    pub fn of(slot: &Slot) -> Hint {
        let of_value = |value: &Value| match &value.kind {
            Kind::Text(_) => Some(Hint::Text),
            Kind::Number(_) => Some(Hint::Number),
            Kind::Bool(_) => Some(Hint::Bool),
            _ => None,
        };
        let known = match slot {
            Slot::Ready(value) => of_value(value),
            Slot::Deferred(_) => None,
        };
        known.unwrap_or_else(|| Hint::Like(Rc::new(slot.clone())))
    }

    pub fn is_scalar(&self) -> bool {
        matches!(self, Hint::Text | Hint::Number | Hint::Bool)
    }

    /// Whether it is one of a collection's. What `Either` and `Like` stand for is not looked into.
    pub fn is_collection(&self) -> bool {
        !self.is_scalar() && !matches!(self, Hint::Either(_) | Hint::Like(_))
    }

    /// Whether both are certainly one type.
    pub fn is_same(&self, other: &Hint) -> bool {
        let same = |a: Option<&Hint>, b: Option<&Hint>| match (a, b) {
            (Some(a), Some(b)) => a.is_same(b),
            _ => false,
        };
        match (self, other) {
            (Hint::Text, Hint::Text) | (Hint::Number, Hint::Number) | (Hint::Bool, Hint::Bool) => {
                true
            }
            (Hint::List(a), Hint::List(b))
            | (Hint::Set(a), Hint::Set(b))
            | (Hint::Map(a), Hint::Map(b)) => same(a.as_deref(), b.as_deref()),
            (Hint::Tuple(a), Hint::Tuple(b)) => {
                let mut pairs = a.iter().zip(b.iter());
                a.len() == b.len() && pairs.all(|(a, b)| same(a.as_ref(), b.as_ref()))
            }
            (Hint::Object(a), Hint::Object(b)) => {
                let mut pairs = a.iter().zip(b.iter());
                a.len() == b.len()
                    && pairs
                        .all(|(a, b)| a.name == b.name && same(a.hint.as_ref(), b.hint.as_ref()))
            }
            _ => false,
        }
    }

    /// What is known of the attribute or the element under a key.
    fn part(&self, key: &str) -> (Option<Hint>, bool) {
        match self {
            Hint::Object(parts) => {
                let part = parts.iter().find(|part| &*part.name == key);
                part.map_or((None, false), |part| (part.hint.clone(), part.never_null))
            }
            Hint::List(of) | Hint::Map(of) => (of.as_deref().cloned(), false),
            Hint::Tuple(of) => {
                let at: Option<usize> = key.parse().ok();
                let of = at.and_then(|at| of.get(at).cloned());
                (of.flatten(), false)
            }
            _ => (None, false),
        }
    }
}

/// Why a value is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownKind {
    /// A variable or parameter without a value: known once somebody plans or deploys.
    UnsetInput,
    /// Known only after apply: a computed attribute of a resource, an import, a dynamic reference.
    AfterApply,
    /// Read from outside when a plan is made: a data source.
    DataSource,
    /// A file or module that could not be read.
    NotRead,
    /// A function or construct that ecslint does not evaluate.
    Unsupported,
    /// The source is in error here: Terraform or CloudFormation would refuse it.
    Invalid,
    /// A bound of ecslint was reached.
    Limit,
    /// Depends on a condition that is not decided.
    Undecided,
}

impl Unknown {
    pub fn new(kind: UnknownKind, reason: impl Into<Cow<'static, str>>, span: Span) -> Unknown {
        Unknown(Rc::new(UnknownInfo {
            kind,
            reason: reason.into(),
            span,
            symbol: None,
            hint: None,
            never_null: false,
        }))
    }

    /// An input that nobody gave a value, asked about by its symbol.
    pub fn unset_input(
        reason: impl Into<Cow<'static, str>>,
        span: Span,
        symbol: Option<Symbol>,
    ) -> Unknown {
        Unknown::new(UnknownKind::UnsetInput, reason, span).with_symbol(symbol)
    }

    pub fn unsupported(reason: impl Into<Cow<'static, str>>, span: Span) -> Unknown {
        Unknown::new(UnknownKind::Unsupported, reason, span)
    }

    pub fn invalid(reason: impl Into<Cow<'static, str>>, span: Span) -> Unknown {
        Unknown::new(UnknownKind::Invalid, reason, span)
    }

    pub fn limit(reason: impl Into<Cow<'static, str>>, span: Span) -> Unknown {
        Unknown::new(UnknownKind::Limit, reason, span)
    }

    pub fn with_symbol(self, symbol: Option<Symbol>) -> Unknown {
        Unknown(Rc::new(UnknownInfo {
            symbol,
            ..(*self.0).clone()
        }))
    }

    /// The same, with what is known of its type.
    pub fn with_hint(self, hint: Option<Hint>) -> Unknown {
        Unknown(Rc::new(UnknownInfo {
            hint,
            ..(*self.0).clone()
        }))
    }

    /// The same, which is not null whatever it is, such as what an operator gives. What is refused
    /// is no value at all.
    pub fn never_null(self) -> Unknown {
        if self.is_refused() {
            return self;
        }
        Unknown(Rc::new(UnknownInfo {
            never_null: true,
            ..(*self.0).clone()
        }))
    }

    /// The unknown of a value that is computed from this one: no longer the symbol itself, and of
    /// any type.
    pub fn derived(self) -> Unknown {
        match &*self.0 {
            UnknownInfo {
                symbol: None,
                hint: None,
                never_null: false,
                ..
            } => self,
            info => Unknown::new(info.kind, info.reason.clone(), info.span),
        }
    }

    /// The same, met at another place.
    pub fn at(self, span: Span) -> Unknown {
        Unknown(Rc::new(UnknownInfo {
            span,
            ..(*self.0).clone()
        }))
    }

    /// The attribute `name` of a value that is not known: where the value is a symbol, its
    /// attribute is one too, with a reason that names it. `span` is where the attribute is read.
    pub fn attribute(&self, name: &str, span: Span) -> Unknown {
        self.part(name, &format!(".{name}"), span)
    }

    /// The element of a value that is not known, by the key as it is written between brackets.
    pub fn element(&self, key: &str, span: Span) -> Unknown {
        self.part(key, &format!("[{key}]"), span)
    }

    fn part(&self, key: &str, suffix: &str, span: Span) -> Unknown {
        let of = self.hint().map(|hint| hint.part(key));
        let (hint, never_null) = of.unwrap_or_default();
        let Some(symbol) = self.symbol() else {
            return self.clone().derived().with_hint(hint);
        };
        let label = format!("{}{suffix}", symbol.label());
        let reason = match self.kind() {
            UnknownKind::UnsetInput => format!("`{label}` has no value"),
            UnknownKind::DataSource => format!("`{label}` is read when Terraform plans"),
            UnknownKind::AfterApply => format!("`{label}` is known only after apply"),
            _ => return self.clone().derived().with_hint(hint),
        };
        let mut symbol = Symbol::new(format!("{}{suffix}", symbol.id()), label);
        if let Some(Hint::Bool) = hint {
            let both = vec![Answerable::Bool(true), Answerable::Bool(false)];
            symbol = symbol.with_domain(both).or_null();
        }
        if never_null {
            symbol = symbol.never_null();
        }
        let part = Unknown::new(self.kind(), reason, span).with_symbol(Some(symbol));
        part.with_hint(hint)
    }

    pub fn kind(&self) -> UnknownKind {
        self.0.kind
    }

    /// Whether Terraform or CloudFormation refuses what would give it.
    pub fn is_refused(&self) -> bool {
        self.kind() == UnknownKind::Invalid
    }

    /// Whether nothing that it becomes a part of is a value either: it is refused, or was too much.
    pub fn is_fatal(&self) -> bool {
        matches!(self.kind(), UnknownKind::Invalid | UnknownKind::Limit)
    }

    /// One clause in lower case without a full stop: "`var.uid` has no value".
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    pub fn span(&self) -> Span {
        self.0.span
    }

    /// The type of the value, as far as it is declared. Like the symbol, it is the value's own.
    pub fn hint(&self) -> Option<&Hint> {
        self.0.hint.as_ref()
    }

    /// Whether it is certain not to be null.
    pub fn is_never_null(&self) -> bool {
        self.0.never_null || self.symbol().is_some_and(Symbol::is_never_null)
    }

    /// What a world can be asked about. Only an unknown that *is* the symbol's value carries it;
    /// a value computed from it does not.
    pub fn symbol(&self) -> Option<&Symbol> {
        self.0.symbol.as_ref()
    }

    /// Whether it may be a text that, behind `prefix`, a pattern matches. Only *no* is certain.
    pub fn may_match(&self, prefix: &str, pattern: &Pattern) -> bool {
        let texts = self.symbol().and_then(Symbol::texts);
        texts.is_none_or(|texts| texts.may_match(prefix, pattern))
    }

    /// The symbol, where a world can turn on it. Nobody chooses what is known only after apply.
    pub fn askable(&self) -> Option<&Symbol> {
        if self.kind() == UnknownKind::AfterApply {
            return None;
        }

        self.0.symbol.as_ref()
    }
}
