//! Expressions and templates to values, one world at a time.
//!
//! A value is evaluated to its outermost shape; elements, members and the bodies of `for` are put
//! off until somebody reads them. `Err` inside this module is a value that is not known.

mod collection;
mod conditional;
mod parts;
mod references;
mod scope;
mod template;

pub(super) use collection::{carried, carry, elements, sorted_members};
pub(super) use parts::{refused_member, refused_part};
pub use references::Reference;
pub(super) use references::{check as check_references, each as each_reference};
pub use scope::{Environment, FUEL, Scope, Unit};
pub(super) use template::eval_template;

use super::operators;
use super::syntax::{Expr, ExprKind, Name};
use super::{functions, types};
use crate::source::Span;
use crate::value::{
    Deferred, Hint, Kind, List, ListShape, Marks, Number, Slot, Unknown, UnknownKind, Value,
};
use crate::worlds::{Answerable, Memo, Question, Reading};
use collection::{
    SPLAT_ELEMENT, eval_for_object, eval_for_tuple, eval_object, eval_splat, marking,
};
use conditional::eval_conditional;
use std::cell::Cell;
use std::rc::Rc;

/// A result, or why it is not known.
pub(super) type Outcome<T> = Result<T, Unknown>;

/// The value of an expression, evaluated to its outermost shape. What Terraform would refuse is
/// an unknown of the kind `Invalid`.
pub fn eval(expr: &Expr, scope: &Scope) -> Value {
    nested(expr.span, || evaluate(expr, scope)).unwrap_or_else(Value::unknown)
}

/// The expression put off until somebody reads it.
pub fn defer(expr: &Expr, scope: &Scope) -> Slot {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {
            Slot::Ready(eval(expr, scope))
        }
        ExprKind::Parentheses(inner) => defer(inner, scope),
        ExprKind::SplatElement => bound(SPLAT_ELEMENT, expr, scope),
        ExprKind::Variable(name) => bound(&name.text, expr, scope),
        _ => thunk(expr, scope),
    }
}

fn bound(name: &str, expr: &Expr, scope: &Scope) -> Slot {
    match scope.variable(name) {
        Some(slot) => slot.clone(),
        None => thunk(expr, scope),
    }
}

fn thunk(expr: &Expr, scope: &Scope) -> Slot {
    Slot::Deferred(Rc::new(Thunk {
        expr: expr.clone(),
        scope: scope.clone(),
        memo: Memo::default(),
    }))
}

/// An expression that was put off, with its result once somebody read it.
struct Thunk {
    expr: Expr,
    scope: Scope,
    memo: Memo<Value>,
}

impl Deferred for Thunk {
    fn get(&self) -> Value {
        self.memo
            .get(&self.scope.unit().world, || eval(&self.expr, &self.scope))
            .unwrap_or_else(|_| {
                Value::unknown(Unknown::invalid("it refers to itself", self.expr.span))
            })
    }

    fn span(&self) -> Span {
        self.expr.span
    }
}

/// How many evaluations may wait for one another: far more than a chain of ten thousand locals
/// needs, and few enough for their frames to fit in memory.
const MAX_DEPTH: usize = 40_000;

/// Stack that one evaluation may need before the next check.
const RED_ZONE: usize = 128 << 10;

/// How much stack is taken when it runs short.
const STACK_STEP: usize = 4 << 20;

/// Runs `compute` one level deeper, on more stack where it runs short.
pub(super) fn nested<T>(span: Span, compute: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }
    struct Level(usize);
    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let level = Level(DEPTH.get());
    if level.0 == MAX_DEPTH {
        return Err(Unknown::limit("it nests too deeply", span));
    }
    DEPTH.set(level.0 + 1);
    stacker::maybe_grow(RED_ZONE, STACK_STEP, compute)
}

fn evaluate(expr: &Expr, scope: &Scope) -> Outcome<Value> {
    let span = expr.span;
    Ok(match &expr.kind {
        ExprKind::Null => Value::null(span),
        ExprKind::Bool(value) => Value::bool(*value, span),
        ExprKind::Number(text) => match Number::parse(text) {
            Some(number) => Value::new(Kind::Number(number), span),
            None => return Err(Unknown::limit("this number has too many digits", span)),
        },
        ExprKind::String(literal) => {
            Value::text(types::normalised(literal).into_owned().into(), span)
        }
        ExprKind::Template(template) => eval_template(template, span, scope)?,
        ExprKind::Tuple(items) => {
            scope.unit().charge(items.len() as u64, span)?;
            let items = items.iter().map(|item| defer(item, scope)).collect();
            Value::new(Kind::List(List::new(items)), span)
        }
        ExprKind::Object(items) => marking(span, |marks| eval_object(items, span, scope, marks)),
        ExprKind::Variable(name) => eval_variable(name, scope)?,
        ExprKind::Attribute(of, name) => eval_attribute(of, name, span, scope),
        ExprKind::Index(of, key) => {
            let (value, key) = (eval(of, scope), eval(key, scope));
            if let Some(refused) = refused_part(of, || value.clone(), scope) {
                return Err(refused);
            }
            operators::index(scope.unit(), &value, &key, span)
                .unwrap_or_else(|unknown| Value::unknown(unknown).mark(value.marks | key.marks))
        }
        ExprKind::Splat { of, each, .. } => {
            marking(span, |marks| eval_splat(of, each, span, scope, marks))
        }
        ExprKind::SplatElement => match scope.variable(SPLAT_ELEMENT) {
            Some(slot) => slot.get(),
            None => return Err(Unknown::invalid("a splat's element stands alone", span)),
        },
        ExprKind::Call(call) => functions::call(call, span, scope),
        ExprKind::Parentheses(inner) => eval(inner, scope),
        ExprKind::Unary(operator, operand) => {
            operators::unary(scope.unit(), *operator, &eval(operand, scope), span)
        }
        ExprKind::Binary(operator, left, right) => {
            let first = eval(left, scope);
            let second = || eval(right, scope);
            if operator.is_equality() {
                let refused = refused_part(left, || first.clone(), scope);
                if let Some(refused) = refused.or_else(|| refused_part(right, second, scope)) {
                    return Err(refused);
                }
            }
            operators::binary(scope.unit(), *operator, &first, second, span)
        }
        ExprKind::Conditional {
            condition,
            then,
            otherwise,
        } => eval_conditional(condition, then, otherwise, scope)?,
        ExprKind::For(of) => marking(span, |marks| match &of.key {
            Some(key) => eval_for_object(of, key, span, scope, marks),
            None => eval_for_tuple(of, span, scope, marks),
        }),
    })
}

fn eval_variable(name: &Name, scope: &Scope) -> Outcome<Value> {
    if let Some(slot) = scope.variable(&name.text) {
        return Ok(slot.get());
    }
    let found = scope.environment().root(&name.text);
    found.ok_or_else(|| references::undeclared(name))
}

fn eval_attribute(of: &Expr, name: &Name, span: Span, scope: &Scope) -> Value {
    let missing = || match &of.kind {
        ExprKind::Variable(root) if scope.variable(&root.text).is_none() => {
            scope.environment().missing(&root.text, &name.text, span)
        }
        _ => Unknown::invalid(
            format!("there is no attribute `{}` here", name.text),
            name.span,
        ),
    };
    let value = eval(of, scope);
    if let Some(refused) = refused_part(of, || value.clone(), scope) {
        return Value::unknown(refused);
    }
    let value = operators::attribute(scope.unit(), &value, &name.text, span)
        .map(|found| found.unwrap_or_else(|| Value::unknown(missing())))
        .unwrap_or_else(Value::unknown);
    match (&of.kind, value.as_unknown()) {
        (ExprKind::Variable(root), Some(unknown))
            if &*root.text == "var" && value.trail.is_empty() =>
        {
            read_here(unknown, &name.text, span, value.marks)
        }
        _ => value,
    }
}

/// A variable without a value stands where it is read: its declaration, which a whole repository
/// may set in other ways, is a step on the way.
fn read_here(unknown: &Unknown, name: &str, span: Span, marks: Marks) -> Value {
    if unknown.kind() != UnknownKind::UnsetInput {
        return Value::unknown(unknown.clone()).mark(marks);
    }
    let declared = unknown.span();
    Value::unknown(unknown.clone().at(span))
        .step(format!("variable `{name}` has no value"), declared)
        .mark(marks)
}

/// The type of a scalar, known or not.
pub(super) fn scalar_hint(value: &Value) -> Option<Hint> {
    match &value.kind {
        Kind::Text(_) => Some(Hint::Text),
        Kind::Number(_) => Some(Hint::Number),
        Kind::Bool(_) => Some(Hint::Bool),
        Kind::Null(_) | Kind::Unknown(_) => value.hint().filter(|hint| hint.is_scalar()).cloned(),
        Kind::List(_) | Kind::Object(_) => None,
    }
}

/// The type of a null, which may be that of what it stood beside.
pub(super) fn settled(unit: &Unit, of: &Hint) -> Option<Hint> {
    let slot = match of {
        Hint::Either(values) => &values[0],
        Hint::Like(slot) => slot,
        _ => return Some(of.clone()),
    };
    let other = unit.world.without_asking(|| slot.get());
    let of = type_hint(&other)?;
    nested(other.span, || Ok(settled(unit, &of))).ok()?
}

/// What is known of the type of a value. Tuples and objects are told as the lists and maps that
/// they convert to.
pub(super) fn type_hint(value: &Value) -> Option<Hint> {
    match &value.kind {
        Kind::List(list) => Some(match list.shape {
            ListShape::Tuple | ListShape::List => Hint::List(None),
            ListShape::Set => Hint::Set(None),
        }),
        Kind::Object(_) => Some(Hint::Map(None)),
        Kind::Null(_) | Kind::Unknown(_) => value.hint().cloned(),
        Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) => scalar_hint(value),
    }
}

/// The unknown of a value that was computed from an unknown one: no longer the symbol itself.
pub(super) fn derived(unknown: Unknown) -> Unknown {
    unknown.derived()
}

/// The unknown of a value that hangs on a condition which is not decided.
pub(super) fn undecided(unknown: Unknown) -> Unknown {
    match unknown.kind() {
        UnknownKind::UnsetInput | UnknownKind::DataSource | UnknownKind::AfterApply => {
            Unknown::new(
                UnknownKind::Undecided,
                unknown.reason().to_owned(),
                unknown.span(),
            )
        }
        _ => derived(unknown),
    }
}

/// Asks the world about an unknown that is a symbol; `Err` where it is none or nobody answers.
pub(super) fn ask(
    unit: &Unit,
    unknown: &Unknown,
    question: impl FnOnce(crate::worlds::Symbol) -> Question,
) -> Outcome<bool> {
    let Some(symbol) = unknown.askable() else {
        return Err(undecided(unknown.clone()));
    };
    unit.world
        .decide(&question(symbol.clone()))
        .ok_or_else(|| undecided(unknown.clone()))
}

/// A part of a symbol as it reads in the present world.
pub(super) fn reveal(unit: &Unit, unknown: Unknown) -> Value {
    let Some(symbol) = unknown.askable() else {
        return Value::unknown(unknown);
    };
    let span = unknown.span();
    match unit.world.read(symbol) {
        Reading::Null => Value::null_of(unknown.hint().cloned(), span),
        Reading::Pinned(answer) | Reading::Default(answer) => match answer {
            Answerable::Bool(value) => Value::bool(value, span),
            Answerable::Text(text) => Value::string(text, span),
            Answerable::Number(text) => match Number::parse(&text) {
                Some(number) => Value::new(Kind::Number(number), span),
                None => Value::unknown(unknown),
            },
        },
        Reading::Open => Value::unknown(unknown),
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;
