//! Functions that make one value of several: one of them, or what is so of all.

use super::*;
use crate::terraform::unify::Group;
use unicode_segmentation::UnicodeSegmentation;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    function("alltrue", 1..=1, |call| all_or_any(call, false))
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("anytrue", 1..=1, |call| all_or_any(call, true))
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("coalesce", 1..=ANY, coalesce)
        .takes_null()
        .marked_as_a_whole(),
    function("coalescelist", 1..=ANY, coalescelist)
        .gives(Gives::Collection)
        .takes_null()
        .marked_as_a_whole(),
    function("contains", 2..=2, contains)
        .gives(Gives::Bool)
        .marked_as_a_whole(),
    function("element", 2..=2, element).may_give_null(),
    function("index", 2..=2, index)
        .gives(Gives::Number)
        .marked_as_a_whole(),
    function("length", 1..=1, length).gives(Gives::Number),
    function("one", 1..=1, one)
        .may_give_null()
        .marked_as_a_whole(),
    function("sum", 1..=1, sum)
        .gives(Gives::Number)
        .marked_as_a_whole(),
];

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

/// An argument that must not be null.
fn present(call: &Call, at: usize) -> Outcome<Value> {
    let value = call.value(at);
    if value.is_null() {
        return Err(call.invalid(at, "a value is needed, and this is null"));
    }
    Ok(value)
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

fn length(call: &Call) -> Outcome<Value> {
    let value = operators::outlined(call.unit(), call.value(0));
    if let Kind::Text(text) = &value.kind {
        let text = call.rendered(text)?;
        return Ok(call.of_number(Number::from(text.graphemes(true).count())));
    }
    operators::count(&value, call.at(0)).map(|count| call.of_number(count))
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
