//! Objects, splats and `for`: collections whose elements are put off until somebody reads them.

use super::super::operators::{self, truth};
use super::super::syntax::{Expr, For, Name, ObjectItem, ObjectKey};
use super::super::{types, typing};
use super::{Outcome, Scope, defer, derived, eval, refused_part, settled, undecided};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Marks, Member, Number, Object, Slot, Trail, Unknown, UnknownKind,
    Value,
};
use foldhash::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

/// `{ key = value }`.
pub fn eval_object(
    items: &[ObjectItem],
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    scope.unit().charge(items.len() as u64, span)?;
    let mut members: Vec<Member> = Vec::with_capacity(items.len());
    let mut rest = None;
    for item in items {
        let (name, name_span) = match &item.key {
            ObjectKey::Name(name) => (name.text.clone(), name.span),
            ObjectKey::Expression(key) => match object_key(key, scope, marks) {
                Ok(key) => key,
                Err(unknown) if unknown.is_refused() => return Err(unknown),
                Err(unknown) => {
                    // It may stand for any of those before it, which it then replaces.
                    members.clear();
                    rest.get_or_insert(unknown);
                    continue;
                }
            },
        };
        members.push(Member {
            name,
            name_span,
            value: defer(&item.value, scope),
        });
    }
    let mut object = Object::new(members);
    object.rest = rest;
    Ok(Kind::Object(object))
}

/// A key with its place. Its marks become those of the object.
fn object_key(expr: &Expr, scope: &Scope, marks: &mut Marks) -> Outcome<(Arc<str>, Span)> {
    let key = eval(expr, scope);
    *marks |= key.marks;
    if key.is_null() {
        return Err(Unknown::invalid("a key must not be null", expr.span));
    }
    let text = types::to_text(&key, expr.span)?;
    let rendered = types::characters(&text)?;
    Ok((rendered.text.as_ref().into(), key.span))
}

/// `expr[*]` and what is read of each element.
pub fn eval_splat(
    expr: &Expr,
    each: &Expr,
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    let mut value = eval(expr, scope);
    *marks |= value.marks;
    if let Some(refused) = refused_part(expr, || value.clone(), scope) {
        return Err(refused);
    }
    if let Some(Hint::Tuple(_)) = value.hint() {
        value = operators::outlined(scope.unit(), value);
    }
    let element = |slot: Slot| {
        let name = Arc::from(SPLAT_ELEMENT);
        defer(each, &scope.bind(&name, slot))
    };
    Ok(match &value.kind {
        Kind::Unknown(unknown) => {
            let one = match unknown.hint() {
                Some(Hint::List(of) | Hint::Set(of)) => of.as_deref(),
                Some(hint @ Hint::Object(_)) => Some(hint),
                _ => None,
            };
            if let Some(hint) = one {
                read_of_none(hint, &element, expr, scope)?;
            }
            let hint = unknown.hint().map(|_| Hint::Collection);
            return Err(derived(unknown.clone()).with_hint(hint));
        }
        Kind::Null(of) => match of.as_ref().and_then(|of| settled(scope.unit(), of)) {
            Some(Hint::List(_) | Hint::Set(_) | Hint::Tuple(_)) => {
                let reason = "a splat needs a list, and this one is null";
                return Err(Unknown::invalid(reason, expr.span));
            }
            Some(Hint::Collection | Hint::Either(_) | Hint::Like(_)) => {
                let reason = "whether this null is a list is not known";
                return Err(Unknown::unsupported(reason, expr.span));
            }
            _ => Kind::List(List::new(Vec::new())),
        },
        Kind::List(of) => {
            scope.unit().charge(2 * of.items.len() as u64, span)?;
            let items = of.items.iter().map(|slot| element(carried(slot, &value)));
            let mut made = List::new(items.collect());
            if let Some(hint) = of.element.as_ref().filter(|_| of.items.is_empty()) {
                let read = read_of_none(hint, &element, expr, scope)?;
                let unit = scope.unit();
                made.element = types::Constraint::of(unit, &read)?.hint().map(Rc::new);
            }
            made.rest = of.rest.clone().map(derived);
            made.shape = match of.shape {
                ListShape::Tuple => ListShape::Tuple,
                ListShape::List | ListShape::Set => ListShape::List,
            };
            Kind::List(made)
        }
        _ => Kind::List(List::new(vec![element(Slot::Ready(value))])),
    })
}

/// What each element is read for is refused even where there is none, as far as its type tells.
fn read_of_none(
    hint: &Hint,
    element: &dyn Fn(Slot) -> Slot,
    expr: &Expr,
    scope: &Scope,
) -> Outcome<Value> {
    let none = typing::example(scope.unit(), hint, expr.span);
    let read = element(Slot::Ready(none)).get();
    match read.fault() {
        Some(fault) => Err(fault.clone()),
        None => Ok(read),
    }
}

/// What a splat's element is bound to; no identifier is spelt so.
pub const SPLAT_ELEMENT: &str = "*";

/// `[for …]`.
pub fn eval_for_tuple(of: &For, span: Span, scope: &Scope, marks: &mut Marks) -> Outcome<Kind> {
    let collection = operators::outlined(scope.unit(), eval(&of.collection, scope));
    *marks |= collection.marks;
    if let Some(refused) = refused_part(&of.collection, || collection.clone(), scope) {
        return Err(refused);
    }
    let elements = elements(&collection, of.collection.span)?;
    check_condition(of, &elements, scope)?;
    scope.unit().charge(4 * elements.items.len() as u64, span)?;
    let mut rest = elements.rest;
    let mut items = Vec::with_capacity(elements.items.len());
    for element in elements.items {
        let scope = bind_element(scope, of.key_variable.as_ref(), &of.value_variable, element);
        match takes_part(of.condition.as_ref(), &scope, marks) {
            Ok(true) => items.push(defer(&of.value, &scope)),
            Ok(false) => {}
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert_with(|| undecided(unknown));
            }
        }
    }
    let mut list = List::new(items);
    list.rest = rest;
    Ok(Kind::List(list))
}

/// `{for …}`.
pub fn eval_for_object(
    of: &For,
    key: &Expr,
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    let collection = operators::outlined(scope.unit(), eval(&of.collection, scope));
    *marks |= collection.marks;
    if let Some(refused) = refused_part(&of.collection, || collection.clone(), scope) {
        return Err(refused);
    }
    let elements = elements(&collection, of.collection.span)?;
    check_condition(of, &elements, scope)?;
    scope.unit().charge(4 * elements.items.len() as u64, span)?;
    let mut rest = elements.rest;
    let mut places: HashMap<Arc<str>, usize> = HashMap::default();
    let mut groups: Vec<(Arc<str>, Span, Vec<Slot>)> = Vec::new();
    for element in elements.items {
        let scope = bind_element(scope, of.key_variable.as_ref(), &of.value_variable, element);
        let name = takes_part(of.condition.as_ref(), &scope, marks).and_then(|takes_part| {
            takes_part
                .then(|| object_key(key, &scope, marks))
                .transpose()
        });
        let (name, name_span) = match name {
            Ok(Some(name)) => name,
            Ok(None) => continue,
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert_with(|| undecided(unknown));
                continue;
            }
        };
        let value = defer(&of.value, &scope);
        match places.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(groups.len());
                groups.push((name, name_span, vec![value]));
            }
            Entry::Occupied(entry) if of.group => groups[*entry.get()].2.push(value),
            Entry::Occupied(_) => {
                return Err(Unknown::invalid(
                    format!("two elements have the key `{name}`"),
                    key.span,
                ));
            }
        }
    }
    let members = groups.into_iter().map(|(name, name_span, mut values)| {
        let value = if of.group {
            let mut group = List::new(values);
            group.rest = rest.clone();
            Slot::Ready(Value::new(Kind::List(group), of.value.span))
        } else {
            values.remove(0)
        };
        Member {
            name,
            name_span,
            value,
        }
    });
    let mut object = Object::new(members.collect());
    object.rest = rest.clone();
    Ok(Kind::Object(object))
}

/// What the condition of a `for` is refused for whatever the elements are, where there is none.
fn check_condition(of: &For, elements: &Elements, scope: &Scope) -> Outcome<()> {
    let Some(condition) = of.condition.as_ref().filter(|_| elements.items.is_empty()) else {
        return Ok(());
    };
    let none = || {
        let reason = "there is no element";
        let unknown = Unknown::new(UnknownKind::AfterApply, reason, of.collection.span);
        Slot::Ready(Value::unknown(unknown))
    };
    let (key, value) = (of.key_variable.as_ref(), &of.value_variable);
    let scope = bind_element(scope, key, value, (none(), none()));
    let check = || takes_part(Some(condition), &scope, &mut Marks::default());
    match scope.unit().world.without_asking(check) {
        Err(unknown) if unknown.is_refused() => Err(unknown),
        _ => Ok(()),
    }
}

/// Whether an element takes part: `Err` where that is not decided. The marks of what decides it
/// become those of the collection.
fn takes_part(condition: Option<&Expr>, scope: &Scope, marks: &mut Marks) -> Outcome<bool> {
    let Some(condition) = condition else {
        return Ok(true);
    };
    let decision = eval(condition, scope);
    *marks |= decision.marks;
    truth(scope.unit(), &decision, condition.span)
}

/// The scope of the body of a `for` for one element.
pub fn bind_element(
    scope: &Scope,
    key: Option<&Name>,
    value: &Name,
    (key_slot, value_slot): (Slot, Slot),
) -> Scope {
    let scope = match key {
        Some(name) => scope.bind(&name.text, key_slot),
        None => scope.clone(),
    };
    scope.bind(&value.text, value_slot)
}

/// What a `for` runs over.
pub struct Elements {
    /// Keys and values, in Terraform's order.
    pub items: Vec<(Slot, Slot)>,
    /// There may be more elements.
    pub rest: Option<Unknown>,
}

/// The elements of a list or object with their keys.
pub fn elements(value: &Value, span: Span) -> Outcome<Elements> {
    match &value.kind {
        Kind::List(list) => {
            let key = |at: usize, slot: &Slot| match (&list.rest, list.shape) {
                (_, ListShape::Set) => carried(slot, value),
                (None, _) => Slot::Ready(Value::new(Kind::Number(Number::from(at)), span)),
                (Some(rest), _) => Slot::Ready(Value::unknown(undecided(rest.clone()))),
            };
            let items = list.items.iter().enumerate();
            Ok(Elements {
                items: items
                    .map(|(at, slot)| (key(at, slot), carried(slot, value)))
                    .collect(),
                rest: list.rest.clone().map(derived),
            })
        }
        Kind::Object(object) => Ok(Elements {
            items: sorted_members(object)
                .into_iter()
                .map(|member| {
                    let key = Value::string(member.name.clone(), member.name_span);
                    (Slot::Ready(key), carried(&member.value, value))
                })
                .collect(),
            rest: object.rest.clone().map(derived),
        }),
        Kind::Unknown(unknown) => Err(derived(unknown.clone())),
        _ => Err(Unknown::invalid(
            format!(
                "this is {}, not a list, set, map or object",
                value.describe()
            ),
            span,
        )),
    }
}

/// The members in Terraform's order, each name once.
pub fn sorted_members(object: &Object) -> Vec<&Member> {
    let mut members: Vec<&Member> = object.members().iter().collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    // The last of a name counts, and sorting has kept their order.
    members.reverse();
    members.dedup_by(|a, b| a.name == b.name);
    members.reverse();
    members
}

/// An element as its container hands it out: with the container's way and mark.
pub fn carried(slot: &Slot, container: &Value) -> Slot {
    if container.trail.is_empty() && container.marks.is_empty() {
        return slot.clone();
    }
    let (trail, marks) = (container.trail.clone(), container.marks);
    slot.map(move |value| carry(value, &trail, marks))
}

/// The value after the steps and under the mark of what it was taken from.
pub fn carry(value: Value, trail: &Trail, marks: Marks) -> Value {
    let trail = value.trail.followed_by(trail);
    Value { trail, ..value }.mark(marks)
}

/// A collection under the marks that `compute` adds, known or not.
pub fn marking(span: Span, compute: impl FnOnce(&mut Marks) -> Outcome<Kind>) -> Value {
    let mut marks = Marks::NONE;
    let value = match compute(&mut marks) {
        Ok(kind) => Value::new(kind, span),
        Err(unknown) => Value::unknown(unknown.never_null()),
    };
    value.mark(marks)
}
