//! Conversions between types, and functions that look at faults and marks.

use super::*;
use crate::terraform::syntax::{ExprKind, ObjectKey, TemplatePart};

pub(super) const FUNCTIONS: &[Function] = &[
    function("can", 1..=1, can).gives(Gives::Bool).reads_marks(),
    function("ephemeralasnull", 1..=1, |call| {
        Ok(ephemeral_as_null(call.peek(0), call.span))
    })
    .may_give_null()
    .takes_null()
    .reads_marks(),
    function("issensitive", 1..=1, |call| {
        let value = call.peek(0);
        let is_sensitive = marks(&value).is_sensitive();
        match value.kind {
            Kind::Unknown(unknown) if !is_sensitive || unknown.is_refused() => {
                Err(derived(unknown))
            }
            _ => Ok(call.of_bool(is_sensitive)),
        }
    })
    .gives(Gives::Bool)
    .takes_null()
    .reads_marks(),
    function("nonsensitive", 1..=1, |call| {
        let value = call.peek(0);
        Ok(Value {
            marks: value.marks.without(Marks::SENSITIVE),
            ..value
        })
    })
    .may_give_null()
    .takes_null()
    .reads_marks(),
    function("sensitive", 1..=1, |call| {
        // A template file may call it where no module does.
        call.unit().may_mark.set(true);
        Ok(call.peek(0).mark(Marks::SENSITIVE))
    })
    .may_give_null()
    .takes_null(),
    function("tobool", 1..=1, |call| convert(call, &Constraint::Bool))
        .gives(Gives::Bool)
        .may_give_null()
        .takes_null(),
    function("tolist", 1..=1, |call| {
        convert(call, &Constraint::List(Rc::new(Constraint::Any)))
    })
    .gives(Gives::Collection)
    .may_give_null()
    .takes_null(),
    function("tomap", 1..=1, |call| {
        convert(call, &Constraint::Map(Rc::new(Constraint::Any)))
    })
    .gives(Gives::Map)
    .may_give_null()
    .takes_null(),
    function("tonumber", 1..=1, |call| convert(call, &Constraint::Number))
        .gives(Gives::Number)
        .may_give_null()
        .takes_null(),
    function("toset", 1..=1, |call| {
        convert(call, &Constraint::Set(Rc::new(Constraint::Any)))
    })
    .gives(Gives::Set)
    .may_give_null()
    .takes_null(),
    function("tostring", 1..=1, |call| convert(call, &Constraint::String))
        .gives(Gives::Text)
        .may_give_null()
        .takes_null(),
    function("try", 1..=ANY, try_each)
        .may_give_null()
        .reads_marks(),
];

fn convert(call: &Call, constraint: &Constraint) -> Outcome<Value> {
    let value = call.peek(0);
    if let Kind::List(list) = &value.kind {
        call.charge(list.items.len())?;
    }
    let fault = value.span;
    let converted = constraint.convert_in(Some(call.unit()), value);
    // The fault lies in the argument, wherever its value was written.
    match &converted.kind {
        Kind::Unknown(unknown) if unknown.is_refused() && unknown.span() == fault => {
            Err(call.invalid(0, unknown.reason()))
        }
        _ => Ok(converted),
    }
}

/// How an argument of `try` ends.
enum Attempt {
    Succeeds(Value),
    Fails,
    Undecided(Unknown),
}

fn attempt(call: &Call, at: usize) -> Attempt {
    call.unit().world.tolerating(|| attempt_here(call, at))
}

fn attempt_here(call: &Call, at: usize) -> Attempt {
    let value = call.peek(at);
    let expr = call.arguments[at].expr.as_ref();
    let undecided_by = |unknown: Unknown| Attempt::Undecided(derived(unknown));
    if let Kind::Unknown(unknown) = &value.kind {
        return if unknown.is_refused() {
            Attempt::Fails
        } else if expr.is_some_and(cannot_fail) {
            Attempt::Succeeds(value)
        } else {
            undecided_by(unknown.clone())
        };
    }
    // What a reference leads to was evaluated elsewhere: a fault inside it is not this one's.
    let Some(expr) = expr.filter(|expr| !is_faultless(expr, &value)) else {
        return Attempt::Succeeds(value);
    };
    let in_parts = first_fault_of_parts(call, expr);
    match in_parts.and_then(|unknown| Ok(unknown.or(first_fault(call, &value)?))) {
        Ok(None) => Attempt::Succeeds(value),
        Ok(Some(_)) if cannot_fail(expr) => Attempt::Succeeds(value),
        Ok(Some(unknown)) => undecided_by(unknown),
        Err(unknown) if unknown.is_refused() => Attempt::Fails,
        Err(unknown) => undecided_by(unknown),
    }
}

/// Looks for a fault in what an expression is computed from, but may not show: Terraform evaluates
/// all of `[a, b][0]`.
fn first_fault_of_parts(call: &Call, expr: &Expr) -> Outcome<Option<Unknown>> {
    let parts: Vec<&Expr> = match &expr.kind {
        ExprKind::Attribute(of, _) => vec![of],
        ExprKind::Index(of, key) => vec![of, key],
        ExprKind::Unary(_, operand) => vec![operand],
        ExprKind::Binary(_, left, right) => vec![left, right],
        ExprKind::Parentheses(inner) => return first_fault_of_parts(call, inner),
        ExprKind::Splat { of, .. } => vec![of],
        ExprKind::For(of) => vec![&of.collection],
        ExprKind::Conditional { condition, .. } => vec![condition],
        ExprKind::Template(template) => {
            let parts = template.parts.iter();
            let read = parts.filter_map(|part| match part {
                TemplatePart::Literal(_) => None,
                TemplatePart::Interpolation(expr) => Some(expr),
                TemplatePart::If { condition, .. } => Some(condition),
                TemplatePart::For { collection, .. } => Some(collection),
            });
            read.collect()
        }
        ExprKind::Call(inner) if !matches!(&*inner.name.text, "try" | "can") => {
            inner.arguments.iter().collect()
        }
        _ => Vec::new(),
    };
    let mut found = None;
    for part in parts {
        if cannot_fail(part) {
            continue;
        }
        // A `try` inside is evaluated once more for each one around it.
        call.charge(1)?;
        if is_read(part) {
            match eval(part, call.scope).as_unknown() {
                Some(fault) if fault.is_refused() => return Err(fault.clone()),
                Some(unknown) => found = found.or_else(|| Some(unknown.clone())),
                None => {}
            }
            continue;
        }
        let unknown = nested(part.span, || match first_fault_of_parts(call, part)? {
            Some(unknown) => Ok(Some(unknown)),
            None => first_fault(call, &eval(part, call.scope)),
        })?;
        found = found.or(unknown);
    }
    Ok(found)
}

/// What means nothing is refused before anything is tried.
fn check_names(call: &Call) -> Outcome<()> {
    let mut expressions = call.arguments.iter().filter_map(|it| it.expr.as_ref());
    expressions.try_for_each(|expr| check_references(expr, call.scope))
}

fn try_each(call: &Call) -> Outcome<Value> {
    check_names(call)?;
    for at in 0..call.len() {
        match attempt(call, at) {
            Attempt::Succeeds(value) => return Ok(value),
            Attempt::Fails => {}
            Attempt::Undecided(unknown) => return Err(unknown),
        }
    }
    Err(Unknown::invalid("every argument of `try` fails", call.span))
}

fn can(call: &Call) -> Outcome<Value> {
    check_names(call)?;
    match attempt(call, 0) {
        Attempt::Succeeds(_) => Ok(call.of_bool(true)),
        Attempt::Fails => Ok(call.of_bool(false)),
        Attempt::Undecided(unknown) => Err(undecided(unknown)),
    }
}

/// The marks of a value: a string has those of all that is encoded in it.
fn marks(value: &Value) -> Marks {
    match &value.kind {
        Kind::Text(_) => value.marks_within(),
        _ => value.marks,
    }
}

/// Whatever is ephemeral in a value is null, as the call at `span` has it.
fn ephemeral_as_null(value: Value, span: Span) -> Value {
    let marks = marks(&value);
    if marks.is_ephemeral() && value.fault().is_none() {
        let of = type_hint(&value);
        return Value::null_of(of, span).mark(marks.without(Marks::EPHEMERAL));
    }
    value.map_parts(|part| part.map(move |value| ephemeral_as_null(value, span)))
}

/// Reads all of a value: `Err` at the first fault, otherwise something unknown if there is any.
pub(super) fn first_fault(call: &Call, value: &Value) -> Outcome<Option<Unknown>> {
    call.charge(1)?;
    nested(value.span, || {
        let mut found = None;
        let mut look = |value: Value| -> Outcome<()> {
            if let Some(unknown) = first_fault(call, &value)? {
                found.get_or_insert(unknown);
            }
            Ok(())
        };
        if let Some(fault) = value.fault() {
            return Err(fault.clone());
        }
        match &value.kind {
            Kind::Unknown(unknown) => return Ok(Some(unknown.clone())),
            Kind::List(list) => {
                list.iter().try_for_each(&mut look)?;
                let mut rest = list.rest.iter();
                rest.try_for_each(|rest| look(Value::unknown(rest.clone())))?;
            }
            Kind::Object(object) => {
                let mut members = object.members().iter();
                members.try_for_each(|member| look(member.value.get()))?;
                let mut rest = object.rest.iter();
                rest.try_for_each(|rest| look(Value::unknown(rest.clone())))?;
            }
            Kind::Text(text) => {
                for piece in text.pieces() {
                    match &piece.kind {
                        crate::value::PieceKind::Encoded(value) => {
                            look((**value).clone())?;
                            no_infinity(call, value)?;
                        }
                        crate::value::PieceKind::Hole(unknown) => {
                            look(Value::unknown(unknown.clone()))?;
                        }
                        crate::value::PieceKind::Literal(_) => {}
                    }
                }
            }
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => {}
        }
        Ok(found)
    })
}

/// Refuses a value that no JSON can hold.
fn no_infinity(call: &Call, value: &Value) -> Outcome<()> {
    call.charge(1)?;
    nested(value.span, || match &value.kind {
        Kind::Number(number) if number.is_infinite() => {
            Err(Unknown::invalid("JSON has no infinite numbers", value.span))
        }
        Kind::List(list) => list.iter().try_for_each(|item| no_infinity(call, &item)),
        Kind::Object(object) => {
            let mut members = object.members().iter();
            members.try_for_each(|member| no_infinity(call, &member.value.get()))
        }
        _ => Ok(()),
    })
}

/// Whether an expression, once it has a value, takes it from elsewhere as it is: a reference, or
/// an element by a key that is one.
fn is_read(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Index(of, key) => expr.is_reference() || is_read(of) && key.is_reference(),
        _ => expr.is_reference(),
    }
}

/// Whether nothing in this value can be a fault of the expression that has it.
fn is_faultless(expr: &Expr, value: &Value) -> bool {
    match &expr.kind {
        // A string that is not wholly known is one all the same.
        ExprKind::Call(call) if &*call.name.text == "tostring" => {
            matches!(value.kind, Kind::Text(_)) && call.arguments.iter().all(is_read)
        }
        _ => is_read(expr),
    }
}

/// Whether it has a value whatever the unknowns in it turn out to be: `var.x` has one, `var.x.y`
/// may have none.
fn cannot_fail(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Attribute(of, _) => matches!(of.kind, ExprKind::Variable(_)),
        ExprKind::Parentheses(inner) => cannot_fail(inner),
        ExprKind::Tuple(items) => items.iter().all(cannot_fail),
        ExprKind::Object(items) => items
            .iter()
            .all(|item| matches!(item.key, ObjectKey::Name(_)) && cannot_fail(&item.value)),
        _ => false,
    }
}
