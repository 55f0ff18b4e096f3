//! Functions over sets.

use super::*;
use crate::terraform::unify::{typed_items, unify};
use constraints::{fingerprint, to_set};
use std::collections::HashSet;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    function("setintersection", 1..=ANY, setintersection)
        .gives(Gives::Set)
        .marked_as_a_whole(),
    function("setproduct", 1..=ANY, setproduct).gives(Gives::Collection),
    function("setsubtract", 2..=2, setsubtract)
        .gives(Gives::Set)
        .marked_as_a_whole(),
    function("setunion", 1..=ANY, setunion).gives(Gives::Set),
];

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
