//! Functions over lists, sets, maps and objects.

use super::*;
use crate::terraform::unify::{Group, typed_items, unify, unify_if_possible};
use crate::value::{Member, ObjectShape, PieceKind};
use constraints::{fingerprint, to_set};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

pub(super) const FUNCTIONS: &[Function] = &[
    function("alltrue", 1..=1, |call| all_or_any(call, false))
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("anytrue", 1..=1, |call| all_or_any(call, true))
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("chunklist", 2..=2, chunklist).gives(Gives::List),
    function("coalesce", 1..=ANY, coalesce)
        .takes_null()
        .marked_as_a_whole(),
    function("coalescelist", 1..=ANY, coalescelist)
        .gives(Gives::Collection)
        .takes_null()
        .marked_as_a_whole(),
    function("compact", 1..=1, compact)
        .gives(Gives::Texts)
        .marked_as_a_whole(),
    function("concat", 1..=ANY, concat).gives(Gives::Collection),
    function("contains", 2..=2, contains)
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("distinct", 1..=1, distinct)
        .gives(Gives::List)
        .marked_as_a_whole(),
    function("element", 2..=2, element).may_give_null(),
    function("flatten", 1..=1, flatten).gives(Gives::Collection),
    function("index", 2..=2, index)
        .gives(Gives::Number)
        .marked_as_a_whole(),
    function("keys", 1..=1, keys).gives(Gives::Collection),
    function("length", 1..=1, length).gives(Gives::Number),
    function("lookup", 2..=3, lookup)
        .may_give_null()
        .takes_null(),
    function("matchkeys", 3..=3, matchkeys)
        .gives(Gives::Collection)
        .marked_as_a_whole(),
    function("merge", 0..=ANY, merge)
        .gives(Gives::Collection)
        .takes_null(),
    function("one", 1..=1, one)
        .may_give_null()
        .marked_as_a_whole(),
    function("range", 1..=3, range).gives(Gives::Numbers),
    function("reverse", 1..=1, reverse).gives(Gives::Collection),
    function("setintersection", 1..=ANY, setintersection)
        .gives(Gives::Set)
        .marked_as_a_whole(),
    function("setproduct", 1..=ANY, setproduct).gives(Gives::Collection),
    function("setsubtract", 2..=2, setsubtract)
        .gives(Gives::Set)
        .marked_as_a_whole(),
    function("setunion", 1..=ANY, setunion).gives(Gives::Set),
    function("slice", 3..=3, slice).gives(Gives::Collection),
    function("sort", 1..=1, sort)
        .gives(Gives::Texts)
        .marked_as_a_whole(),
    function("sum", 1..=1, sum)
        .gives(Gives::Number)
        .marked_as_a_whole(),
    function("transpose", 1..=1, transpose)
        .gives(Gives::Map)
        .marked_as_a_whole(),
    function("values", 1..=1, values).gives(Gives::Collection),
    function("zipmap", 2..=2, zipmap).gives(Gives::Collection),
];

/// The shape of a list that has elements of another: a set has lost its order.
fn as_list(shape: ListShape) -> ListShape {
    match shape {
        ListShape::Tuple => ListShape::Tuple,
        ListShape::List | ListShape::Set => ListShape::List,
    }
}

fn all_or_any(call: &Call, decides: bool) -> Outcome<Value> {
    if let Some(Hint::Tuple(of)) = call.peek(0).hint()
        && !of.iter().all(|of| Fits::Bool.may_be(of.as_ref()))
    {
        return Err(call.invalid(0, "all elements must be booleans"));
    }
    let list = call.open_list(0)?;
    call.takes_elements(0, &list, &Constraint::Bool)?;
    let mut unknown = list.rest.clone();
    for (at, value) in list.iter().enumerate() {
        // `null` is not true, and Terraform lets it pass.
        let value = if value.is_null() {
            if let Some(fault) = Constraint::Bool.convert(value).fault() {
                return Err(fault.clone());
            }
            Ok(false)
        } else {
            operators::truth(call.unit(), &value, call.at(0))
        };
        match value {
            Ok(value) if value == decides => {
                // All elements must be booleans, whichever of them decides.
                let others = list.items[at + 1..].iter();
                let fault = call.unit().world.without_asking(|| {
                    let mut faults = others.filter_map(|slot| {
                        let value = slot.get();
                        let truth = operators::truth(call.unit(), &value, call.at(0));
                        truth.err().filter(|_| !value.is_null())
                    });
                    faults.find(|unknown| unknown.is_refused())
                });
                return fault.map_or_else(|| Ok(call.of_bool(decides)), Err);
            }
            Ok(_) => {}
            Err(reason) if reason.is_refused() => return Err(reason),
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
    }
    match unknown {
        Some(unknown) => Err(undecided(unknown)),
        None => Ok(call.of_bool(!decides)),
    }
}

fn chunklist(call: &Call) -> Outcome<Value> {
    let list = call.list(0)?;
    let size = call.integer(1)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(call.invalid(1, "the size of a chunk must not be negative"));
    };
    let size = if size == 0 {
        list.items.len().max(1)
    } else {
        size
    };
    call.charge(list.items.len())?;
    let items = unify(list.items.to_vec(), call.unit(), call.at(0))?;
    let chunks = items
        .chunks(size)
        .map(|chunk| Slot::Ready(call.of_list(shaped(chunk.to_vec(), ListShape::List))));
    let of = Rc::new(Hint::List(list.element()));
    Ok(call.of_list(list_of(chunks.collect(), ListShape::List, of)))
}

/// Whether an argument of `coalesce` is passed over: null or an empty string.
fn is_empty(call: &Call, value: &Value) -> Outcome<bool> {
    use crate::worlds::{Answerable, Question};
    match &value.kind {
        Kind::Null(_) => Ok(true),
        Kind::Unknown(unknown) => Ok(ask(call.unit(), unknown, Question::IsNull)?
            || ask(call.unit(), unknown, |symbol| {
                Question::Equals(symbol, Answerable::Text("".into()))
            })?),
        Kind::Text(text) if has_characters(text) => Ok(false),
        Kind::Text(text) => match constraints::characters(text) {
            Ok(rendered) => Ok(rendered.text.is_empty()),
            Err(unknown) => Err(undecided(unknown)),
        },
        _ => Ok(false),
    }
}

/// Whether a rope is not empty, whatever its holes hold: JSON never is.
fn has_characters(text: &Text) -> bool {
    let has = |kind: &PieceKind| match kind {
        PieceKind::Literal(literal) => !literal.is_empty(),
        PieceKind::Encoded(_) => true,
        PieceKind::Hole(_) => false,
    };
    text.pieces().iter().any(|piece| has(&piece.kind))
}

fn coalesce(call: &Call) -> Outcome<Value> {
    // All arguments have one type.
    let slots = call.arguments.iter().map(|argument| argument.slot.clone());
    let group = Group::of_branches(slots.collect(), call.unit());
    if let Some(fault) = call.first_fault(0) {
        return Err(fault);
    }
    if !group.is_of_one_type(call.span)? {
        return Err(call.invalid(0, "the arguments have no type in common"));
    }
    // If all before the last that may be filled are empty, that one is, or Terraform refuses.
    let may_be_filled = |at: usize| match &call.peek(at).kind {
        Kind::Null(_) => false,
        Kind::Text(text) => has_characters(text) || text.first_hole().is_some(),
        _ => true,
    };
    let last = (0..call.len()).rposition(may_be_filled);
    let with_hint = |unknown: Unknown| unknown.with_hint(hint_of_all(call));
    for at in 0..call.len() {
        let value = call.peek(at);
        if last != Some(at) && is_empty(call, &value).map_err(with_hint)? {
            continue;
        }
        return Ok(group.adapt(value));
    }
    Err(Unknown::invalid(
        "no argument is other than null and an empty string",
        call.span,
    ))
}

/// The type of all arguments of `coalesce`, where they are scalars.
fn hint_of_all(call: &Call) -> Option<Hint> {
    let mut all = (0..call.len()).filter_map(|at| {
        let value = call.peek(at);
        (!value.is_null()).then(|| scalar_hint(&value))
    });
    let first = all.next()??;
    all.try_fold(first, |hint, other| match (hint, other?) {
        (Hint::Number, Hint::Number) => Some(Hint::Number),
        (Hint::Bool, Hint::Bool) => Some(Hint::Bool),
        (Hint::Text, _) | (_, Hint::Text) => Some(Hint::Text),
        _ => None,
    })
}

fn coalescelist(call: &Call) -> Outcome<Value> {
    let is_no_list = |at: usize| match call.peek(at).hint() {
        Some(Hint::List(_) | Hint::Tuple(_)) => call.peek(at).is_null(),
        _ => false,
    };
    let lists: Vec<usize> = (0..call.len()).filter(|&at| !is_no_list(at)).collect();
    for &at in &lists {
        match ordered_list(call, at) {
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            // It may be of any type, and so may be what the call gives.
            Err(_) => break,
            Ok(_) => {}
        }
    }
    for at in lists {
        let list = call.open_list(at)?;
        if !list.items.is_empty() {
            return Ok(call.peek(at));
        }
        if let Some(rest) = list.rest {
            return Err(undecided(rest));
        }
    }
    Err(Unknown::invalid("every list is empty", call.span))
}

/// A list or tuple: a set has no order.
fn ordered_list(call: &Call, at: usize) -> Outcome<List> {
    let no_order = || call.invalid(at, "a set has no order; `tolist` gives it one");
    if let Some(Hint::Set(_)) = call.peek(at).hint() {
        return Err(no_order());
    }
    let list = call.open_list(at)?;
    match list.shape {
        ListShape::Set => Err(no_order()),
        ListShape::List | ListShape::Tuple => Ok(list),
    }
}

/// An argument that must not be null.
fn present(call: &Call, at: usize) -> Outcome<Value> {
    let value = call.value(at);
    if value.is_null() {
        return Err(call.invalid(at, "a value is needed, and this is null"));
    }
    Ok(value)
}

fn compact(call: &Call) -> Outcome<Value> {
    let list = call.open_list(0)?;
    call.takes_elements(0, &list, &Constraint::String)?;
    call.charge(list.items.len())?;
    let mut rest = list.rest.clone();
    let mut items = Vec::new();
    for value in list.iter() {
        let value = Constraint::String.convert(value);
        if let Some(fault) = value.fault() {
            return Err(fault.clone());
        }
        match is_empty(call, &value) {
            Ok(true) => {}
            Ok(false) => items.push(Slot::Ready(value)),
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert(unknown);
            }
        }
    }
    Ok(call.of_list(List {
        rest,
        ..list_of_texts(items)
    }))
}

fn concat(call: &Call) -> Outcome<Value> {
    let mut items = Vec::new();
    let mut types = Vec::new();
    let mut rest = None;
    let mut tuple = false;
    for at in 0..call.len() {
        match ordered_list(call, at) {
            Ok(list) => {
                call.charge(list.items.len())?;
                tuple |= list.shape == ListShape::Tuple;
                items.extend_from_slice(&list.items);
                if list.items.is_empty() {
                    types.extend(typed_items(&list, call.at(at)));
                }
                rest = rest.or(list.rest);
            }
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert(unknown);
            }
        }
    }
    let (mut shape, mut element) = (ListShape::Tuple, None);
    // Lists without a type in common become a tuple.
    if !tuple {
        let all = [&items[..], &types].concat();
        let unify = |slots| unify_if_possible(slots, rest.as_ref(), call.unit(), call.span);
        let mut unified = unify(all)?;
        let is_null = |slot: &Slot| matches!(slot.get().kind, Kind::Null(None));
        if unified.is_none() && items.iter().chain(&types).any(is_null) {
            // Beside what has no type, there is one in common, and only one may be there.
            let fault = || call.invalid(0, "the lists have no type in common");
            unified = Some(unify(items.clone())?.ok_or_else(fault)?);
        }
        if let Some(unified) = unified {
            element = unified.first().map(|slot| Rc::new(Hint::of(slot)));
            items.splice(.., unified.into_iter().take(items.len()));
            shape = ListShape::List;
        }
    }
    Ok(call.of_list(List {
        rest,
        ..list_of(items, shape, element)
    }))
}

fn contains(call: &Call) -> Outcome<Value> {
    let list = call.open_list(0)?;
    let wanted = present(call, 1)?;
    let mut unknown = list.rest.clone();
    let world = &call.unit().world;
    for (at, value) in list.iter().enumerate() {
        match operators::equal(call.unit(), &value, &wanted, call.span) {
            Ok(true) => {
                let fault = |slot: &Slot| slot.get().fault().cloned();
                let others = || list.items[at + 1..].iter().find_map(fault);
                return world
                    .without_asking(others)
                    .map_or_else(|| Ok(call.of_bool(true)), Err);
            }
            Ok(false) => {}
            Err(reason) if reason.is_fatal() => {
                return Err(reason);
            }
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
    }
    match unknown {
        Some(unknown) => Err(undecided(unknown)),
        None => Ok(call.of_bool(false)),
    }
}

fn distinct(call: &Call) -> Outcome<Value> {
    let list = call.list(0)?;
    call.charge(list.items.len())?;
    let items = unify(list.items.to_vec(), call.unit(), call.at(0))?;
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for slot in items {
        let mut key = String::new();
        fingerprint(&slot.get(), &mut key)?;
        call.unit().charge_bytes(key.len(), call.span)?;
        if seen.insert(key) {
            kept.push(slot);
        }
    }
    Ok(call.of_list(list_of(kept, ListShape::List, list.element())))
}

fn element(call: &Call) -> Outcome<Value> {
    let with_hint = |unknown: Unknown| match call.peek(0).hint() {
        Some(Hint::List(of)) => unknown.with_hint(of.as_deref().cloned()),
        _ => unknown,
    };
    ordered_list(call, 0).map_err(with_hint)?;
    let list = call.list(0).map_err(with_hint)?;
    let at = call.integer(1)?;
    let length = list.items.len() as i64;
    if length == 0 {
        return Err(call.invalid(0, "an empty list has no element"));
    }
    if at % length < 0 && list.shape == ListShape::Tuple {
        return Err(call.invalid(1, "the index must not be negative"));
    }
    Ok(list.items[at.rem_euclid(length) as usize].get())
}

fn flatten(call: &Call) -> Outcome<Value> {
    let list = call.open_list(0)?;
    let mut items = Vec::new();
    let mut rest = list.rest.clone();
    flatten_into(call, &list, &mut items, &mut rest)?;
    Ok(call.of_list(List {
        rest,
        ..List::new(items)
    }))
}

fn flatten_into(
    call: &Call,
    list: &List,
    items: &mut Vec<Slot>,
    rest: &mut Option<Unknown>,
) -> Outcome<()> {
    call.charge(list.items.len())?;
    for slot in list.items.iter() {
        let value = slot.get();
        match &value.kind {
            Kind::List(inner) => {
                if rest.is_none() {
                    rest.clone_from(&inner.rest);
                }
                call.mark(value.marks);
                // Each element goes on with the whole way of its list.
                call.charge(inner.items.len() * value.trail.steps().len())?;
                let carried = elements(&value, call.at(0))?.items;
                let inner = List::new(carried.into_iter().map(|(_, slot)| slot).collect());
                nested(call.span, || flatten_into(call, &inner, items, rest))?;
            }
            Kind::Unknown(unknown) if unknown.is_refused() => {
                return Err(unknown.clone());
            }
            // It may be a list of many or of none, unless it is known to be none at all.
            Kind::Unknown(unknown) if !unknown.hint().is_some_and(Hint::is_scalar) => {
                rest.get_or_insert_with(|| derived(unknown.clone()));
            }
            _ => items.push(Slot::Ready(value)),
        }
    }
    Ok(())
}

fn index(call: &Call) -> Outcome<Value> {
    ordered_list(call, 0)?;
    let list = call.list(0)?;
    let wanted = present(call, 1)?;
    for (at, value) in list.iter().enumerate() {
        if operators::equal(call.unit(), &value, &wanted, call.span)? {
            return Ok(call.of_number(Number::from(at)));
        }
    }
    Err(call.invalid(1, "the list has no such element"))
}

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

fn list_of_members(object: &Object) -> ListShape {
    match object.shape {
        ObjectShape::Object => ListShape::Tuple,
        ObjectShape::Map => ListShape::List,
    }
}

fn length(call: &Call) -> Outcome<Value> {
    let value = operators::outlined(call.unit(), call.value(0));
    if let Kind::Text(text) = &value.kind {
        let text = call.rendered(text)?;
        return Ok(call.of_number(Number::from(text.graphemes(true).count())));
    }
    operators::count(&value, call.at(0)).map(|count| call.of_number(count))
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

fn matchkeys(call: &Call) -> Outcome<Value> {
    let (values, keys, wanted) = (call.list(0)?, call.list(1)?, call.list(2)?);
    if values.items.len() != keys.items.len() {
        return Err(call.invalid(1, "there must be as many keys as values"));
    }
    // The keys and those searched for are of one type.
    let both = [&keys, &wanted].map(|list| typed_items(list, call.at(1)));
    let both = unify(both.concat(), call.unit(), call.at(1))?;
    if keys.items.is_empty() || wanted.items.is_empty() {
        return Ok(call.of_list(list_of(Vec::new(), ListShape::List, values.element())));
    }
    let (keys, wanted) = both.split_at(keys.items.len());
    let element = values.element();
    let values = unify(values.items.to_vec(), call.unit(), call.at(0))?;
    let mut items = Vec::new();
    for (slot, key) in values.iter().zip(keys) {
        for other in wanted {
            if operators::equal(call.unit(), &key.get(), &other.get(), call.span)? {
                items.push(slot.clone());
                break;
            }
        }
    }
    Ok(call.of_list(list_of(items, ListShape::List, element)))
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

fn one(call: &Call) -> Outcome<Value> {
    let too_many = || call.invalid(0, "the list must have one element or none");
    // A tuple tells how many it has even where it is not known.
    if let Some(Hint::Tuple(of)) = call.peek(0).hint()
        && of.len() > 1
    {
        return Err(too_many());
    }
    let list = call.list(0)?;
    match &list.items[..] {
        [] => Ok(Value::null_of(list.element.as_deref().cloned(), call.span)),
        [slot] => Ok(slot.get()),
        _ => Err(too_many()),
    }
}

/// Terraform refuses longer ranges.
const MAX_RANGE: usize = 1024;

fn range(call: &Call) -> Outcome<Value> {
    let zero = Number::from(0);
    let (start, end) = match call.len() {
        1 => (zero.clone(), call.number(0)?),
        _ => (call.number(0)?, call.number(1)?),
    };
    let step = match call.len() {
        3 => call.number(2)?,
        _ if end < start => Number::from(-1),
        _ => Number::from(1),
    };
    let down = end < start;
    if end == start {
        let of = Rc::new(Hint::Number);
        return Ok(call.of_list(list_of(Vec::new(), ListShape::List, of)));
    }
    if step.is_zero() || step.is_negative() != down {
        return Err(Unknown::invalid(
            "the step must lead from the start to the end",
            call.span,
        ));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if items.len() == MAX_RANGE {
            return Err(Unknown::invalid(
                "a range has at most 1024 numbers",
                call.span,
            ));
        }
        items.push(Slot::Ready(call.of_number(next.clone())));
        next = next
            .add(&step)
            .ok_or_else(|| Unknown::limit("a number has too many digits", call.span))?;
    }
    call.charge(items.len())?;
    Ok(call.of_list(shaped(items, ListShape::List)))
}

fn reverse(call: &Call) -> Outcome<Value> {
    let list = call.open_list(0)?;
    call.charge(list.items.len())?;
    Ok(call.of_list(List {
        items: Rc::new(list.items.iter().rev().cloned().collect()),
        rest: list.rest,
        shape: as_list(list.shape),
        element: list.element,
    }))
}

fn sets(call: &Call) -> Outcome<Vec<List>> {
    let mut tagged = Vec::new();
    let mut sizes = Vec::new();
    let mut types = Vec::new();
    // What is no collection is refused, whatever is not known of the others.
    let lists = (0..call.len()).map(|at| call.list(at));
    for (at, list) in all_or_fault(lists)?.into_iter().enumerate() {
        call.charge(list.items.len())?;
        sizes.push(list.items.len());
        let items = list.items.to_vec();
        // Each is a set by itself first.
        tagged.extend(match list.shape {
            ListShape::Tuple => unify(items, call.unit(), call.at(at))?,
            ListShape::List | ListShape::Set => items,
        });
        if list.items.is_empty() && list.element.is_some() {
            types.extend(typed_items(&list, call.span));
        }
    }
    // One type for the elements of all.
    tagged.extend(types);
    let slots = unify(tagged, call.unit(), call.span)?;
    let element = slots.first().map(|slot| Rc::new(Hint::of(slot)));
    let mut slots = slots.into_iter();
    sizes
        .into_iter()
        .map(|size| {
            let values = slots.by_ref().take(size).map(|slot| slot.get()).collect();
            let set = to_set(values, None);
            match set.rest {
                Some(rest) => Err(rest),
                None => Ok(List {
                    element: element.clone(),
                    ..set
                }),
            }
        })
        .collect()
}

/// All of some, or why not: that something is refused comes before what is not known.
fn all_or_fault<T>(all: impl Iterator<Item = Outcome<T>>) -> Outcome<Vec<T>> {
    let (mut found, mut unknown) = (Vec::new(), None);
    for one in all {
        match one {
            Ok(one) => found.push(one),
            Err(fault) if fault.is_refused() => return Err(fault),
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
    }
    unknown.map_or(Ok(found), Err)
}

fn prints(set: &List) -> Outcome<HashSet<String>> {
    set.iter()
        .map(|value| {
            let mut key = String::new();
            fingerprint(&value, &mut key).map(|()| key)
        })
        .collect()
}

fn keep(call: &Call, set: &List, keep: impl Fn(&str) -> bool) -> Outcome<Value> {
    let mut items = Vec::new();
    for value in set.iter() {
        let mut key = String::new();
        fingerprint(&value, &mut key)?;
        if keep(&key) {
            items.push(Slot::Ready(value));
        }
    }
    Ok(call.of_list(list_of(items, ListShape::Set, set.element.clone())))
}

fn setintersection(call: &Call) -> Outcome<Value> {
    let sets = sets(call)?;
    let others: Outcome<Vec<_>> = sets[1..].iter().map(prints).collect();
    let others = others?;
    keep(call, &sets[0], |key| {
        others.iter().all(|other| other.contains(key))
    })
}

fn setsubtract(call: &Call) -> Outcome<Value> {
    let sets = sets(call)?;
    let other = prints(&sets[1])?;
    keep(call, &sets[0], |key| !other.contains(key))
}

fn setunion(call: &Call) -> Outcome<Value> {
    let sets = sets(call)?;
    let values = sets.iter().flat_map(|set| set.iter().collect::<Vec<_>>());
    Ok(call.of_list(List {
        element: sets[0].element.clone(),
        ..to_set(values.collect(), None)
    }))
}

fn setproduct(call: &Call) -> Outcome<Value> {
    let mut lists = Vec::new();
    let mut types = Vec::new();
    let mut total = 1usize;
    let mut any_set = false;
    for at in 0..call.len() {
        let list = call.list(at)?;
        any_set |= list.shape == ListShape::Set;
        total = total.saturating_mul(list.items.len());
        types.push(list.element().as_deref().cloned());
        lists.push(unify(list.items.to_vec(), call.unit(), call.at(at))?);
    }
    if lists.len() < 2 {
        return Err(Unknown::invalid(
            "at least two collections are needed",
            call.span,
        ));
    }
    call.charge(total.saturating_mul(lists.len()))?;
    let mut rows: Vec<Vec<Slot>> = vec![Vec::new()];
    for list in &lists {
        rows = rows
            .iter()
            .flat_map(|row| {
                list.iter().map(move |slot| {
                    let mut row = row.clone();
                    row.push(slot.clone());
                    row
                })
            })
            .collect();
    }
    let items = rows.into_iter().map(|row| call.of_list(List::new(row)));
    let list = match any_set {
        true => to_set(items.collect(), None),
        false => shaped(items.map(Slot::Ready).collect(), ListShape::List),
    };
    Ok(call.of_list(List {
        element: Some(Rc::new(Hint::Tuple(types.into()))),
        ..list
    }))
}

fn slice(call: &Call) -> Outcome<Value> {
    let list = call.list(0);
    if list.as_ref().is_ok_and(|list| list.shape == ListShape::Set) {
        return Err(call.invalid(0, "a set has no order; `tolist` gives it one"));
    }
    let (start, end) = (call.integer(1), call.integer(2));
    // Whatever is not known of the others, this is no place in any list.
    let length = list
        .as_ref()
        .map_or(i64::MAX, |list| list.items.len() as i64);
    let places = [start.as_ref().ok(), end.as_ref().ok()];
    let is_outside = |place: &&i64| !(0..=length).contains(*place);
    let is_backwards = matches!(places, [Some(start), Some(end)] if start > end);
    if is_backwards || places.iter().flatten().any(is_outside) {
        let reason = "a slice begins before it ends, and both lie within the list";
        return Err(Unknown::invalid(reason, call.span));
    }
    let (list, start, end) = (list?, start?, end?);
    let length = list.items.len();
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) if start <= end && end <= length => {
            call.charge(end - start)?;
            let items = list.items[start..end].to_vec();
            Ok(call.of_list(list_of(items, list.shape, list.element())))
        }
        _ => Err(Unknown::invalid(
            format!("a slice of this list lies between 0 and {length}"),
            call.span,
        )),
    }
}

fn sort(call: &Call) -> Outcome<Value> {
    let list = call.list(0)?;
    call.takes_elements(0, &list, &Constraint::String)?;
    call.charge(list.items.len())?;
    let mut items = Vec::with_capacity(list.items.len());
    for value in list.iter() {
        let value = Constraint::String.convert(value);
        let key = call.rendered(&call.as_text(&value, 0)?)?;
        items.push((key, Slot::Ready(value)));
    }
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    let items = items.into_iter().map(|(_, slot)| slot).collect();
    Ok(call.of_list(list_of_texts(items)))
}

fn sum(call: &Call) -> Outcome<Value> {
    let list = call.list(0)?;
    let mut total: Option<Number> = None;
    for value in list.iter() {
        let number = constraints::to_number(&value, call.at(0))?;
        total = Some(match total {
            None => number,
            Some(total) => total
                .add(&number)
                .ok_or_else(|| match number.is_infinite() {
                    true => Unknown::invalid("of infinities, this is no number", call.span),
                    false => Unknown::limit("the sum has too many digits", call.span),
                })?,
        });
    }
    match total {
        Some(total) => Ok(call.of_number(total)),
        None => Err(call.invalid(0, "an empty list has no sum")),
    }
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
    let mut groups: std::collections::BTreeMap<String, Vec<Slot>> = Default::default();
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
