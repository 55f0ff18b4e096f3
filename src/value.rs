//! Values that know where they came from: the common currency of all front ends.
//!
//! A value is always evaluated to its outermost shape; what lists and objects hold may still be
//! deferred and is evaluated when somebody reads it ([`Slot`]). So nothing is computed that no
//! rule asks for, and no conditional inside a container costs a world of another container.

mod marks;
mod number;
pub mod placeholders;
mod text;
mod texts;
mod trail;
mod unknown;

pub use marks::Marks;
pub use number::Number;
pub use text::{Literal, LiteralBuilder, Map, Piece, PieceKind, Rendered, Text};
pub use texts::{Pattern, Texts};
pub use trail::{Step, Trail, Words};
pub use unknown::{Hint, Part, Unknown, UnknownKind};

use crate::source::Span;
use foldhash::HashMap;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A value with the place where it was written and the way it took from there.
#[derive(Clone, Debug)]
pub struct Value {
    pub kind: Kind,
    /// The text whose change changes the value.
    pub span: Span,
    pub trail: Trail,
    pub marks: Marks,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// With its type, where it has one: what was converted to a string is a null of that type.
    Null(Option<Hint>),
    Bool(bool),
    Number(Number),
    Text(Text),
    List(List),
    Object(Object),
    Unknown(Unknown),
}

impl Value {
    pub fn new(kind: Kind, span: Span) -> Value {
        Value {
            kind,
            span,
            trail: Trail::default(),
            marks: Marks::NONE,
        }
    }

    pub fn null(span: Span) -> Value {
        Value::new(Kind::Null(None), span)
    }

    pub fn null_of(of: Option<Hint>, span: Span) -> Value {
        Value::new(Kind::Null(of), span)
    }

    pub fn bool(value: bool, span: Span) -> Value {
        Value::new(Kind::Bool(value), span)
    }

    /// A string that was computed at `span`.
    pub fn string(text: impl Into<Arc<str>>, span: Span) -> Value {
        Value::new(Kind::Text(Text::computed(text, span)), span)
    }

    pub fn text(text: Text, span: Span) -> Value {
        Value::new(Kind::Text(text), span)
    }

    /// The unknown brings its own span and trail.
    pub fn unknown(unknown: Unknown) -> Value {
        Value {
            span: unknown.span(),
            trail: Trail::default(),
            marks: Marks::NONE,
            kind: Kind::Unknown(unknown),
        }
    }

    /// The same value after one more step on its way to where it is used.
    pub fn step(mut self, step: impl Into<Words>, span: Span) -> Value {
        self.trail = self.trail.then(step, span);
        self
    }

    /// Adds marks; those that it has stay.
    pub fn mark(mut self, marks: Marks) -> Value {
        self.marks |= marks;
        self
    }

    /// The marks of the value and of all that it holds; of what is too large, of a part of it.
    pub fn marks_within(&self) -> Marks {
        const MAX_LOOKED_AT: usize = 10_000;
        let mut marks = self.marks;
        let mut waiting: Vec<Value> = Vec::new();
        let look_into = |kind: &Kind, waiting: &mut Vec<Value>| match kind {
            Kind::List(list) => waiting.extend(list.iter().take(MAX_LOOKED_AT)),
            Kind::Object(object) => {
                let members = object.members().iter().take(MAX_LOOKED_AT);
                waiting.extend(members.map(|member| member.value.get()));
            }
            Kind::Text(text) => waiting.extend(text.encoded_values().cloned()),
            _ => {}
        };
        look_into(&self.kind, &mut waiting);
        for _ in 0..MAX_LOOKED_AT {
            let Some(value) = waiting.pop() else { break };
            marks |= value.marks;
            look_into(&value.kind, &mut waiting);
        }
        marks
    }

    /// The marks of the value itself: a string has those of all that is encoded in it.
    pub fn own_marks(&self) -> Marks {
        match &self.kind {
            Kind::Text(_) => self.marks_within(),
            _ => self.marks,
        }
    }

    /// The same with each element and member changed, and all else as it is: what is not known of
    /// a list or object, and its shape.
    #[must_use]
    pub fn map_parts(self, mut change: impl FnMut(&Slot) -> Slot) -> Value {
        let changed = self.try_map_parts(
            |member| Ok::<_, Infallible>(member.name.clone()),
            &mut |slot| Ok(change(slot)),
        );
        changed.unwrap_or_else(|never| match never {})
    }

    /// The same where a change can fail, and with each name changed, too.
    ///
    /// # Errors
    /// The first fault.
    pub fn try_map_parts<E>(
        self,
        name: impl Fn(&Member) -> Result<Arc<str>, E>,
        change: &mut dyn FnMut(&Slot) -> Result<Slot, E>,
    ) -> Result<Value, E> {
        let kind = match self.kind {
            Kind::List(list) => {
                let items: Result<Vec<Slot>, E> = list.items.iter().map(change).collect();
                Kind::List(List {
                    items: Rc::new(items?),
                    ..list
                })
            }
            Kind::Object(object) => {
                let members = object.members().iter().map(|member| {
                    Ok(Member {
                        name: name(member)?,
                        name_span: member.name_span,
                        value: change(&member.value)?,
                    })
                });
                let members: Result<Vec<Member>, E> = members.collect();
                Kind::Object(Object {
                    rest: object.rest.clone(),
                    shape: object.shape,
                    ..Object::new(members?)
                })
            }
            kind => kind,
        };
        Ok(Value { kind, ..self })
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// What is known of the type of a value that is null or not known.
    pub fn hint(&self) -> Option<&Hint> {
        match &self.kind {
            Kind::Null(of) => of.as_ref(),
            Kind::Unknown(unknown) => unknown.hint(),
            _ => None,
        }
    }

    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Why Terraform or CloudFormation refuses what gives it, if they do.
    pub fn fault(&self) -> Option<&Unknown> {
        let unknown = self.as_unknown()?;
        unknown.is_refused().then_some(unknown)
    }

    pub fn as_list(&self) -> Option<&List> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match &self.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The characters of a string, if all are known.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        self.as_text()?.known()
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, in the words that Terraform and CloudFormation share: "a string".
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Null(_) => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
            Kind::Unknown(_) => "a value that is not known",
        }
    }
}

/// A list, tuple or set. With `rest`, there may be more elements, at any place between those
/// listed, which keep their order.
#[derive(Clone, Debug)]
pub struct List {
    pub items: Rc<Vec<Slot>>,
    pub rest: Option<Unknown>,
    pub shape: ListShape,
    /// What the elements of a list or set without any would be: values beside it become that.
    pub element: Option<Rc<Hint>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListShape {
    /// Elements of any types, as `[…]` makes them and JSON has them.
    Tuple,
    List,
    Set,
}

impl List {
    pub fn new(items: Vec<Slot>) -> List {
        List {
            items: Rc::new(items),
            rest: None,
            shape: ListShape::Tuple,
            element: None,
        }
    }

    /// What is told of the type that all elements have.
    pub fn element(&self) -> Option<Rc<Hint>> {
        match self.items.first() {
            Some(first) => Some(Rc::new(Hint::of(first))),
            None => self.element.clone(),
        }
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value> + '_ {
        self.items.iter().map(Slot::get)
    }
}

/// An object or map. With `rest`, there may be more members, none of them of a name listed.
#[derive(Clone)]
pub struct Object {
    members: Rc<Members>,
    pub rest: Option<Unknown>,
    pub shape: ObjectShape,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectShape {
    Object,
    Map,
}

/// One member in the order of the source. JSON allows a name twice; both are kept.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: Arc<str>,
    pub name_span: Span,
    pub value: Slot,
}

struct Members {
    list: Vec<Member>,
    /// In a box: most objects are too small to have one, and need not hold room for it.
    index: OnceCell<Box<HashMap<Arc<str>, usize>>>,
    /// See [`Object::element`].
    element: Option<Box<Hint>>,
}

/// From this many members on, looking one up goes through an index.
const INDEXED_FROM: usize = 16;

impl Object {
    pub fn new(members: Vec<Member>) -> Object {
        Object {
            members: Rc::new(Members {
                list: members,
                index: OnceCell::new(),
                element: None,
            }),
            rest: None,
            shape: ObjectShape::Object,
        }
    }

    /// The members that are set to something.
    pub fn without_nulls(&self) -> Object {
        let is_set = |member: &&Member| !member.value.get().is_null();
        if self.members().iter().all(|member| is_set(&member)) {
            return self.clone();
        }
        let members = self.members().iter().filter(is_set).cloned();
        Object {
            rest: self.rest.clone(),
            shape: self.shape,
            ..Object::new(members.collect())
        }
    }

    /// A map without members, of which it is known what they would be.
    pub fn empty_map(element: Hint) -> Object {
        Object {
            members: Rc::new(Members {
                list: Vec::new(),
                index: OnceCell::new(),
                element: Some(Box::new(element)),
            }),
            rest: None,
            shape: ObjectShape::Map,
        }
    }

    /// What the members of an empty map would be: values beside it become that.
    pub fn element(&self) -> Option<&Hint> {
        self.members.element.as_deref()
    }

    pub fn members(&self) -> &[Member] {
        &self.members.list
    }

    /// The last member of this exact name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        let list = &self.members.list;
        if list.len() < INDEXED_FROM {
            return list.iter().rev().find(|member| &*member.name == name);
        }
        let index = self.members.index.get_or_init(|| {
            let index = list
                .iter()
                .enumerate()
                .map(|(at, member)| (member.name.clone(), at));
            Box::new(index.collect())
        });
        index.get(name).map(|&at| &list[at])
    }

    /// The last member of this exact name; where none is listed but there may be more, an unknown.
    /// `span` is where the member is read.
    pub fn get(&self, name: &str, span: Span) -> Option<Value> {
        match (self.member(name), &self.rest) {
            (Some(member), _) => Some(member.value.get()),
            (None, Some(rest)) => Some(Value::unknown(rest.attribute(name, span))),
            (None, None) => None,
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members()).finish()
    }
}

/// A value that is there, or one that is computed when it is read.
#[derive(Clone)]
pub enum Slot {
    Ready(Value),
    Deferred(Rc<dyn Deferred>),
}

/// A computation that a front end put off. It remembers its own result, world by world
/// ([`crate::worlds::Memo`]), and answers an unknown when it would read itself.
pub trait Deferred {
    fn get(&self) -> Value;
    /// Where the value is written, told without computing it.
    fn span(&self) -> Span;
    /// The lists that, one after another, make up the list that this comes to in the present world,
    /// where each of them turns on conditions of its own. Nothing where it is not told piece by
    /// piece.
    fn parts(&self) -> Option<Vec<Slot>> {
        None
    }
    /// Whether nothing in the value is refused in any world, told by how it is written and without
    /// computing it. Only *yes* is certain.
    fn is_taken(&self) -> bool {
        false
    }
}

impl Slot {
    pub fn get(&self) -> Value {
        match self {
            Slot::Ready(value) => value.clone(),
            Slot::Deferred(deferred) => deferred.get(),
        }
    }

    /// The same without a copy of what is there.
    pub fn peek(&self) -> Cow<'_, Value> {
        match self {
            Slot::Ready(value) => Cow::Borrowed(value),
            Slot::Deferred(deferred) => Cow::Owned(deferred.get()),
        }
    }

    pub fn span(&self) -> Span {
        match self {
            Slot::Ready(value) => value.span,
            Slot::Deferred(deferred) => deferred.span(),
        }
    }

    /// See [`Deferred::parts`].
    pub fn parts(&self) -> Option<Vec<Slot>> {
        match self {
            Slot::Ready(_) => None,
            Slot::Deferred(deferred) => deferred.parts(),
        }
    }

    /// See [`Deferred::is_taken`].
    pub fn is_taken(&self) -> bool {
        match self {
            Slot::Ready(_) => false,
            Slot::Deferred(deferred) => deferred.is_taken(),
        }
    }

    /// The slot whose value is this one's, changed by `change` when it is read. A list is changed
    /// element by element.
    pub fn map(&self, change: impl Fn(Value) -> Value + 'static) -> Slot {
        struct Mapped<F> {
            of: Slot,
            change: Rc<F>,
        }
        impl<F: Fn(Value) -> Value + 'static> Mapped<F> {
            fn slot(of: &Slot, change: &Rc<F>) -> Slot {
                let (of, change) = (of.clone(), change.clone());
                Slot::Deferred(Rc::new(Mapped { of, change }))
            }
        }
        impl<F: Fn(Value) -> Value + 'static> Deferred for Mapped<F> {
            fn get(&self) -> Value {
                (self.change)(self.of.get())
            }
            fn span(&self) -> Span {
                self.of.span()
            }
            fn parts(&self) -> Option<Vec<Slot>> {
                let parts = self.of.parts()?;
                let parts = parts.iter().map(|part| Mapped::slot(part, &self.change));
                Some(parts.collect())
            }
        }
        match self {
            Slot::Ready(value) => Slot::Ready(change(value.clone())),
            Slot::Deferred(_) => Mapped::slot(self, &Rc::new(change)),
        }
    }
}

impl From<Value> for Slot {
    fn from(value: Value) -> Slot {
        Slot::Ready(value)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Slot::Ready(value) => value.fmt(f),
            Slot::Deferred(_) => f.write_str("Deferred"),
        }
    }
}
