//! The one type that the branches of a conditional and the elements of a collection share.
//!
//! Terraform finds it from the types of all before it looks at a value (`convert.UnifyUnsafe` of
//! `cty`). Here a value takes the type on when it is read: a number becomes a string only where
//! another member of its group is one. Where nothing is known of the type of a member, a string
//! stays what it is, and neither a number nor a boolean is known.

mod examples;
mod summary;
mod types;

pub(super) use examples::{typed, typed_items};
pub(super) use types::in_common;

use super::eval::{Outcome, Unit, derived, nested, undecided};
use super::types::{Constraint, beside, marks_of_set, to_set};
use crate::source::Span;
use crate::value::{
    Deferred, Hint, Kind, List, ListShape, Member, Object, ObjectShape, Slot, Unknown, Value,
};
use crate::worlds::Memo;
use examples::stand_in;
use std::rc::Rc;
use summary::{Structure, Summary};

/// Values of one type.
#[derive(Clone)]
pub(super) struct Group(Rc<Inner>);

struct Inner {
    slots: Vec<Slot>,
    /// Whether it matters that nothing is known of the type of a member.
    strict: bool,
    /// A null without a type keeps collections from having one in common.
    refuses_nulls: bool,
    /// There may be a member of any type.
    open: Option<Unknown>,
    /// Where there is one, what is found out is remembered, and pays for itself.
    unit: Option<Rc<Unit>>,
    summary: Memo<Outcome<Rc<Summary>>>,
}

/// Members that one of an unknown collection type is compared with, one by one.
const MAX_COMPARED: usize = 64;

impl Group {
    /// The branches of a conditional, or what `coalesce` chooses from. What is taken stays as it
    /// is beside something of which not even the type is known, as Terraform has it.
    pub(super) fn of_branches(slots: Vec<Slot>, unit: &Rc<Unit>) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: false,
            refuses_nulls: false,
            open: None,
            unit: Some(unit.clone()),
            summary: Memo::default(),
        }))
    }

    /// The elements of one collection; `rest` stands for more of them.
    fn of_elements(
        slots: Vec<Slot>,
        rest: Option<&Unknown>,
        unit: Option<&Rc<Unit>>,
        refuses_nulls: bool,
    ) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: true,
            refuses_nulls,
            open: rest.cloned(),
            unit: unit.cloned(),
            summary: Memo::default(),
        }))
    }

    /// A member of the group as a value of the group's type; what has none is unknown, of the
    /// kind `Invalid`.
    pub(super) fn adapt(&self, value: Value) -> Value {
        let (span, trail, marks) = (value.span, value.trail.clone(), value.marks);
        let adapted = match &value.kind {
            Kind::Text(_) => return value,
            _ if let Some(of) = self.whole(span) => Ok(of.convert_in(self.0.unit.as_ref(), value)),
            Kind::Null(of) if of.as_ref().is_some_and(Hint::is_collection) => return value,
            // Without a unit, that is found out where somebody asks.
            Kind::Null(of) if self.0.unit.is_none() => {
                let is_null = |slot: &Slot| matches!(slot, Slot::Ready(value) if value.is_null());
                Ok(Value {
                    kind: Kind::Null(of.clone().or_else(|| self.type_of_other(is_null))),
                    ..value
                })
            }
            Kind::Null(of) => self.type_of_null(span).map(|found| Value {
                kind: Kind::Null(found.or_else(|| of.clone())),
                ..value
            }),
            Kind::Unknown(unknown) if unknown.hint().is_some_and(Hint::is_collection) => {
                // Among values of one type it is what it was.
                let others = self.0.slots.iter();
                if others.len() > MAX_COMPARED {
                    let kind = unknown.clone().with_hint(Some(Hint::Collection));
                    return Value {
                        kind: Kind::Unknown(kind),
                        ..value
                    };
                }
                return nested(span, || {
                    let of = self.type_of_unknown(unknown, span);
                    let beside = |value, slot: &Slot| beside(value, &slot.get(), &of);
                    Ok(others.fold(value.clone(), beside))
                })
                .unwrap_or(value);
            }
            Kind::Unknown(unknown) if !becomes_text(unknown) => return value,
            Kind::Number(_) | Kind::Bool(_) | Kind::Unknown(_) => self.adapt_scalar(value),
            Kind::List(list) => nested(span, || self.adapt_list(list, span)).map(|list| Value {
                marks: marks | marks_of_set(&list),
                kind: Kind::List(list),
                ..value
            }),
            Kind::Object(object) => {
                nested(span, || self.adapt_object(object, span)).map(|object| Value {
                    kind: Kind::Object(object),
                    ..value
                })
            }
        };
        adapted.unwrap_or_else(|unknown| Value {
            trail,
            ..Value::unknown(unknown).mark(marks)
        })
    }

    /// All members, in their order.
    ///
    /// # Errors
    /// Where they have no type in common.
    pub(super) fn adapt_all(&self, span: Span) -> Outcome<Vec<Slot>> {
        if !self.is_of_one_type(span)? {
            return Err(mismatch(span));
        }
        Ok(self.0.slots.iter().map(|slot| self.slot(slot)).collect())
    }

    /// The type that all members have, where it is known as a whole.
    fn whole(&self, span: Span) -> Option<Constraint> {
        match &self.summary(span).ok()?.structure {
            Some(Structure::Whole(of)) => Some(of.clone()),
            _ => None,
        }
    }

    /// The type that a null among the members has: that of scalars, or of another member.
    fn type_of_null(&self, span: Span) -> Outcome<Option<Hint>> {
        let summary = self.summary(span)?;
        Ok(match &*summary {
            _ if summary.mismatch => return Err(mismatch(span)),
            Summary { text: true, .. } => Some(Hint::Text),
            Summary { number: true, .. } => Some(Hint::Number),
            Summary { bool: true, .. } => Some(Hint::Bool),
            Summary {
                structure: None, ..
            } => None,
            _ => self.type_of_other(|slot| slot.get().is_null()),
        })
    }

    /// The type of a collection that is not known, once it is one of the group's.
    fn type_of_unknown(&self, unknown: &Unknown, span: Span) -> Option<Hint> {
        let unit = self.0.unit.as_ref()?;
        let kind = stand_in(unknown.hint()?, None, span)?;
        let adapted = || {
            let adapted = self.adapt(Value::new(kind, span));
            Constraint::of(unit, &adapted).ok()?.hint()
        };
        unit.world.without_asking(adapted)
    }

    /// The type of the first member that is other than null.
    fn type_of_other(&self, is_null: impl Fn(&Slot) -> bool) -> Option<Hint> {
        let other = self.0.slots.iter().find(|slot| !is_null(slot))?;
        Some(Hint::of(other))
    }

    /// The type of what is no member, but would be one.
    fn type_of_none(&self, span: Span) -> Outcome<Option<Rc<Hint>>> {
        if !self.is_of_one_type(span)? {
            return Err(mismatch(span));
        }
        Ok(self.element())
    }

    /// The type that all members have.
    fn element(&self) -> Option<Rc<Hint>> {
        let first = self.0.slots.first()?;
        Some(Rc::new(Hint::of(&self.slot(first))))
    }

    /// Whether all members have a type in common, with all that is in them.
    pub(super) fn is_of_one_type(&self, span: Span) -> Outcome<bool> {
        let summary = self.summary(span)?;
        let parts: Vec<&Group> = match &summary.structure {
            None => Vec::new(),
            Some(Structure::Tuple(parts)) => parts.iter().collect(),
            Some(Structure::Object(parts)) => parts.values().collect(),
            Some(Structure::List(part) | Structure::Set(part) | Structure::Map(part)) => vec![part],
            Some(Structure::Whole(_)) => Vec::new(),
        };
        let mut is_so = !summary.mismatch;
        for part in parts {
            is_so = is_so && nested(span, || part.is_of_one_type(span))?;
        }
        Ok(is_so)
    }

    fn adapt_scalar(&self, value: Value) -> Outcome<Value> {
        let summary = self.summary(value.span)?;
        if summary.mismatch {
            return Err(mismatch(value.span));
        }
        if summary.text {
            return Ok(Constraint::String.convert(value));
        }
        // A number beside a string is its digits.
        match (&summary.open, value.as_unknown()) {
            (None, _) => Ok(value),
            (Some(_), Some(unknown)) => Err(derived(unknown.clone())),
            (Some(open), None) => Err(undecided(open.clone())),
        }
    }

    fn adapt_list(&self, list: &List, span: Span) -> Outcome<List> {
        let summary = self.summary(span)?;
        let is_empty = list.items.is_empty() && list.rest.is_none();
        let each = |group: &Group, shape: ListShape| {
            let items = list.items.iter().map(|slot| group.slot(slot));
            Ok(List {
                items: Rc::new(items.collect()),
                rest: list.rest.clone(),
                shape,
                element: match is_empty {
                    true => group.type_of_none(span)?,
                    false => None,
                },
            })
        };
        Ok(match &summary.structure {
            _ if summary.mismatch => return Err(mismatch(span)),
            Some(Structure::Tuple(groups)) => {
                let items = list.items.iter().zip(groups);
                let items = items.map(|(slot, group)| group.slot(slot)).collect();
                List {
                    items: Rc::new(items),
                    ..list.clone()
                }
            }
            // Where the length is not known, neither is the shape.
            Some(Structure::List(group)) if list.rest.is_some() => each(group, list.shape)?,
            Some(Structure::List(group)) => each(group, ListShape::List)?,
            Some(Structure::Set(group)) if is_empty => each(group, ListShape::Set)?,
            Some(Structure::Set(group)) => {
                let values = list.iter().map(|value| group.adapt(value)).collect();
                to_set(values, list.rest.clone())
            }
            _ => list.clone(),
        })
    }

    fn adapt_object(&self, object: &Object, span: Span) -> Outcome<Object> {
        let summary = self.summary(span)?;
        let rebuild = |group: &dyn Fn(&str) -> Option<Group>, shape: ObjectShape| {
            let members = object.members().iter().map(|member| Member {
                value: match group(&member.name) {
                    Some(group) => group.slot(&member.value),
                    None => member.value.clone(),
                },
                ..member.clone()
            });
            let mut made = Object::new(members.collect());
            made.rest.clone_from(&object.rest);
            made.shape = shape;
            made
        };
        Ok(match &summary.structure {
            _ if summary.mismatch => return Err(mismatch(span)),
            Some(Structure::Object(groups)) => {
                rebuild(&|name| groups.get(name).cloned(), object.shape)
            }
            Some(Structure::Map(group)) if object.members().is_empty() && object.rest.is_none() => {
                match group.type_of_none(span)? {
                    Some(element) => Object::empty_map((*element).clone()),
                    None => rebuild(&|_| None, ObjectShape::Map),
                }
            }
            Some(Structure::Map(group)) => rebuild(&|_| Some(group.clone()), ObjectShape::Map),
            _ => object.clone(),
        })
    }

    /// A member that is adapted when it is read.
    fn slot(&self, slot: &Slot) -> Slot {
        match slot {
            Slot::Ready(value) if matches!(value.kind, Kind::Text(_)) => slot.clone(),
            _ if self.0.slots.len() == 1 && self.0.open.is_none() => slot.clone(),
            _ => Slot::Deferred(Rc::new(Adapted {
                slot: slot.clone(),
                group: self.clone(),
            })),
        }
    }

    /// The group of parts of the members: in one place of all tuples or objects, or of collections
    /// that have a type for them.
    fn nested(&self, slots: Vec<Slot>, open: Option<&Unknown>, fixed: bool) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: self.0.strict,
            refuses_nulls: self.0.strict && fixed,
            open: open.filter(|_| self.0.strict).cloned(),
            unit: self.0.unit.clone(),
            summary: Memo::default(),
        }))
    }

    fn summary(&self, span: Span) -> Outcome<Rc<Summary>> {
        let Some(unit) = &self.0.unit else {
            return self.summarise(span).map(Rc::new);
        };
        let summarise = || {
            // Types hang on no condition: what nobody has decided does not count.
            unit.world.aside(|| self.summarise(span)).map(Rc::new)
        };
        self.0
            .summary
            .get(&unit.world, summarise)
            // A member reads itself through its own type, which is then what the others say.
            .unwrap_or_else(|_| Ok(Rc::default()))
    }
}

/// What is not known, but is no string, and so would become one beside a string.
fn becomes_text(unknown: &Unknown) -> bool {
    matches!(unknown.hint(), Some(Hint::Number | Hint::Bool))
}

fn mismatch(span: Span) -> Unknown {
    Unknown::invalid(
        "this has no type in common with the values beside it, which Terraform takes for elements \
         of one list or map, as it does where the results of a conditional differ in attributes",
        span,
    )
}

struct Adapted {
    slot: Slot,
    group: Group,
}

impl Deferred for Adapted {
    fn get(&self) -> Value {
        self.group.adapt(self.slot.get())
    }

    fn span(&self) -> Span {
        self.slot.span()
    }
}

/// The collections that parts may become elements of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    List,
    Set,
    Map,
}

/// The elements of a tuple as a list has them, all of one type.
pub(super) fn unify(slots: Vec<Slot>, unit: &Rc<Unit>, span: Span) -> Outcome<Vec<Slot>> {
    unify_elements(slots, None, Some(unit), Collection::List, span)
}

/// Parts as a collection has them, all of one type. `rest` stands for more of them, of which not
/// even the type is known.
pub(super) fn unify_elements(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: Option<&Rc<Unit>>,
    of: Collection,
    span: Span,
) -> Outcome<Vec<Slot>> {
    if slots.len() < 2 && rest.is_none() {
        return Ok(slots);
    }
    if let (Some(unit), None) = (unit, rest)
        && let Some(types) = types_of(unit, &slots)
    {
        return of_types(&slots, types, unit, of, span);
    }
    // With null, the attributes of an object may have a collection in common.
    let refuses_nulls = of != Collection::Map;
    Group::of_elements(slots, rest, unit, refuses_nulls).adapt_all(span)
}

/// The types of values, where all are known.
fn types_of(unit: &Unit, slots: &[Slot]) -> Option<Vec<Constraint>> {
    let types = slots.iter();
    let types = || types.map(|slot| Constraint::of(unit, &slot.get()));
    // They hang on no condition: what nobody has decided does not count.
    unit.world.aside(|| types().collect::<Outcome<_>>()).ok()
}

/// Parts of known types as elements of one type.
fn of_types(
    slots: &[Slot],
    types: Vec<Constraint>,
    unit: &Rc<Unit>,
    of: Collection,
    span: Span,
) -> Outcome<Vec<Slot>> {
    if types::are_same(&types) {
        return Ok(slots.to_vec());
    }
    let wanted = match types::in_common(unit, &types, span)? {
        Some(Constraint::Any) if of != Collection::Map => return Err(mismatch(span)),
        Some(wanted) => wanted,
        None => return Err(mismatch(span)),
    };
    let converted = wanted.slots(unit, slots);
    if !wanted.is_open() {
        return Ok(converted);
    }
    alike(converted, unit, of, &wanted, span)
}

/// Parts that are of a type which leaves something open, as elements of one type.
pub(super) fn alike(
    slots: Vec<Slot>,
    unit: &Rc<Unit>,
    of: Collection,
    wanted: &Constraint,
    span: Span,
) -> Outcome<Vec<Slot>> {
    let Some(types) = types_of(unit, &slots) else {
        return Ok(slots);
    };
    if types::are_alike(&types) {
        return Ok(typed_like_others(slots, &types, unit));
    }
    let unifies = match of {
        Collection::List => true,
        Collection::Set => false,
        Collection::Map => !matches!(wanted, Constraint::Any | Constraint::Tuple(_)),
    };
    let found = match unifies {
        true => types::in_common(unit, &types, span)?.ok_or_else(|| mismatch(span))?,
        false => return Err(mismatch(span)),
    };
    let converted = found.slots(unit, &slots);
    match types_of(unit, &converted) {
        Some(types) if !types::are_alike(&types) => Err(mismatch(span)),
        Some(types) => Ok(typed_like_others(converted, &types, unit)),
        None => Ok(converted),
    }
}

/// Collection of one collection, where those of no type take that of the others.
fn typed_like_others(slots: Vec<Slot>, types: &[Constraint], unit: &Rc<Unit>) -> Vec<Slot> {
    let is_typed = |of: &&Constraint| !matches!(of, Constraint::Any);
    let Some(typed) = types.iter().find(is_typed) else {
        return slots;
    };
    let each = slots.into_iter().zip(types).map(|(slot, of)| match of {
        Constraint::Any => typed.slot(Some(unit), &slot),
        _ => slot,
    });
    each.collect()
}

/// The same for values that stay what they are where they have no type in common, which is then
/// nothing.
pub(super) fn unify_if_possible(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: &Rc<Unit>,
    span: Span,
) -> Outcome<Option<Vec<Slot>>> {
    let group = Group::of_elements(slots, rest, Some(unit), false);
    Ok(match group.is_of_one_type(span)? {
        true => Some(group.adapt_all(span)?),
        false => None,
    })
}
