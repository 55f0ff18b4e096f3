//! What is asked about, and what is answered.

use crate::value::Texts;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// Something with an identity whose value is not given: a variable, a parameter, an attribute.
#[derive(Clone)]
pub struct Symbol(pub(super) Rc<SymbolInfo>);

pub(super) struct SymbolInfo {
    pub(super) id: Arc<str>,
    pub(super) label: Arc<str>,
    pub(super) default: Option<Answerable>,
    pub(super) domain: Option<Vec<Answerable>>,
    pub(super) or_null: bool,
    pub(super) never_null: bool,
    pub(super) sensitive: bool,
    pub(super) tie: Option<&'static Tie>,
    pub(super) texts: Option<Rc<Texts>>,
    pub(super) relation: Option<Relation>,
}

/// What a symbol tells of others.
#[derive(Clone)]
pub(super) enum Relation {
    /// It is true where these are the same.
    Same(Symbol, Symbol),
    /// It is an element of this list, which is a text between commas.
    Element(Symbol, usize),
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
            relation: None,
        }))
    }

    /// A symbol that tells whether two others are the same.
    pub(super) fn same(one: &Symbol, other: &Symbol) -> Symbol {
        let id = format!("{} = {}", one.id(), other.id());
        let relation = Relation::Same(one.clone(), other.clone());
        let symbol = Symbol::new(id, one.label()).with_relation(relation);
        match (&one.0.default, &other.0.default) {
            (Some(default), Some(own)) if default == own => {
                symbol.with_default(Answerable::Bool(true))
            }
            _ => symbol,
        }
    }

    /// An element of a list, which is a text between commas.
    pub fn element(list: &Symbol, index: usize) -> Symbol {
        let [id, label] = [list.id(), list.label()].map(|name| format!("{name}[{index}]"));
        let relation = Relation::Element(list.clone(), index);
        Symbol::new(id, label).with_relation(relation)
    }

    fn with_relation(self, relation: Relation) -> Symbol {
        let mut info = Rc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        info.relation = Some(relation);
        Symbol(Rc::new(info))
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

    /// Whether it can be a text, as far as its own values are restricted.
    pub(super) fn may_be(&self, text: &str) -> bool {
        let listed = |domain: &[Answerable]| domain.iter().any(|own| own.as_text() == text);
        self.domain().is_none_or(listed) && self.texts().is_none_or(|texts| texts.has(text))
    }

    /// A text as an answer about it.
    pub(super) fn answer(&self, text: &str) -> Answerable {
        match self.texts().is_some_and(Texts::are_numbers) {
            true => Answerable::Number(text.into()),
            false => Answerable::Text(text.into()),
        }
    }

    /// All the values it can have, where these are so few that each is tried.
    pub fn few_values(&self) -> Option<&[Answerable]> {
        self.domain().filter(|domain| domain.len() <= FEW_VALUES)
    }
}

impl SymbolInfo {
    pub(super) fn copy(&self) -> SymbolInfo {
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
            relation: self.relation.clone(),
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
    pub(super) fn symbol(&self) -> &Symbol {
        match self {
            Question::Equals(symbol, _) | Question::IsNull(symbol) | Question::IsTrue(symbol) => {
                symbol
            }
        }
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
            (Question::IsTrue(symbol), yes) => match (&symbol.0.relation, yes) {
                (Some(Relation::Same(_, other)), true) => {
                    write!(f, "`{label}` equals `{}`", other.label())
                }
                (Some(Relation::Same(_, other)), false) => {
                    write!(f, "`{label}` does not equal `{}`", other.label())
                }
                (_, yes) => write!(f, "`{label}` is {yes}"),
            },
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
