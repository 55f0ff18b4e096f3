//! Parts of a value that an expression makes and does not read: Terraform evaluates all of
//! `[a, b][0]`, and refuses the whole where it refuses `b`.

use super::super::operators::truth;
use super::super::syntax::{Expr, ExprKind, ObjectItem, ObjectKey};
use super::{Scope, eval, references};
use crate::value::{Kind, Member, Slot, Unknown, Value};

/// What is refused in a value that an expression has and that is read in part only. What the
/// expression takes from elsewhere is not looked into: there it was evaluated as a whole.
pub fn refused_part(expr: &Expr, value: impl FnOnce() -> Value, scope: &Scope) -> Option<Unknown> {
    if is_whole(expr) {
        return None;
    }
    let world = &scope.unit().world;
    world.without_asking(|| of_value(expr, &value(), scope))
}

/// What is refused in one member of an object that an expression has, and that nobody will read.
pub fn refused_member(expr: &Expr, member: &Member, scope: &Scope) -> Option<Unknown> {
    if is_whole(expr) {
        return None;
    }
    let world = &scope.unit().world;
    world.without_asking(|| of_member(expr, member, scope))
}

fn of_member(expr: &Expr, member: &Member, scope: &Scope) -> Option<Unknown> {
    let fault = || member.value.get().fault().cloned();
    match &expr.kind {
        ExprKind::Parentheses(inner) => of_member(inner, member, scope),
        ExprKind::Object(items) => {
            let is_it = |item: &&ObjectItem| match &item.key {
                ObjectKey::Name(name) => name.text == member.name,
                ObjectKey::Expression(key) => match &key.kind {
                    ExprKind::String(text) => text.as_str() == &*member.name,
                    _ => false,
                },
            };
            match items.iter().find(is_it) {
                Some(item) => of_part(&item.value, &member.value, scope),
                None => fault(),
            }
        }
        ExprKind::For(of) if cannot_be_refused(&of.value) => None,
        _ => fault(),
    }
}

/// Whether the form of an expression tells that it has no parts of its own.
fn is_whole(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Tuple(_)
        | ExprKind::Object(_)
        | ExprKind::For(_)
        | ExprKind::Splat { .. }
        | ExprKind::Call(_) => false,
        ExprKind::Parentheses(inner) => is_whole(inner),
        ExprKind::Conditional {
            then, otherwise, ..
        } => is_whole(then) && is_whole(otherwise),
        _ => true,
    }
}

/// Its nesting is that of the source, which is bounded.
fn of_value(expr: &Expr, value: &Value, scope: &Scope) -> Option<Unknown> {
    match (&expr.kind, &value.kind) {
        (ExprKind::Parentheses(inner), _) => of_value(inner, value, scope),
        (ExprKind::Tuple(items), Kind::List(list)) => {
            let mut parts = items.iter().zip(list.items.iter());
            parts.find_map(|(item, slot)| of_part(item, slot, scope))
        }
        (ExprKind::Object(items), Kind::Object(object)) => items.iter().find_map(|item| {
            let ObjectKey::Name(name) = &item.key else {
                return None;
            };
            let slot = &object.member(&name.text)?.value;
            of_part(&item.value, slot, scope)
        }),
        (ExprKind::For(of), Kind::List(list)) if !cannot_be_refused(&of.value) => list
            .items
            .iter()
            .find_map(|slot| slot.get().fault().cloned()),
        (ExprKind::For(of), Kind::Object(object)) if !cannot_be_refused(&of.value) => {
            let mut members = object.members().iter();
            members.find_map(|member| member.value.get().fault().cloned())
        }
        (ExprKind::Splat { each, .. }, Kind::List(list)) if !cannot_be_refused(each) => {
            let mut items = list.items.iter();
            items.find_map(|slot| of_part(each, slot, scope))
        }
        (
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            },
            Kind::List(_) | Kind::Object(_),
        ) => {
            let decision = eval(condition, scope);
            let taken = match truth(scope.unit(), &decision, condition.span).ok()? {
                true => then,
                false => otherwise,
            };
            of_value(taken, value, scope)
        }
        (ExprKind::Call(call), _) if !matches!(&*call.name.text, "try" | "can") => {
            let mut literals = call.arguments.iter().filter(|it| is_literal(it));
            literals.find_map(|literal| of_value(literal, &eval(literal, scope), scope))
        }
        _ => None,
    }
}

fn of_part(expr: &Expr, slot: &Slot, scope: &Scope) -> Option<Unknown> {
    if cannot_be_refused(expr) {
        return references::check(expr, scope).err();
    }
    scope.unit().charge(1, expr.span).ok()?;
    let value = slot.get();
    let fault = value.fault().cloned();
    fault.or_else(|| of_value(expr, &value, scope))
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) => true,
        ExprKind::Parentheses(inner) => is_literal(inner),
        _ => false,
    }
}

/// Whether the form of an expression tells that it has a value, or that it takes it from
/// elsewhere, where all of it is evaluated.
fn cannot_be_refused(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Parentheses(inner) => cannot_be_refused(inner),
        ExprKind::Attribute(of, _) => matches!(of.kind, ExprKind::Variable(_)),
        ExprKind::Variable(_) | ExprKind::SplatElement => true,
        _ => false,
    }
}
