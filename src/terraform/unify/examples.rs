//! Values that stand for a type alone.

use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Member, Object, ObjectShape, Slot, Unknown, Value,
};
use std::rc::Rc;
use std::sync::Arc;

/// A collection of the type that a hint tells, for its type alone: with parts that are not known,
/// or else are null. Nothing for a collection of which nothing else is known.
pub fn stand_in(hint: &Hint, unknown: Option<&Unknown>, span: Span) -> Option<Kind> {
    let slot = |hint: Option<&Hint>| {
        Slot::Ready(match unknown.cloned() {
            Some(unknown) => Value::unknown(unknown.with_symbol(None).with_hint(hint.cloned())),
            None => Value::null_of(hint.cloned(), span),
        })
    };
    let list = |of: &Option<Rc<Hint>>, shape: ListShape| {
        let mut list = List::new(vec![slot(of.as_deref())]);
        list.rest = unknown.cloned();
        list.shape = shape;
        Kind::List(list)
    };
    let member = |name: &Arc<str>, hint: Option<&Hint>| Member {
        name: name.clone(),
        name_span: span,
        value: slot(hint),
    };
    Some(match hint {
        Hint::List(of) => list(of, ListShape::List),
        Hint::Set(of) => list(of, ListShape::Set),
        Hint::Tuple(of) => {
            let items = of.iter().map(|hint| slot(hint.as_ref()));
            Kind::List(List::new(items.collect()))
        }
        Hint::Map(of) => {
            let mut object = Object::new(vec![member(&"".into(), of.as_deref())]);
            object.rest = unknown.cloned();
            object.shape = ObjectShape::Map;
            Kind::Object(object)
        }
        Hint::Object(parts) => {
            let parts = parts.iter();
            let members = parts.map(|part| member(&part.name, part.hint.as_ref()));
            Kind::Object(Object::new(members.collect()))
        }
        _ => return None,
    })
}

/// A value of a type, for the type alone.
pub fn typed(hint: &Hint, span: Span) -> Slot {
    match hint {
        Hint::Like(slot) => (**slot).clone(),
        _ => Slot::Ready(match stand_in(hint, None, span) {
            Some(kind) => Value::new(kind, span),
            None => Value::null_of(Some(hint.clone()), span),
        }),
    }
}

/// The elements of a list, or what tells the type of those that an empty one would have.
pub fn typed_items(list: &List, span: Span) -> Vec<Slot> {
    if !list.items.is_empty() || list.shape == ListShape::Tuple || list.rest.is_some() {
        return list.items.to_vec();
    }
    vec![match &list.element {
        Some(hint) => typed(hint, span),
        None => Slot::Ready(Value::null(span)),
    }]
}
