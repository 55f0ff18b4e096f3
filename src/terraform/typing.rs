//! The type of a value, found out from all that it holds, as `cty` has it with each value.
//!
//! [`Constraint::Any`] stands for what no type was ever told of, such as the elements of
//! `tolist([])` and what is refused: it is a type of its own, and only the same as itself.

use super::eval::{Outcome, Unit, derived, nested, sorted_members};
use super::types::{Attribute, Constraint};
use super::unify::{in_common, typed};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Object, ObjectShape, Slot, Unknown, UnknownKind, Value,
};
use std::rc::Rc;

impl Constraint {
    /// The type of a value.
    ///
    /// # Errors
    /// Where something in it has a type that is not known.
    pub(super) fn of(unit: &Unit, value: &Value) -> Outcome<Constraint> {
        unit.charge(1, value.span)?;
        nested(value.span, || {
            Ok(match &value.kind {
                // What fails is of no type, as in a branch that is not taken.
                Kind::Unknown(unknown) if unknown.is_refused() && unknown.hint().is_none() => {
                    Constraint::Any
                }
                Kind::Text(_) => Constraint::String,
                Kind::Number(_) => Constraint::Number,
                Kind::Bool(_) => Constraint::Bool,
                Kind::Null(None) => Constraint::Any,
                Kind::Null(Some(hint)) => Constraint::of_hint(unit, hint, value)?,
                Kind::Unknown(unknown) => match unknown.hint() {
                    Some(hint) => Constraint::of_hint(unit, hint, value)?,
                    None => return Err(derived(unknown.clone())),
                },
                Kind::List(list) => Constraint::of_list(unit, list, value.span)?,
                Kind::Object(object) => Constraint::of_object(unit, object, value.span)?,
            })
        })
    }

    pub(super) fn of_list(unit: &Unit, list: &List, span: Span) -> Outcome<Constraint> {
        if let Some(rest) = &list.rest
            && (list.shape == ListShape::Tuple || list.items.is_empty())
        {
            return Err(derived(rest.clone()));
        }
        Ok(match list.shape {
            ListShape::Tuple => {
                let items = list.iter().map(|item| Constraint::of(unit, &item));
                let items: Outcome<Vec<Constraint>> = items.collect();
                Constraint::Tuple(items?.into())
            }
            ListShape::List => {
                Constraint::List(Rc::new(Constraint::of_elements(unit, list, span)?))
            }
            ListShape::Set => Constraint::Set(Rc::new(Constraint::of_elements(unit, list, span)?)),
        })
    }

    /// The one type that the elements of a list or set have.
    pub(super) fn of_elements(unit: &Unit, list: &List, span: Span) -> Outcome<Constraint> {
        match &list.element {
            Some(hint) if list.items.is_empty() => Constraint::of(unit, &typed(hint, span).get()),
            _ => Constraint::of_first(unit, list.items.iter()),
        }
    }

    /// The one type that the members of a map have.
    pub(super) fn of_members(unit: &Unit, object: &Object, span: Span) -> Outcome<Constraint> {
        match object.element() {
            Some(hint) => Constraint::of(unit, &typed(hint, span).get()),
            None => Constraint::of_first(unit, object.members().iter().map(|it| &it.value)),
        }
    }

    /// The type of the first of which it is known.
    fn of_first<'a>(unit: &Unit, slots: impl Iterator<Item = &'a Slot>) -> Outcome<Constraint> {
        let mut not_known = None;
        for slot in slots {
            match Constraint::of(unit, &slot.get()) {
                Ok(Constraint::Any) => {}
                Ok(found) => return Ok(found),
                Err(unknown) => {
                    not_known.get_or_insert(unknown);
                }
            }
        }
        not_known.map_or(Ok(Constraint::Any), Err)
    }

    fn of_object(unit: &Unit, object: &Object, span: Span) -> Outcome<Constraint> {
        let members = object.members();
        if let Some(rest) = &object.rest
            && (object.shape == ObjectShape::Object || members.is_empty())
        {
            return Err(derived(rest.clone()));
        }
        if object.shape == ObjectShape::Map {
            let element = Constraint::of_members(unit, object, span)?;
            return Ok(Constraint::Map(Rc::new(element)));
        }
        let attributes = sorted_members(object).into_iter().map(|member| {
            let constraint = Constraint::of(unit, &member.value.get())?;
            Ok(Attribute::required(member.name.clone(), constraint))
        });
        let attributes: Outcome<Vec<Attribute>> = attributes.collect();
        Ok(Constraint::Object(attributes?.into()))
    }

    fn of_hint(unit: &Unit, hint: &Hint, value: &Value) -> Outcome<Constraint> {
        let part = |hint: Option<&Hint>| match hint {
            Some(hint) => nested(value.span, || Constraint::of_hint(unit, hint, value)),
            None if value.is_null() => Ok(Constraint::Any),
            None => Err(not_known(value)),
        };
        let element = |hint: &Option<Rc<Hint>>| part(hint.as_deref()).map(Rc::new);
        Ok(match hint {
            Hint::Text => Constraint::String,
            Hint::Number => Constraint::Number,
            Hint::Bool => Constraint::Bool,
            Hint::List(of) => Constraint::List(element(of)?),
            Hint::Set(of) => Constraint::Set(element(of)?),
            Hint::Map(of) => Constraint::Map(element(of)?),
            Hint::Tuple(items) => {
                let items = items.iter().map(|hint| part(hint.as_ref()));
                let items: Outcome<Vec<Constraint>> = items.collect();
                Constraint::Tuple(items?.into())
            }
            Hint::Object(parts) => {
                let attributes = parts.iter().map(|it| {
                    let constraint = part(it.hint.as_ref())?;
                    Ok(Attribute::required(it.name.clone(), constraint))
                });
                let attributes: Outcome<Vec<Attribute>> = attributes.collect();
                let mut attributes = attributes?;
                attributes.sort_by(|a, b| a.name.cmp(&b.name));
                Constraint::Object(attributes.into())
            }
            Hint::Like(slot) => Constraint::of(unit, &slot.get())?,
            Hint::Either(values) => {
                let [one, other] = &**values;
                let both = [one, other].map(|slot| Constraint::of(unit, &slot.get()));
                let [one, other] = both;
                let found = in_common(unit, &[one?, other?], value.span)?;
                found.ok_or_else(|| not_known(value))?
            }
            Hint::Collection => return Err(not_known(value)),
        })
    }

    /// Whether both are one type. Attributes stand in the order of their names.
    pub(super) fn is_same(&self, other: &Constraint) -> bool {
        match (self, other) {
            (Constraint::Any, Constraint::Any)
            | (Constraint::String, Constraint::String)
            | (Constraint::Number, Constraint::Number)
            | (Constraint::Bool, Constraint::Bool) => true,
            (Constraint::List(a), Constraint::List(b))
            | (Constraint::Set(a), Constraint::Set(b))
            | (Constraint::Map(a), Constraint::Map(b)) => a.is_same(b),
            (Constraint::Tuple(a), Constraint::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.is_same(b))
            }
            (Constraint::Object(a), Constraint::Object(b)) => {
                let same = |(a, b): (&Attribute, &Attribute)| {
                    a.name == b.name && a.constraint.is_same(&b.constraint)
                };
                a.len() == b.len() && a.iter().zip(b.iter()).all(same)
            }
            _ => false,
        }
    }
}

/// A value of a type of which nothing else is known.
pub(super) fn example(unit: &Unit, hint: &Hint, span: Span) -> Value {
    let of = || Constraint::of(unit, &typed(hint, span).get());
    let hint = unit.world.without_asking(of).ok().and_then(|it| it.hint());
    let unknown = Unknown::new(UnknownKind::AfterApply, "there is no element", span);
    Value::unknown(unknown.with_hint(hint))
}

fn not_known(value: &Value) -> Unknown {
    match value.as_unknown() {
        Some(unknown) => derived(unknown.clone()),
        None => Unknown::unsupported("the type of this null is not known", value.span),
    }
}
