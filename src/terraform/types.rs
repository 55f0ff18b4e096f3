//! Type constraints of variables, and the conversion of values to a type.

use super::eval::{Outcome, Unit, derived, nested, sorted_members};
use super::syntax::{Call, Expr, ExprKind, ObjectKey, SyntaxError, UnaryOperator};
use super::unify::{typed, unify, unify_with_nulls};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Literal, Marks, Member, Number, Object, ObjectShape, Part, Piece,
    PieceKind, Rendered, Slot, Text, Unknown, Value,
};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;
use std::ops::BitOr;
use std::rc::Rc;
use std::sync::Arc;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

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

/// How deep a type may nest.
const MAX_DEPTH: usize = 200;

impl Constraint {
    /// Reads a type as it is written: `map(object({ name = string, port = optional(number, 80) }))`.
    ///
    /// # Errors
    /// Where it is no type.
    pub fn parse(expr: &Expr) -> Result<Constraint, SyntaxError> {
        parse(expr, 0)
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
            (Constraint::List(of), Kind::List(list)) => Kind::List(to_list(unit, &list, of, span)?),
            (Constraint::Set(of), Kind::List(list)) => {
                let list = to_list(unit, &list, of, span)?;
                Kind::List(List {
                    element: list.element.clone(),
                    ..to_set(list.iter().collect(), list.rest)
                })
            }
            (Constraint::Map(of), Kind::Object(object)) => {
                Kind::Object(to_map(unit, &object, of, span)?)
            }
            (Constraint::Tuple(of), Kind::List(list)) if list.shape == ListShape::Tuple => {
                Kind::List(to_tuple(&list, of, span)?)
            }
            (Constraint::Object(attributes), Kind::Object(object)) => {
                Kind::Object(to_object(&object, attributes, span)?)
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

    fn slot(&self, slot: &Slot) -> Slot {
        if let Constraint::Any = self {
            return slot.clone();
        }
        let constraint = self.clone();
        slot.map(move |value| constraint.convert(value))
    }
}

fn fault(message: impl Into<String>, span: Span) -> SyntaxError {
    SyntaxError {
        message: message.into(),
        span,
    }
}

fn parse(expr: &Expr, depth: usize) -> Result<Constraint, SyntaxError> {
    if depth == MAX_DEPTH {
        return Err(fault("this type nests too deeply", expr.span));
    }
    match &expr.kind {
        ExprKind::Parentheses(inner) => parse(inner, depth + 1),
        ExprKind::Variable(name) => Ok(match &*name.text {
            "any" => Constraint::Any,
            "string" => Constraint::String,
            "number" => Constraint::Number,
            "bool" => Constraint::Bool,
            // Terraform 0.11 wrote these without their element's type.
            "list" => Constraint::List(Rc::new(Constraint::Any)),
            "map" => Constraint::Map(Rc::new(Constraint::Any)),
            other => return Err(unknown_type(other, expr.span)),
        }),
        // Terraform 0.11 wrote types as strings.
        ExprKind::String(literal) => Ok(match literal.as_str() {
            "string" => Constraint::String,
            "number" => Constraint::Number,
            "bool" => Constraint::Bool,
            "any" => Constraint::Any,
            "list" => Constraint::List(Rc::new(Constraint::Any)),
            "map" => Constraint::Map(Rc::new(Constraint::Any)),
            other => return Err(unknown_type(other, expr.span)),
        }),
        ExprKind::Call(call) => parse_call(call, expr.span, depth),
        _ => Err(fault(
            "expected a type such as `string` or `list(string)`",
            expr.span,
        )),
    }
}

fn unknown_type(name: &str, span: Span) -> SyntaxError {
    fault(
        format!(
            "`{name}` is no type; types are `string`, `number`, `bool`, `any`, `list(…)`, \
             `set(…)`, `map(…)`, `tuple([…])` and `object({{…}})`"
        ),
        span,
    )
}

fn parse_call(call: &Call, span: Span, depth: usize) -> Result<Constraint, SyntaxError> {
    let name = &*call.name.text;
    let [argument] = &call.arguments[..] else {
        return Err(fault(format!("`{name}` takes one argument"), span));
    };
    Ok(match name {
        "list" => Constraint::List(Rc::new(parse(argument, depth + 1)?)),
        "set" => Constraint::Set(Rc::new(parse(argument, depth + 1)?)),
        "map" => Constraint::Map(Rc::new(parse(argument, depth + 1)?)),
        "tuple" => {
            let ExprKind::Tuple(items) = &argument.kind else {
                return Err(fault("expected a list of types in brackets", argument.span));
            };
            let items: Result<Vec<_>, _> =
                items.iter().map(|item| parse(item, depth + 1)).collect();
            Constraint::Tuple(items?.into())
        }
        "object" => {
            let ExprKind::Object(items) = &argument.kind else {
                return Err(fault(
                    "expected attributes and their types in braces",
                    argument.span,
                ));
            };
            let mut attributes = Vec::with_capacity(items.len());
            for item in items {
                let name = match &item.key {
                    ObjectKey::Name(name) => name.text.clone(),
                    ObjectKey::Expression(key) => match &key.kind {
                        ExprKind::String(literal) => literal.as_str().into(),
                        _ => return Err(fault("expected the name of an attribute", key.span)),
                    },
                };
                attributes.push(parse_attribute(name, &item.value, depth)?);
            }
            Constraint::Object(attributes.into())
        }
        "optional" => {
            return Err(fault(
                "`optional` stands only in an object's attribute",
                span,
            ));
        }
        other => return Err(unknown_type(other, call.name.span)),
    })
}

fn parse_attribute(name: Arc<str>, expr: &Expr, depth: usize) -> Result<Attribute, SyntaxError> {
    let ExprKind::Call(call) = &expr.kind else {
        return Ok(Attribute {
            name,
            constraint: parse(expr, depth + 1)?,
            optional: false,
            default: None,
        });
    };
    if &*call.name.text != "optional" {
        return Ok(Attribute {
            name,
            constraint: parse_call(call, expr.span, depth + 1)?,
            optional: false,
            default: None,
        });
    }
    let (of, default) = match &call.arguments[..] {
        [of] => (of, None),
        [of, default] => (of, Some(constant(default, depth + 1)?)),
        _ => {
            return Err(fault("`optional` takes a type and a default", expr.span));
        }
    };
    let constraint = parse(of, depth + 1)?;
    Ok(Attribute {
        name,
        default: default.map(|value| constraint.convert(value)),
        constraint,
        optional: true,
    })
}

/// The default of an optional attribute, which Terraform evaluates without names or functions.
fn constant(expr: &Expr, depth: usize) -> Result<Value, SyntaxError> {
    let span = expr.span;
    if depth == MAX_DEPTH {
        return Err(fault("this default nests too deeply", span));
    }
    let number = |text: &str| {
        Number::parse(text).ok_or_else(|| fault("this number has too many digits", span))
    };
    Ok(match &expr.kind {
        ExprKind::Null => Value::null(span),
        ExprKind::Bool(value) => Value::bool(*value, span),
        ExprKind::Number(text) => Value::new(Kind::Number(number(text)?), span),
        ExprKind::String(literal) => Value::text(literal.clone().into(), span),
        ExprKind::Parentheses(inner) => constant(inner, depth + 1)?,
        ExprKind::Unary(UnaryOperator::Negate, inner) => match &inner.kind {
            ExprKind::Number(text) => Value::new(Kind::Number(number(text)?.neg()), span),
            _ => return Err(fault("expected a literal value", span)),
        },
        ExprKind::Tuple(items) => {
            let items: Result<Vec<Slot>, _> = items
                .iter()
                .map(|item| constant(item, depth + 1).map(Slot::Ready))
                .collect();
            Value::new(Kind::List(List::new(items?)), span)
        }
        ExprKind::Object(items) => {
            let mut members = Vec::with_capacity(items.len());
            for item in items {
                let (name, name_span) = match &item.key {
                    ObjectKey::Name(name) => (name.text.clone(), name.span),
                    ObjectKey::Expression(key) => match &key.kind {
                        ExprKind::String(literal) => (literal.as_str().into(), key.span),
                        _ => return Err(fault("expected a literal key", key.span)),
                    },
                };
                members.push(Member {
                    name,
                    name_span,
                    value: Slot::Ready(constant(&item.value, depth + 1)?),
                });
            }
            Value::new(Kind::Object(Object::new(members)), span)
        }
        _ => return Err(fault("expected a literal value", span)),
    })
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
/// may become others, such as the attributes of an object beside those of another one.
pub(super) fn beside(value: Value, other: &Value) -> Value {
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
            kind: Kind::Unknown(unknown.clone().with_hint(Some(Hint::Collection))),
            ..value
        },
    }
}

/// Terraform's conversion to a string. `span` is where it is needed.
pub(super) fn to_text(value: &Value, span: Span) -> Outcome<Text> {
    let literal = |text: String| Text::from(Literal::computed(text, value.span));
    match &value.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Number(number) => Ok(literal(number.to_string())),
        Kind::Bool(value) => Ok(literal(value.to_string())),
        Kind::Unknown(unknown) => Err(of_type(unknown, Fits::String, "a string", span)),
        Kind::Null(_) | Kind::List(_) | Kind::Object(_) => Err(needed("a string", value, span)),
    }
}

/// Terraform normalises every string (NFC). Text that already is so keeps its places.
pub(super) fn normalised(literal: &Literal) -> Cow<'_, Literal> {
    match normal_form(literal.as_str()) {
        Cow::Borrowed(_) => Cow::Borrowed(literal),
        Cow::Owned(text) => Cow::Owned(Literal::computed(text, literal.span())),
    }
}

/// A string as Terraform holds it.
pub(super) fn normal_form(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || is_nfc(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// The string that pieces make. Where one begins with a character that may be one with those before
/// it, the two become one literal, at the place of the first.
pub(super) fn joined(mut pieces: Vec<Piece>) -> Text {
    let literal = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(literal) => Some(literal.clone()),
        PieceKind::Encoded(_) | PieceKind::Hole(_) => None,
    };
    let clings = |after: &Piece| {
        let first = literal(after).and_then(|literal| literal.as_str().chars().next());
        first.is_some_and(|first| {
            !first.is_ascii()
                && (canonical_combining_class(first) != 0
                    || is_nfc_quick(std::iter::once(first)) != IsNormalized::Yes)
        })
    };
    if !pieces.iter().skip(1).any(clings) {
        return pieces.into_iter().collect();
    }
    pieces.retain(|piece| literal(piece).is_none_or(|literal| !literal.is_empty()));
    let runs = pieces.chunk_by(|before, after| literal(before).is_some() && clings(after));
    let merged = runs.flat_map(|run| {
        let literals: Vec<Literal> = run.iter().filter_map(literal).collect();
        let text: String = literals.iter().map(Literal::as_str).collect();
        match (normal_form(&text), &run[0]) {
            (Cow::Owned(text), first) => {
                let kind = PieceKind::Literal(Literal::computed(text, first.span()));
                let marks = run.iter().map(|piece| piece.marks);
                vec![Piece {
                    kind,
                    marks: marks.fold(Marks::NONE, Marks::bitor),
                    ..first.clone()
                }]
            }
            (Cow::Borrowed(_), _) => run.to_vec(),
        }
    });
    merged.collect()
}

/// Elements inside encoded values of which the characters are made at once.
const MAX_RENDERED: usize = 1 << 18;

/// The characters of a rope. Short expressions can encode values without end, so an encoded value
/// is measured before its characters are made.
pub(super) fn characters(text: &Text) -> Outcome<Rendered<'_>> {
    measure(text)?;
    text.render().map_err(derived)
}

fn characters_of(text: &Text) -> Option<Cow<'_, str>> {
    characters(text).ok().map(|rendered| rendered.text)
}

/// Whether a rope is small enough to be written out.
pub(super) fn measure(text: &Text) -> Outcome<()> {
    measure_text(text, &mut { MAX_RENDERED })
}

fn measure_text(text: &Text, left: &mut usize) -> Outcome<()> {
    text.pieces()
        .iter()
        .try_for_each(|piece| match &piece.kind {
            PieceKind::Encoded(value) => measure_value(value, left),
            PieceKind::Literal(_) | PieceKind::Hole(_) => Ok(()),
        })
}

fn measure_value(value: &Value, left: &mut usize) -> Outcome<()> {
    let Some(less) = left.checked_sub(1) else {
        return Err(Unknown::limit(
            "the encoded value has more elements than ecslint is willing to write",
            value.span,
        ));
    };
    *left = less;
    nested(value.span, || match &value.kind {
        Kind::List(list) => list
            .iter()
            .try_for_each(|value| measure_value(&value, left)),
        Kind::Object(object) => object
            .members()
            .iter()
            .try_for_each(|member| measure_value(&member.value.get(), left)),
        Kind::Text(text) => measure_text(text, left),
        _ => Ok(()),
    })
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

fn to_list(unit: Option<&Rc<Unit>>, list: &List, of: &Constraint, span: Span) -> Outcome<List> {
    let items = match of {
        Constraint::Any => {
            // Further elements of a list are of the type of those that it lists.
            let rest = list.rest.as_ref();
            let rest = rest.filter(|_| list.shape == ListShape::Tuple);
            unify(list.items.to_vec(), rest, unit, span)?
        }
        _ => list.items.iter().map(|slot| of.slot(slot)).collect(),
    };
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

fn to_tuple(list: &List, of: &[Constraint], span: Span) -> Outcome<List> {
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
    Ok(List::new(items.map(|(slot, of)| of.slot(slot)).collect()))
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
    let slots = match of {
        Constraint::Any => {
            let rest = object.rest.as_ref();
            let rest = rest.filter(|_| object.shape == ObjectShape::Object);
            unify_with_nulls(slots, rest, unit, span)?
        }
        _ => slots.iter().map(|slot| of.slot(slot)).collect(),
    };
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

fn to_object(object: &Object, attributes: &[Attribute], span: Span) -> Outcome<Object> {
    let mut members = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let (name_span, value) = match (object.member(&attribute.name), &object.rest) {
            (Some(member), _) => {
                let constraint = attribute.constraint.clone();
                let value = match attribute.default.clone() {
                    None => constraint.slot(&member.value),
                    Some(default) => member.value.map(move |value| {
                        if value.is_null() {
                            default.clone()
                        } else {
                            constraint.convert(value)
                        }
                    }),
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

/// A set: each value once, strings and numbers in their order. Where some element is not known,
/// there may be more elements than those listed.
pub(super) fn to_set(values: Vec<Value>, mut rest: Option<Unknown>) -> List {
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    let is_alone = values.len() == 1 && rest.is_none();
    for value in values {
        let mut key = String::new();
        match fingerprint(&value, &mut key) {
            Ok(()) => {
                if seen.insert(key) {
                    items.push(value);
                }
            }
            Err(unknown) if is_alone && !unknown.is_refused() => {
                items.push(value);
            }
            Err(unknown) => {
                // It may be equal to another one: not an element of its own for certain.
                rest.get_or_insert(unknown);
            }
        }
    }
    items.sort_by_cached_key(SetOrder::of);
    List {
        items: Rc::new(items.into_iter().map(Slot::Ready).collect()),
        rest,
        shape: ListShape::Set,
        element: None,
    }
}

/// Each value once, in the order of the first ones. What is not known is equal to nothing.
pub(super) fn distinct(mut values: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    if values.len() > 1 {
        values.retain(|value| {
            let mut key = String::new();
            fingerprint(value, &mut key).is_err() || seen.insert(key)
        });
    }
    values
}

/// What marks a set: no element of it can be told from the others, so it has the marks of all.
pub(super) fn marks_of_set(list: &List) -> Marks {
    match list.shape {
        ListShape::Set => {
            let marks = list.iter().map(|item| item.marks_within());
            marks.fold(Marks::NONE, Marks::bitor)
        }
        ListShape::Tuple | ListShape::List => Marks::NONE,
    }
}

/// The place of an element in Terraform's order of a set: null comes last, and what is no scalar is
/// ordered by the text that `cty` would hash.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SetOrder {
    Bool(bool),
    Number(Number),
    Text(Option<String>),
    Structure(String),
    Unknown,
    Null,
}

impl SetOrder {
    fn of(value: &Value) -> SetOrder {
        match &value.kind {
            Kind::Bool(value) => SetOrder::Bool(*value),
            Kind::Number(number) => SetOrder::Number(number.clone()),
            Kind::Text(text) => SetOrder::Text(characters_of(text).map(Cow::into_owned)),
            Kind::List(_) | Kind::Object(_) => SetOrder::Structure(hashed(value)),
            Kind::Unknown(_) => SetOrder::Unknown,
            Kind::Null(_) => SetOrder::Null,
        }
    }
}

/// The text that `cty` makes of an element of a set (`makeSetHashBytes`).
fn hashed(value: &Value) -> String {
    let mut out = String::new();
    write_hashed(value, &mut out);
    out
}

fn write_hashed(value: &Value, out: &mut String) {
    let written = nested(value.span, || {
        match &value.kind {
            Kind::Null(_) => out.push('~'),
            Kind::Bool(true) => out.push('T'),
            Kind::Bool(false) => out.push('F'),
            Kind::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Kind::Text(text) => {
                let _ = write!(out, "{:?}", characters_of(text).unwrap_or_default());
            }
            Kind::Unknown(_) => out.push('?'),
            Kind::List(list) => {
                let (open, close) = match list.shape {
                    ListShape::Tuple => ('<', '>'),
                    ListShape::List | ListShape::Set => ('[', ']'),
                };
                out.push(open);
                for item in list.iter() {
                    write_hashed(&item, out);
                    out.push(';');
                }
                out.push(close);
            }
            Kind::Object(object) => {
                let map = object.shape == ObjectShape::Map;
                out.push(if map { '{' } else { '<' });
                for member in sorted_members(object) {
                    if map {
                        let _ = write!(out, "{:?}:", member.name);
                    }
                    write_hashed(&member.value.get(), out);
                    out.push(';');
                }
                out.push(if map { '}' } else { '>' });
            }
        }
        Ok(())
    });
    // What nests too deeply to be written keeps its place.
    drop(written);
}

/// How long the text of one element may get.
const MAX_FINGERPRINT: usize = 1 << 20;

/// Writes a text that is the same for equal values only.
pub(super) fn fingerprint(value: &Value, out: &mut String) -> Outcome<()> {
    if out.len() > MAX_FINGERPRINT {
        return Err(Unknown::limit("it is too large to be compared", value.span));
    }
    nested(value.span, || {
        match &value.kind {
            Kind::Null(_) => out.push('n'),
            Kind::Bool(true) => out.push('t'),
            Kind::Bool(false) => out.push('f'),
            Kind::Number(number) => {
                let _ = write!(out, "{number};");
            }
            Kind::Text(text) => {
                let rendered = characters(text)?;
                let _ = write!(out, "\"{}:{}", rendered.text.len(), rendered.text);
            }
            Kind::List(list) => {
                if let Some(rest) = &list.rest {
                    return Err(derived(rest.clone()));
                }
                out.push('[');
                for item in list.iter() {
                    fingerprint(&item, out)?;
                }
                out.push(']');
            }
            Kind::Object(object) => {
                if let Some(rest) = &object.rest {
                    return Err(derived(rest.clone()));
                }
                out.push('{');
                for member in sorted_members(object) {
                    let _ = write!(out, "{}:{}", member.name.len(), member.name);
                    fingerprint(&member.value.get(), out)?;
                }
                out.push('}');
            }
            Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
        }
        Ok(())
    })
}
