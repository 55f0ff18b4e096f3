//! Type constraints of variables, and the conversion of values to a type.

mod parse;
mod sets;
mod text;

pub(super) use sets::{distinct, fingerprint, marks_of_set, to_set};
pub(super) use text::{characters, joined, measure, normal_form, normalised, to_text};

use super::eval::{Outcome, Unit, derived, nested};
use super::syntax::{Expr, SyntaxError};
use super::unify::{Collection, alike, typed, unify_elements};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Member, Number, Object, ObjectShape, Part, PieceKind, Slot, Text,
    Unknown, Value,
};
use std::rc::Rc;
use std::sync::Arc;

/// What the argument `type` of a variable says.
#[derive(Clone, Debug)]
pub enum Constraint {
    Any,
    String,
    Number,
    Bool,
    List(Rc<Constraint>),
    Set(Rc<Constraint>),
    Map(Rc<Constraint>),
    Tuple(Rc<[Constraint]>),
    Object(Rc<[Attribute]>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: Arc<str>,
    pub constraint: Constraint,
    /// `optional(…)`: null where it is missing, or this default, which also stands for null.
    pub optional: bool,
    pub default: Option<Value>,
}

impl Attribute {
    /// One that is not optional.
    pub(super) fn required(name: Arc<str>, constraint: Constraint) -> Attribute {
        Attribute {
            name,
            constraint,
            optional: false,
            default: None,
        }
    }
}

/// How deep a type may nest.
const MAX_DEPTH: usize = 200;

impl Constraint {
    /// Reads a type as it is written: `map(object({ name = string, port = optional(number, 80) }))`.
    ///
    /// # Errors
    /// Where it is no type.
    pub fn parse(expr: &Expr) -> Result<Constraint, SyntaxError> {
        parse::parse(expr, 0)
    }

    /// The value as a value of this type; lists and objects convert their elements when those are
    /// read. What does not convert is unknown, of the kind `Invalid`.
    #[must_use]
    pub fn convert(&self, value: Value) -> Value {
        self.convert_in(None, value)
    }

    /// As [`Constraint::convert`]. What a unit has found out of the type that the elements of a
    /// collection share is remembered: without one it is found out for each element again.
    #[must_use]
    pub(super) fn convert_in(&self, unit: Option<&Rc<Unit>>, value: Value) -> Value {
        match &value.kind {
            Kind::Null(of) => return self.convert_null(of.as_ref(), &value),
            Kind::Unknown(unknown) => return self.convert_unknown(unknown, &value),
            _ => {}
        }
        let (span, trail, marks) = (value.span, value.trail.clone(), value.marks);
        match nested(span, || self.convert_kind(unit, value)) {
            Ok(kind) => Value {
                span: match &kind {
                    Kind::Unknown(unknown) => unknown.span(),
                    _ => span,
                },
                marks: match &kind {
                    Kind::List(list) => marks | marks_of_set(list),
                    _ => marks,
                },
                kind,
                trail,
            },
            Err(unknown) => Value::unknown(unknown).mark(marks),
        }
    }

    /// `of` is the type that the null has.
    fn convert_null(&self, of: Option<&Hint>, value: &Value) -> Value {
        let Some(fits) = self.fits() else {
            return value.clone();
        };
        if !fits.may_be(of) {
            return Value::unknown(Fits::refuse(of, self.describe(), value.span));
        }
        Value {
            kind: Kind::Null(self.hint_for(of)),
            ..value.clone()
        }
    }

    /// What a value must be to convert to it; nothing where any may be.
    fn fits(&self) -> Option<Fits> {
        Some(match self {
            Constraint::Any => return None,
            Constraint::String => Fits::String,
            Constraint::Number => Fits::Number,
            Constraint::Bool => Fits::Bool,
            Constraint::List(_) | Constraint::Set(_) | Constraint::Tuple(_) => Fits::List,
            Constraint::Map(_) | Constraint::Object(_) => Fits::Map,
        })
    }

    fn convert_unknown(&self, unknown: &Unknown, value: &Value) -> Value {
        let Some(fits) = self.fits() else {
            return value.clone();
        };
        if !fits.may_be(unknown.hint()) {
            let refused = Fits::refuse(unknown.hint(), self.describe(), value.span);
            return Value::unknown(refused);
        }
        let becomes_another = unknown.hint().is_some_and(Hint::is_scalar)
            && !matches!(
                (self, unknown.hint()),
                (Constraint::String, Some(Hint::Text))
                    | (Constraint::Number, Some(Hint::Number))
                    | (Constraint::Bool, Some(Hint::Bool))
            );
        let converted = match becomes_another {
            // What a world says of a number does not hold for its digits.
            true => derived(unknown.clone()),
            false => unknown.clone(),
        };
        let hint = self.hint_for(unknown.hint());
        Value {
            kind: Kind::Unknown(converted.with_hint(hint)),
            ..value.clone()
        }
    }

    /// What the type tells of a value that is not known.
    pub fn hint(&self) -> Option<Hint> {
        let of = |of: &Constraint| of.hint().map(Rc::new);
        Some(match self {
            Constraint::Any => return None,
            Constraint::String => Hint::Text,
            Constraint::Number => Hint::Number,
            Constraint::Bool => Hint::Bool,
            Constraint::List(elements) => Hint::List(of(elements)),
            Constraint::Set(elements) => Hint::Set(of(elements)),
            Constraint::Map(elements) => Hint::Map(of(elements)),
            Constraint::Tuple(items) => Hint::Tuple(items.iter().map(Constraint::hint).collect()),
            Constraint::Object(attributes) => {
                let parts = attributes.iter().map(|attribute| Part {
                    name: attribute.name.clone(),
                    hint: attribute.constraint.hint(),
                    never_null: attribute
                        .default
                        .as_ref()
                        .is_some_and(|default| !default.is_null()),
                });
                Hint::Object(parts.collect())
            }
        })
    }

    /// The same, with what was known of the elements before they were converted.
    fn hint_for(&self, before: Option<&Hint>) -> Option<Hint> {
        let elements = match before {
            Some(Hint::List(of) | Hint::Set(of) | Hint::Map(of)) => of.clone(),
            _ => None,
        };
        match (self.hint(), elements) {
            (Some(Hint::List(None)), of) => Some(Hint::List(of)),
            (Some(Hint::Set(None)), of) => Some(Hint::Set(of)),
            (Some(Hint::Map(None)), of) => Some(Hint::Map(of)),
            (hint, _) => hint,
        }
    }

    fn convert_kind(&self, unit: Option<&Rc<Unit>>, value: Value) -> Outcome<Kind> {
        let span = value.span;
        Ok(match (self, value.kind) {
            (Constraint::Any, kind) => kind,
            (Constraint::String, kind) => Kind::Text(to_text(&Value::new(kind, span), span)?),
            (Constraint::Number, kind) => Kind::Number(to_number(&Value::new(kind, span), span)?),
            (Constraint::Bool, kind) => Kind::Bool(to_bool(&Value::new(kind, span), span)?),
            (Constraint::List(of), Kind::List(list)) => {
                Kind::List(to_list(unit, &list, of, Collection::List, span)?)
            }
            (Constraint::Set(of), Kind::List(list)) => {
                let list = to_list(unit, &list, of, Collection::Set, span)?;
                let set = to_set(list.iter().collect(), list.rest);
                if let Some(refused) = set.rest.as_ref().filter(|rest| rest.is_refused()) {
                    return Err(refused.clone());
                }
                Kind::List(List {
                    element: list.element,
                    ..set
                })
            }
            (Constraint::Map(of), Kind::Object(object)) => {
                Kind::Object(to_map(unit, &object, of, span)?)
            }
            (Constraint::Tuple(of), Kind::List(list)) if list.shape == ListShape::Tuple => {
                Kind::List(to_tuple(unit, &list, of, span)?)
            }
            (Constraint::Object(attributes), Kind::Object(object)) => {
                Kind::Object(to_object(unit, &object, attributes, span)?)
            }
            (_, kind) => {
                return Err(needed(self.describe(), &Value::new(kind, span), span));
            }
        })
    }

    fn describe(&self) -> &'static str {
        match self {
            Constraint::Any => "a value",
            Constraint::String => "a string",
            Constraint::Number => "a number",
            Constraint::Bool => "a boolean",
            Constraint::List(_) => "a list",
            Constraint::Set(_) => "a set",
            Constraint::Map(_) => "a map",
            Constraint::Tuple(_) => "a tuple",
            Constraint::Object(_) => "an object",
        }
    }

    pub(super) fn slot(&self, unit: Option<&Rc<Unit>>, slot: &Slot) -> Slot {
        if let Constraint::Any = self {
            return slot.clone();
        }
        let (constraint, unit) = (self.clone(), unit.cloned());
        slot.map(move |value| constraint.convert_in(unit.as_ref(), value))
    }

    /// Values as those of this type.
    pub(super) fn slots(&self, unit: &Rc<Unit>, slots: &[Slot]) -> Vec<Slot> {
        let slots = slots.iter().map(|slot| self.slot(Some(unit), slot));
        slots.collect()
    }

    /// Whether values of it may be of different types.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Constraint::Any => true,
            Constraint::String | Constraint::Number | Constraint::Bool => false,
            Constraint::List(of) | Constraint::Set(of) | Constraint::Map(of) => of.is_open(),
            Constraint::Tuple(items) => items.iter().any(Constraint::is_open),
            Constraint::Object(attributes) => attributes.iter().any(|it| it.constraint.is_open()),
        }
    }

    /// Parts as elements of a collection with elements of this type, which are all of one type
    /// even where it leaves that open. `rest` stands for more of them.
    fn elements(
        &self,
        unit: Option<&Rc<Unit>>,
        parts: Vec<Slot>,
        rest: Option<&Unknown>,
        of: Collection,
        span: Span,
    ) -> Outcome<Vec<Slot>> {
        if let Constraint::Any = self {
            return unify_elements(parts, rest, unit, of, span);
        }
        let parts = parts.iter().map(|slot| self.slot(unit, slot)).collect();
        match unit {
            Some(unit) if self.is_open() => alike(parts, unit, of, self, span),
            _ => Ok(parts),
        }
    }
}

fn needed(what: &str, value: &Value, span: Span) -> Unknown {
    Unknown::invalid(
        format!("{what} is needed, and this is {}", value.describe()),
        span,
    )
}

/// What a value must be to convert to something.
#[derive(Clone, Copy)]
pub(super) enum Fits {
    String,
    Number,
    Bool,
    /// Also a set or a tuple.
    List,
    /// Also an object.
    Map,
    Collection,
}

impl Fits {
    /// Whether a value that is not known may convert.
    pub(super) fn may_be(self, hint: Option<&Hint>) -> bool {
        let Some(hint) = hint else {
            return true;
        };
        match (self, hint) {
            (_, Hint::Either(_) | Hint::Like(_)) => true,
            (Fits::String, Hint::Text | Hint::Number | Hint::Bool)
            | (Fits::Number, Hint::Text | Hint::Number)
            | (Fits::Bool, Hint::Text | Hint::Bool) => true,
            (Fits::List, Hint::List(_) | Hint::Set(_) | Hint::Tuple(_) | Hint::Collection)
            | (Fits::Map, Hint::Map(_) | Hint::Object(_) | Hint::Collection) => true,
            (Fits::Collection, hint) => hint.is_collection(),
            _ => false,
        }
    }

    fn refuse(hint: Option<&Hint>, what: &str, span: Span) -> Unknown {
        let this = match hint {
            Some(Hint::Text) => "a string",
            Some(Hint::Number) => "a number",
            Some(Hint::Bool) => "a boolean",
            Some(Hint::List(_) | Hint::Set(_) | Hint::Tuple(_)) => "a list",
            Some(Hint::Map(_) | Hint::Object(_)) => "a map",
            _ => "a collection",
        };
        Unknown::invalid(format!("{what} is needed, and this is {this}"), span)
    }
}

/// The unknown of what is computed from an unknown one, which must be of a type that fits, if its
/// type is known.
pub(super) fn of_type(unknown: &Unknown, fits: Fits, what: &str, span: Span) -> Unknown {
    match fits.may_be(unknown.hint()) {
        true => derived(unknown.clone()),
        false => Fits::refuse(unknown.hint(), what, span),
    }
}

/// A collection that is not known, of the one type that it shares with another value: its parts
/// may become others, such as the attributes of an object beside those of another one. `shared` is
/// that type, as far as it is known.
pub(super) fn beside(value: Value, other: &Value, shared: &Option<Hint>) -> Value {
    let Kind::Unknown(unknown) = &value.kind else {
        return value;
    };
    let keeps_its_type = match (unknown.hint(), &other.kind) {
        (_, Kind::Null(_)) | (None, _) => true,
        (Some(hint), Kind::Unknown(other)) => other.hint().is_none_or(|other| hint.is_same(other)),
        _ => false,
    };
    match keeps_its_type {
        true => value,
        false => Value {
            kind: Kind::Unknown({
                let shared = shared.clone().unwrap_or(Hint::Collection);
                unknown.clone().with_hint(Some(shared))
            }),
            ..value
        },
    }
}

/// Terraform's conversion to a number.
pub(super) fn to_number(value: &Value, span: Span) -> Outcome<Number> {
    match &value.kind {
        Kind::Number(number) => Ok(number.clone()),
        Kind::Text(text) => {
            let none = || Unknown::invalid("a number is needed, and this string is none", span);
            match characters(text) {
                Ok(rendered) => Number::spelt(&rendered.text).ok_or_else(none),
                Err(_) if !may_be_number(text) => Err(none()),
                Err(unknown) => Err(unknown),
            }
        }
        Kind::Unknown(unknown) => Err(of_type(unknown, Fits::Number, "a number", span)),
        _ => Err(needed("a number", value, span)),
    }
}

/// Whether something holds for all that is known of a rope.
fn all_literals(text: &Text, holds: impl Fn(&str) -> bool) -> bool {
    measure(text).is_err()
        || text
            .expanded()
            .pieces()
            .iter()
            .all(|piece| match &piece.kind {
                PieceKind::Literal(literal) => holds(literal.as_str()),
                _ => true,
            })
}

/// Whether a rope that is not wholly known may spell a number.
fn may_be_number(text: &Text) -> bool {
    all_literals(text, |known| {
        known.chars().all(|c| "+-.0123456789EINFPeinfp".contains(c))
    })
}

/// Whether a rope that is not wholly known may spell a boolean.
fn may_be_bool(text: &Text) -> bool {
    let words = ["true", "false", "1", "0"];
    measure(text).is_err()
        || words.iter().any(|word| {
            word.starts_with(&text.known_prefix())
                && all_literals(text, |known| word.contains(known))
        })
}

/// Terraform's conversion to a boolean.
pub(super) fn to_bool(value: &Value, span: Span) -> Outcome<bool> {
    match &value.kind {
        Kind::Bool(value) => Ok(*value),
        Kind::Text(text) => {
            let none = || Unknown::invalid("a boolean is needed: \"true\" or \"false\"", span);
            let text = match characters(text) {
                Ok(rendered) => rendered.text,
                Err(_) if !may_be_bool(text) => return Err(none()),
                Err(unknown) => return Err(unknown),
            };
            match &*text {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(none()),
            }
        }
        Kind::Unknown(unknown) => Err(of_type(unknown, Fits::Bool, "a boolean", span)),
        _ => Err(needed("a boolean", value, span)),
    }
}

fn to_list(
    unit: Option<&Rc<Unit>>,
    list: &List,
    of: &Constraint,
    kind: Collection,
    span: Span,
) -> Outcome<List> {
    // Further elements of a list are of the type of those that it lists.
    let rest = list.rest.as_ref();
    let rest = rest.filter(|_| list.shape == ListShape::Tuple);
    let items = of.elements(unit, list.items.to_vec(), rest, kind, span)?;
    let mut element = None;
    if items.is_empty() && list.rest.is_none() {
        if let Some(hint) = &list.element
            && let Some(fault) = of.convert(typed(hint, span).get()).fault()
        {
            return Err(fault.clone());
        }
        element = of.hint().map(Rc::new).or_else(|| list.element.clone());
    }
    Ok(List {
        items: Rc::new(items),
        rest: list.rest.clone(),
        shape: ListShape::List,
        element,
    })
}

fn to_tuple(unit: Option<&Rc<Unit>>, list: &List, of: &[Constraint], span: Span) -> Outcome<List> {
    if let Some(rest) = &list.rest {
        return Err(derived(rest.clone()));
    }
    if list.items.len() != of.len() {
        return Err(Unknown::invalid(
            format!(
                "a tuple of {} is needed, and this has {}",
                of.len(),
                list.items.len()
            ),
            span,
        ));
    }
    let items = list.items.iter().zip(of);
    Ok(List::new(
        items.map(|(slot, of)| of.slot(unit, slot)).collect(),
    ))
}

fn to_map(
    unit: Option<&Rc<Unit>>,
    object: &Object,
    of: &Constraint,
    span: Span,
) -> Outcome<Object> {
    let slots: Vec<Slot> = object
        .members()
        .iter()
        .map(|member| member.value.clone())
        .collect();
    let rest = object.rest.as_ref();
    let rest = rest.filter(|_| object.shape == ObjectShape::Object);
    let slots = of.elements(unit, slots, rest, Collection::Map, span)?;
    if slots.is_empty() && object.rest.is_none() {
        if let Some(hint) = object.element()
            && let Some(fault) = of.convert(typed(hint, span).get()).fault()
        {
            return Err(fault.clone());
        }
        if let Some(element) = of.hint().as_ref().or(object.element()) {
            return Ok(Object::empty_map(element.clone()));
        }
    }
    let members = object.members().iter().zip(slots);
    let mut map = Object::new(
        members
            .map(|(member, value)| Member {
                value,
                ..member.clone()
            })
            .collect(),
    );
    map.rest = object.rest.clone();
    map.shape = ObjectShape::Map;
    Ok(map)
}

fn to_object(
    unit: Option<&Rc<Unit>>,
    object: &Object,
    attributes: &[Attribute],
    span: Span,
) -> Outcome<Object> {
    let mut members = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let (name_span, value) = match (object.member(&attribute.name), &object.rest) {
            (Some(member), _) => {
                let constraint = attribute.constraint.clone();
                let value = match attribute.default.clone() {
                    None => constraint.slot(unit, &member.value),
                    Some(default) => {
                        let unit = unit.cloned();
                        member.value.map(move |value| match value.is_null() {
                            true => default.clone(),
                            false => constraint.convert_in(unit.as_ref(), value),
                        })
                    }
                };
                (member.name_span, value)
            }
            (None, Some(rest)) => (
                span,
                Slot::Ready(Value::unknown(rest.attribute(&attribute.name, span))),
            ),
            (None, None) if attribute.optional => {
                let null = || Value::null_of(attribute.constraint.hint(), span);
                let value = attribute.default.clone().unwrap_or_else(null);
                (value.span, Slot::Ready(value))
            }
            (None, None) => {
                return Err(Unknown::invalid(
                    format!("the attribute `{}` is needed", attribute.name),
                    span,
                ));
            }
        };
        members.push(Member {
            name: attribute.name.clone(),
            name_span,
            value,
        });
    }
    Ok(Object::new(members))
}
