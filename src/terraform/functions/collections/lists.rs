//! Functions that make a list of others.

use super::*;
use crate::terraform::unify::{typed_items, unify, unify_if_possible};
use constraints::fingerprint;
use std::collections::HashSet;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    function("chunklist", 2..=2, chunklist).gives(Gives::List),
    function("compact", 1..=1, compact)
        .gives(Gives::Texts)
        .marked_as_a_whole(),
    function("concat", 1..=ANY, concat).gives(Gives::Collection),
    function("distinct", 1..=1, distinct)
        .gives(Gives::List)
        .marked_as_a_whole(),
    function("flatten", 1..=1, flatten).gives(Gives::Collection),
    function("matchkeys", 3..=3, matchkeys)
        .gives(Gives::Collection)
        .marked_as_a_whole(),
    function("range", 1..=3, range).gives(Gives::Numbers),
    function("reverse", 1..=1, reverse).gives(Gives::Collection),
    function("slice", 3..=3, slice).gives(Gives::Collection),
    function("sort", 1..=1, sort)
        .gives(Gives::Texts)
        .marked_as_a_whole(),
];

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

/// The shape of a list that has elements of another: a set has lost its order.
fn as_list(shape: ListShape) -> ListShape {
    match shape {
        ListShape::Tuple => ListShape::Tuple,
        ListShape::List | ListShape::Set => ListShape::List,
    }
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
