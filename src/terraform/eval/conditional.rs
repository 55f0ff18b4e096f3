//! Conditionals: the branch that is taken, in the type that both branches have.

use super::super::operators::{self, truth};
use super::super::syntax::{Expr, ExprKind, TemplatePart};
use super::super::types;
use super::super::unify::Group;
use super::{Outcome, Scope, defer, eval, nested, scalar_hint, undecided};
use crate::value::{Hint, Kind, Marks, Slot, Unknown, Value};
use std::rc::Rc;

/// `condition ? then : otherwise`.
pub fn eval_conditional(
    condition: &Expr,
    then: &Expr,
    otherwise: &Expr,
    scope: &Scope,
) -> Outcome<Value> {
    let decision = eval(condition, scope);
    let chosen = match truth(scope.unit(), &decision, condition.span) {
        Ok(chosen) => chosen,
        Err(unknown) if unknown.is_refused() => return Err(unknown),
        Err(unknown) => {
            let (then, otherwise) = (eval(then, scope), eval(otherwise, scope));
            let marks = decision.marks | then.marks | otherwise.marks;
            let branches = [&then, &otherwise].map(|value| Slot::Ready(value.clone()));
            let branches = Group::of_branches(branches.into(), scope.unit());
            if !branches.is_of_one_type(condition.span)? {
                return Err(Unknown::invalid(NO_TYPE, condition.span));
            }
            if operators::same_scalar(&then, &otherwise) {
                return Ok(then.mark(marks));
            }
            let is_there = |value: &Value| match &value.kind {
                Kind::Null(_) => false,
                Kind::Unknown(unknown) => unknown.is_never_null(),
                _ => true,
            };
            let never_null = is_there(&then) && is_there(&otherwise);
            let hint = hint_of_branches(then, otherwise);
            let unknown = undecided(unknown).with_hint(hint);
            let unknown = if never_null {
                unknown.never_null()
            } else {
                unknown
            };
            return Ok(Value::unknown(unknown).mark(marks));
        }
    };
    let (taken, other) = if chosen {
        (then, otherwise)
    } else {
        (otherwise, then)
    };
    // The marks of both branches count.
    let marks = match scope.unit().may_mark.get() {
        true => decision.marks | marks_by_form(other, scope),
        false => decision.marks,
    };
    let value = eval(taken, scope).mark(marks);
    let value = as_other_branch(value, other, scope)?;
    if value.as_unknown().is_some() {
        return Ok(value);
    }
    let step = if chosen {
        "chosen because this is true"
    } else {
        "chosen because this is false"
    };
    Ok(value.step(step, condition.span))
}

/// The value of the branch that is taken, in the one type that both have.
fn as_other_branch(value: Value, other: &Expr, scope: &Scope) -> Outcome<Value> {
    if let Kind::Null(None) = value.kind {
        return Ok(Value {
            kind: Kind::Null(null_beside(other, scope)),
            ..value
        });
    }
    match (scalar_hint(&value), type_by_form(other)) {
        (Some(Hint::Text), Some(_)) => return Ok(value),
        (Some(Hint::Number), Some(Hint::Number)) => return Ok(value),
        (Some(Hint::Bool), Some(Hint::Bool)) => return Ok(value),
        (Some(_), Some(Hint::Text)) => return Ok(types::Constraint::String.convert(value)),
        _ => {}
    }
    let branches = vec![Slot::Ready(value.clone()), defer(other, scope)];
    let branches = Group::of_branches(branches, scope.unit());
    match branches.is_of_one_type(value.span)? {
        true => Ok(branches.adapt(value)),
        false => Err(Unknown::invalid(NO_TYPE, value.span)),
    }
}

/// The type of a null that stands beside an expression. It is not found out where nobody asks.
fn null_beside(other: &Expr, scope: &Scope) -> Option<Hint> {
    match &other.kind {
        ExprKind::Null => None,
        _ => type_by_form(other).or_else(|| Some(Hint::of(&defer(other, scope)))),
    }
}

/// The type of an expression, as far as its form alone tells it.
fn type_by_form(expr: &Expr) -> Option<Hint> {
    match &expr.kind {
        ExprKind::String(_) => Some(Hint::Text),
        ExprKind::Bool(_) => Some(Hint::Bool),
        ExprKind::Number(_) => Some(Hint::Number),
        ExprKind::Parentheses(inner) => type_by_form(inner),
        _ => None,
    }
}

/// What is known of the type of a conditional that is not decided.
fn hint_of_branches(then: Value, otherwise: Value) -> Option<Hint> {
    match (&then.kind, &otherwise.kind) {
        (Kind::Null(None), _) => return Some(Hint::of(&otherwise.into())),
        (_, Kind::Null(None)) => return Some(Hint::of(&then.into())),
        _ => {}
    }
    match (scalar_hint(&then), scalar_hint(&otherwise)) {
        (Some(Hint::Text), Some(_)) | (Some(_), Some(Hint::Text)) => Some(Hint::Text),
        (Some(Hint::Number), Some(Hint::Number)) => Some(Hint::Number),
        (Some(Hint::Bool), Some(Hint::Bool)) => Some(Hint::Bool),
        _ => Some(Hint::Either(Rc::new([then.into(), otherwise.into()]))),
    }
}

/// The marks of an expression that need not be evaluated for anything else, told from its form and
/// from what its names stand for.
fn marks_by_form(expr: &Expr, scope: &Scope) -> Marks {
    let all = |parts: &mut dyn Iterator<Item = &Expr>| {
        let marks = nested(expr.span, || {
            Ok(parts.fold(Marks::NONE, |marks, part| {
                marks | marks_by_form(part, scope)
            }))
        });
        marks.unwrap_or_default()
    };
    match &expr.kind {
        ExprKind::Template(template) => {
            all(&mut template.parts.iter().filter_map(|part| match part {
                TemplatePart::Interpolation(expr) => Some(expr),
                _ => None,
            }))
        }
        ExprKind::Parentheses(inner) | ExprKind::Unary(_, inner) => all(&mut [inner].into_iter()),
        ExprKind::Binary(_, left, right) => all(&mut [left, right].into_iter()),
        ExprKind::Conditional {
            condition,
            then,
            otherwise,
        } => all(&mut [condition, then, otherwise].into_iter()),
        ExprKind::Call(call) if &*call.name.text == "sensitive" => Marks::SENSITIVE,
        _ if expr.is_reference()
            || matches!(expr.kind, ExprKind::Call(_) | ExprKind::Index(..)) =>
        {
            let evaluated = || eval(expr, scope).own_marks();
            scope.unit().world.without_asking(evaluated)
        }
        _ => Marks::NONE,
    }
}

const NO_TYPE: &str = "the two branches have no type in common";
