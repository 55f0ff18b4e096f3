//! Functions over maps and objects.

use super::*;
use crate::value::{Member, ObjectShape};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    function("keys", 1..=1, keys).gives(Gives::Collection),
    function("lookup", 2..=3, lookup)
        .may_give_null()
        .takes_null(),
    function("merge", 0..=ANY, merge)
        .gives(Gives::Collection)
        .takes_null(),
    function("transpose", 1..=1, transpose)
        .gives(Gives::Map)
        .marked_as_a_whole(),
    function("values", 1..=1, values).gives(Gives::Collection),
    function("zipmap", 2..=2, zipmap).gives(Gives::Collection),
];

fn keys(call: &Call) -> Outcome<Value> {
    let object = call.open_object(0)?;
    let members = sorted_members(&object);
    call.charge(members.len())?;
    let items = members
        .into_iter()
        .map(|member| Slot::Ready(Value::string(member.name.clone(), member.name_span)));
    let shape = list_of_members(&object);
    Ok(call.of_list(List {
        rest: object.rest.clone().map(derived),
        ..list_of(items.collect(), shape, Rc::new(Hint::Text))
    }))
}

fn lookup(call: &Call) -> Outcome<Value> {
    let map = call.peek(0);
    let key = call.value(1);
    if let Kind::Unknown(unknown) = &key.kind
        && !Fits::String.may_be(unknown.hint())
    {
        let fault = constraints::of_type(unknown, Fits::String, "a string", call.at(1));
        return Err(fault);
    }
    let object = match &map.kind {
        Kind::Object(object) => object,
        Kind::Unknown(unknown) => return Err(lookup_in_unknown(call, unknown)),
        _ => {
            let reason = format!("a map is needed, and this is {}", map.describe());
            return Err(call.invalid(0, reason));
        }
    };
    if call.len() == 3
        && let Kind::Unknown(_) = key.kind
    {
        // None of the keys known is the default's case, not a fault.
        let look = || operators::index(call.unit(), &map, &key, call.span);
        return match call.unit().world.tolerating(look) {
            Err(unknown) if unknown.is_refused() && object.rest.is_none() => {
                Ok(call.peek(2).mark(map.marks))
            }
            found => found,
        };
    }
    let name = call.chars(1)?;
    if let Some(fault) = call.first_fault(2) {
        return Err(fault);
    }
    // A default beside the elements of a map is one of them, wanted or not.
    let default = match object.shape {
        ObjectShape::Map if call.len() == 3 => {
            let of = || Constraint::of_members(call.unit(), object, call.at(0));
            let default = match call.unit().world.without_asking(of) {
                Ok(of) => of.convert(call.peek(2)),
                Err(_) => call.peek(2),
            };
            let fault = || types::first_fault(call, &default).err();
            let fault = call.unit().world.without_asking(fault);
            if let Some(fault) = fault.filter(|it| it.is_refused()) {
                return Err(call.invalid(2, fault.reason().to_owned()));
            }
            Some(default)
        }
        _ if call.len() == 3 => Some(call.peek(2)),
        _ => None,
    };
    match (object.member(&name), &object.rest) {
        (Some(member), _) => Ok(carried(&member.value, &map).get()),
        (None, Some(rest)) => Err(undecided(rest.clone())),
        (None, None) => match default {
            Some(default) => Ok(default.mark(map.marks)),
            None => Err(call.invalid(1, format!("the map has no key `{name}`"))),
        },
    }
}

/// Why a look-up in a map that is not known is not known either, or is refused.
fn lookup_in_unknown(call: &Call, map: &Unknown) -> Unknown {
    let name = match call.chars(1) {
        Ok(name) => name,
        Err(unknown) => return unknown,
    };
    match map.hint() {
        Some(Hint::Object(parts))
            if call.len() == 2 && parts.iter().all(|it| *it.name != *name) =>
        {
            call.invalid(1, format!("the map has no key `{name}`"))
        }
        hint => {
            let element = match hint {
                Some(Hint::Map(of)) => of.as_deref().cloned(),
                Some(Hint::Object(parts)) => {
                    let part = parts.iter().find(|it| *it.name == *name);
                    part.and_then(|part| part.hint.clone())
                }
                _ => None,
            };
            let unknown = constraints::of_type(map, Fits::Map, "a map", call.at(0));
            match unknown.kind() {
                UnknownKind::Invalid => unknown,
                _ => unknown.with_hint(element),
            }
        }
    }
}

fn merge(call: &Call) -> Outcome<Value> {
    let mut members: Vec<Member> = Vec::new();
    // Where a member stands, and from which argument it is.
    let mut places: HashMap<Arc<str>, (usize, usize)> = HashMap::new();
    let mut rest: Option<Unknown> = None;
    let (mut maps, mut element) = (true, None);
    for at in 0..call.len() {
        let value = operators::outlined_unless_null(call.unit(), call.value(at));
        let object = match &value.kind {
            Kind::Null(of) => match of.as_ref().and_then(|of| settled(call.unit(), of)) {
                Some(of) if !Fits::Map.may_be(Some(&of)) => {
                    return Err(call.invalid(at, "a map is needed, and this null is none"));
                }
                _ => continue,
            },
            Kind::Object(object) => object,
            Kind::Unknown(unknown) => {
                let unknown = constraints::of_type(unknown, Fits::Collection, "a map", call.at(at));
                if unknown.is_refused() {
                    return Err(unknown);
                }
                members.clear();
                places.clear();
                rest.get_or_insert(unknown);
                continue;
            }
            _ => {
                return Err(call.invalid(
                    at,
                    format!("a map is needed, and this is {}", value.describe()),
                ));
            }
        };
        maps &= object.shape == ObjectShape::Map;
        if maps {
            let own = element_of(call, object);
            // Maps of different types become an object.
            maps = match (&element, &own) {
                (Some(element), Some(own)) => Hint::is_same(element, own),
                _ => true,
            };
            element = element.or(own);
        }
        call.charge(object.members().len())?;
        if let Some(unknown) = &object.rest {
            // Any earlier member may be replaced by one that is not listed.
            members.clear();
            places.clear();
            rest.get_or_insert_with(|| derived(unknown.clone()));
        }
        for member in sorted_members(object) {
            let member = Member {
                value: carried(&member.value, &value),
                ..member.clone()
            };
            match places.get_mut(&member.name) {
                Some((place, from)) => {
                    let replaced = std::mem::replace(&mut members[*place], member);
                    if let Some(refused) = call.refused_member(*from, &replaced) {
                        return Err(refused);
                    }
                    *from = at;
                }
                None => {
                    places.insert(member.name.clone(), (members.len(), at));
                    members.push(member);
                }
            }
        }
    }
    if let Some(element) = element
        && maps
        && members.is_empty()
        && rest.is_none()
    {
        return Ok(call.of_object(Object::empty_map(element)));
    }
    let mut object = Object::new(members);
    object.rest = rest;
    if maps && call.len() > 0 {
        object.shape = ObjectShape::Map;
    }
    Ok(call.of_object(object))
}

/// The type of the elements of a map, where it is known to be a scalar.
fn element_of(call: &Call, map: &Object) -> Option<Hint> {
    let of_first = || {
        let first = map.members().first()?.value.get();
        scalar_hint(&first)
    };
    let known = map.element().filter(|hint| hint.is_scalar()).cloned();
    known.or_else(|| call.unit().world.without_asking(of_first))
}

fn transpose(call: &Call) -> Outcome<Value> {
    let is_scalar = match &call.peek(0).kind {
        Kind::Object(object) => object.element().is_some_and(Hint::is_scalar),
        Kind::Unknown(unknown) => match unknown.hint() {
            Some(Hint::Map(Some(of))) => of.is_scalar(),
            _ => false,
        },
        _ => false,
    };
    if is_scalar {
        return Err(call.invalid(0, "a map of lists is needed"));
    }
    let object = call.object(0)?;
    let mut groups: BTreeMap<String, Vec<Slot>> = Default::default();
    for member in sorted_members(&object) {
        let texts = Constraint::List(Rc::new(Constraint::String));
        let value = texts.convert(member.value.get());
        for (_, slot) in elements(&value, call.at(0))?.items {
            let key = call.rendered(&call.as_text(&slot.get(), 0)?)?;
            let name = Value::string(member.name.clone(), member.name_span);
            groups.entry(key).or_default().push(Slot::Ready(name));
        }
    }
    let members = groups.into_iter().map(|(name, items)| Member {
        name: name.into(),
        name_span: call.span,
        value: Slot::Ready(call.of_list(shaped(items, ListShape::List))),
    });
    if members.len() == 0 {
        let names = Hint::List(Some(Rc::new(Hint::Text)));
        return Ok(call.of_object(Object::empty_map(names)));
    }
    let mut object = Object::new(members.collect());
    object.shape = ObjectShape::Map;
    Ok(call.of_object(object))
}

fn values(call: &Call) -> Outcome<Value> {
    let value = operators::outlined(call.unit(), call.peek(0));
    let object = call.open_object(0)?;
    let elements = elements(&value, call.at(0))?;
    call.charge(elements.items.len())?;
    let items = elements.items.into_iter().map(|(_, slot)| slot);
    let element = object.element().cloned().map(Rc::new);
    Ok(call.of_list(List {
        rest: elements.rest,
        ..list_of(items.collect(), list_of_members(&object), element)
    }))
}

fn list_of_members(object: &Object) -> ListShape {
    match object.shape {
        ObjectShape::Object => ListShape::Tuple,
        ObjectShape::Map => ListShape::List,
    }
}

fn zipmap(call: &Call) -> Outcome<Value> {
    let keys = call.list(0)?;
    call.takes_elements(0, &keys, &Constraint::String)?;
    ordered_list(call, 1)?;
    let values = call.list(1)?;
    if keys.items.len() != values.items.len() {
        return Err(call.invalid(1, "there must be as many values as keys"));
    }
    call.charge(keys.items.len())?;
    let members = keys.iter().zip(values.items.iter()).map(|(key, value)| {
        call.mark(key.marks);
        Ok(Member {
            name: call.rendered(&call.as_text(&key, 0)?)?.into(),
            name_span: key.span,
            value: value.clone(),
        })
    });
    let members = all_or_fault(members)?;
    if members.is_empty()
        && let Some(element) = &values.element
    {
        return Ok(call.of_object(Object::empty_map((**element).clone())));
    }
    let mut object = Object::new(members);
    if values.shape != ListShape::Tuple {
        object.shape = ObjectShape::Map;
    }
    Ok(call.of_object(object))
}
