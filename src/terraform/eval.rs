//! Expressions and templates to values, one world at a time.
//!
//! A value is evaluated to its outermost shape; elements, members and the bodies of `for` are put
//! off until somebody reads them. `Err` inside this module is a value that is not known.

use super::functions;
use super::operators::{self, truth};
use super::syntax::{Expr, ExprKind, For, Name, ObjectItem, ObjectKey, Template, TemplatePart};
use super::unify::Group;
use super::{types, typing};
use crate::source::{SourceMap, Span};
use crate::value::{
    Deferred, Hint, Kind, List, ListShape, Literal, Marks, Member, Number, Object, Piece,
    PieceKind, Slot, Text, Trail, Unknown, UnknownKind, Value,
};
use crate::worlds::{Answerable, Memo, Question, Reading, World};
use foldhash::HashMap;
use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// What everything that evaluates in one root module shares.
pub struct Unit {
    pub sources: Arc<SourceMap>,
    pub world: Rc<World>,
    /// The root module's directory, absolute: where a bare relative path of `file` starts.
    pub directory: PathBuf,
    /// Work that is left before evaluation gives up, in elements and quarters of a kilobyte made.
    pub fuel: Cell<u64>,
    /// Something in it may be sensitive or ephemeral: elsewhere, nobody looks for marks.
    pub may_mark: Cell<bool>,
}

/// Fuel for one root module: enough for hundreds of thousands of elements, spent in about a
/// second and two hundred megabytes.
pub const FUEL: u64 = 1 << 20;

impl Unit {
    /// Takes fuel for work about to be done.
    ///
    /// # Errors
    /// When not enough is left; then nothing is left for anything else either.
    pub(super) fn charge(&self, amount: u64, span: Span) -> Outcome<()> {
        match self.fuel.get().checked_sub(amount) {
            Some(left) => {
                self.fuel.set(left);
                Ok(())
            }
            None => {
                self.fuel.set(0);
                Err(Unknown::limit(
                    "it takes more elements than ecslint is willing to make",
                    span,
                ))
            }
        }
    }

    /// Takes fuel for a string of so many bytes.
    pub(super) fn charge_bytes(&self, bytes: usize, span: Span) -> Outcome<()> {
        self.charge(1 + bytes as u64 / 256, span)
    }
}

/// What the names at the root of a traversal mean in one module instance.
pub trait Environment {
    fn unit(&self) -> &Rc<Unit>;

    /// The value of `var`, `local`, `each`, `count`, `path`, `terraform`, `module`, `data`, `self`
    /// or a resource type: an object whose members are deferred, so that only the one that the
    /// traversal names is evaluated. Nothing where the name means nothing here.
    fn root(&self, name: &str) -> Option<Value>;

    /// What to say of a member that the object `root` does not have, such as an undeclared
    /// variable.
    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown;

    /// Whether it is a template file, which must not render template files.
    fn is_template(&self) -> bool {
        false
    }
}

/// An environment and the variables of the `for` expressions and templates around.
#[derive(Clone)]
pub struct Scope {
    environment: Rc<dyn Environment>,
    variables: Option<Rc<Binding>>,
}

struct Binding {
    name: Arc<str>,
    value: Slot,
    outer: Option<Rc<Binding>>,
}

impl Scope {
    pub fn new(environment: Rc<dyn Environment>) -> Scope {
        Scope {
            environment,
            variables: None,
        }
    }

    pub(super) fn unit(&self) -> &Rc<Unit> {
        self.environment.unit()
    }

    pub(super) fn environment(&self) -> &Rc<dyn Environment> {
        &self.environment
    }

    /// The scope in which `name` means `value`.
    pub(super) fn bind(&self, name: &Arc<str>, value: Slot) -> Scope {
        Scope {
            environment: self.environment.clone(),
            variables: Some(Rc::new(Binding {
                name: name.clone(),
                value,
                outer: self.variables.clone(),
            })),
        }
    }

    fn variable(&self, name: &str) -> Option<&Slot> {
        let mut next = self.variables.as_deref();
        while let Some(binding) = next {
            if &*binding.name == name {
                return Some(&binding.value);
            }
            next = binding.outer.as_deref();
        }
        None
    }
}

/// What a splat's element is bound to; no identifier is spelt so.
const SPLAT_ELEMENT: &str = "*";

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

/// The value of a template, such as a file that `templatefile` reads. A template of a single
/// interpolation is the value itself.
pub(super) fn eval_template(template: &Template, span: Span, scope: &Scope) -> Outcome<Value> {
    if let [TemplatePart::Interpolation(expr)] = &template.parts[..] {
        return Ok(eval(expr, scope));
    }
    let mut rope = Rope::default();
    rope.template(template, scope)?;
    Ok(rope.finish(span))
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
            let (of, key) = (eval(of, scope), eval(key, scope));
            operators::index(scope.unit(), &of, &key, span)
                .unwrap_or_else(|unknown| Value::unknown(unknown).mark(of.marks | key.marks))
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
        ExprKind::Binary(operator, left, right) => operators::binary(
            scope.unit(),
            *operator,
            &eval(left, scope),
            || eval(right, scope),
            span,
        ),
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

/// A collection under the marks that `compute` adds, known or not.
fn marking(span: Span, compute: impl FnOnce(&mut Marks) -> Outcome<Kind>) -> Value {
    let mut marks = Marks::NONE;
    let value = match compute(&mut marks) {
        Ok(kind) => Value::new(kind, span),
        Err(unknown) => Value::unknown(unknown.never_null()),
    };
    value.mark(marks)
}

fn eval_variable(name: &Name, scope: &Scope) -> Outcome<Value> {
    if let Some(slot) = scope.variable(&name.text) {
        return Ok(slot.get());
    }
    scope.environment.root(&name.text).ok_or_else(|| {
        Unknown::invalid(
            format!("nothing named `{}` is declared here", name.text),
            name.span,
        )
    })
}

fn eval_attribute(of: &Expr, name: &Name, span: Span, scope: &Scope) -> Value {
    let missing = || match &of.kind {
        ExprKind::Variable(root) if scope.variable(&root.text).is_none() => {
            scope.environment.missing(&root.text, &name.text, span)
        }
        _ => Unknown::invalid(
            format!("there is no attribute `{}` here", name.text),
            name.span,
        ),
    };
    let value = eval(of, scope);
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

fn eval_object(
    items: &[ObjectItem],
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    scope.unit().charge(items.len() as u64, span)?;
    let mut members: Vec<Member> = Vec::with_capacity(items.len());
    let mut rest = None;
    for item in items {
        let (name, name_span) = match &item.key {
            ObjectKey::Name(name) => (name.text.clone(), name.span),
            ObjectKey::Expression(key) => match object_key(key, scope, marks) {
                Ok(key) => key,
                Err(unknown) if unknown.is_refused() => return Err(unknown),
                Err(unknown) => {
                    // It may stand for any of those before it, which it then replaces.
                    members.clear();
                    rest.get_or_insert(unknown);
                    continue;
                }
            },
        };
        members.push(Member {
            name,
            name_span,
            value: defer(&item.value, scope),
        });
    }
    let mut object = Object::new(members);
    object.rest = rest;
    Ok(Kind::Object(object))
}

/// A key with its place. Its marks become those of the object.
fn object_key(expr: &Expr, scope: &Scope, marks: &mut Marks) -> Outcome<(Arc<str>, Span)> {
    let key = eval(expr, scope);
    *marks |= key.marks;
    if key.is_null() {
        return Err(Unknown::invalid("a key must not be null", expr.span));
    }
    let text = types::to_text(&key, expr.span)?;
    let rendered = types::characters(&text)?;
    Ok((rendered.text.as_ref().into(), key.span))
}

fn eval_splat(
    expr: &Expr,
    each: &Expr,
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    let mut value = eval(expr, scope);
    *marks |= value.marks;
    if let Some(Hint::Tuple(_)) = value.hint() {
        value = operators::outlined(scope.unit(), value);
    }
    let element = |slot: Slot| {
        let name = Arc::from(SPLAT_ELEMENT);
        defer(each, &scope.bind(&name, slot))
    };
    Ok(match &value.kind {
        Kind::Unknown(unknown) => {
            let hint = unknown.hint().map(|_| Hint::Collection);
            return Err(derived(unknown.clone()).with_hint(hint));
        }
        Kind::Null(of) => match of.as_ref().and_then(|of| settled(scope.unit(), of)) {
            Some(Hint::List(_) | Hint::Set(_) | Hint::Tuple(_)) => {
                let reason = "a splat needs a list, and this one is null";
                return Err(Unknown::invalid(reason, expr.span));
            }
            Some(Hint::Collection | Hint::Either(_) | Hint::Like(_)) => {
                let reason = "whether this null is a list is not known";
                return Err(Unknown::unsupported(reason, expr.span));
            }
            _ => Kind::List(List::new(Vec::new())),
        },
        Kind::List(of) => {
            scope.unit().charge(2 * of.items.len() as u64, span)?;
            let items = of.items.iter().map(|slot| element(carried(slot, &value)));
            let mut made = List::new(items.collect());
            if let Some(hint) = of.element.as_ref().filter(|_| of.items.is_empty()) {
                // What each element is read for is refused even where there is none.
                let unit = scope.unit();
                let none = typing::example(unit, hint, expr.span);
                let read = element(Slot::Ready(none)).get();
                if let Some(fault) = read.fault() {
                    return Err(fault.clone());
                }
                made.element = types::Constraint::of(unit, &read)?.hint().map(Rc::new);
            }
            made.rest = of.rest.clone().map(derived);
            made.shape = match of.shape {
                ListShape::Tuple => ListShape::Tuple,
                ListShape::List | ListShape::Set => ListShape::List,
            };
            Kind::List(made)
        }
        _ => Kind::List(List::new(vec![element(Slot::Ready(value))])),
    })
}

fn eval_conditional(
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

const NO_TYPE: &str = "the two branches have no type in common";

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
        _ if expr.is_reference() => {
            let evaluated = || eval(expr, scope).marks;
            scope.unit().world.without_asking(evaluated)
        }
        _ => Marks::NONE,
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

/// What a `for` runs over.
pub(super) struct Elements {
    /// Keys and values, in Terraform's order.
    pub items: Vec<(Slot, Slot)>,
    /// There may be more elements.
    pub rest: Option<Unknown>,
}

/// The elements of a list or object with their keys.
pub(super) fn elements(value: &Value, span: Span) -> Outcome<Elements> {
    match &value.kind {
        Kind::List(list) => {
            let key = |at: usize, slot: &Slot| match (&list.rest, list.shape) {
                (_, ListShape::Set) => carried(slot, value),
                (None, _) => Slot::Ready(Value::new(Kind::Number(Number::from(at)), span)),
                (Some(rest), _) => Slot::Ready(Value::unknown(undecided(rest.clone()))),
            };
            let items = list.items.iter().enumerate();
            Ok(Elements {
                items: items
                    .map(|(at, slot)| (key(at, slot), carried(slot, value)))
                    .collect(),
                rest: list.rest.clone().map(derived),
            })
        }
        Kind::Object(object) => Ok(Elements {
            items: sorted_members(object)
                .into_iter()
                .map(|member| {
                    let key = Value::string(member.name.clone(), member.name_span);
                    (Slot::Ready(key), carried(&member.value, value))
                })
                .collect(),
            rest: object.rest.clone().map(derived),
        }),
        Kind::Unknown(unknown) => Err(derived(unknown.clone())),
        _ => Err(Unknown::invalid(
            format!(
                "this is {}, not a list, set, map or object",
                value.describe()
            ),
            span,
        )),
    }
}

/// The members in Terraform's order, each name once.
pub(super) fn sorted_members(object: &Object) -> Vec<&Member> {
    let mut members: Vec<&Member> = object.members().iter().collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    // The last of a name counts, and sorting has kept their order.
    members.reverse();
    members.dedup_by(|a, b| a.name == b.name);
    members.reverse();
    members
}

/// An element as its container hands it out: with the container's way and mark.
pub(super) fn carried(slot: &Slot, container: &Value) -> Slot {
    if container.trail.is_empty() && container.marks.is_empty() {
        return slot.clone();
    }
    let (trail, marks) = (container.trail.clone(), container.marks);
    slot.map(move |value| carry(value, &trail, marks))
}

/// The value after the steps and under the mark of what it was taken from.
pub(super) fn carry(mut value: Value, trail: &Trail, marks: Marks) -> Value {
    for step in trail.steps() {
        value = value.step(step.text.clone(), step.span);
    }
    value.mark(marks)
}

/// Whether an element takes part: `Err` where that is not decided. The marks of what decides it
/// become those of the collection.
fn takes_part(condition: Option<&Expr>, scope: &Scope, marks: &mut Marks) -> Outcome<bool> {
    let Some(condition) = condition else {
        return Ok(true);
    };
    let decision = eval(condition, scope);
    *marks |= decision.marks;
    truth(scope.unit(), &decision, condition.span)
}

fn bind_element(
    scope: &Scope,
    key: Option<&Name>,
    value: &Name,
    (key_slot, value_slot): (Slot, Slot),
) -> Scope {
    let scope = match key {
        Some(name) => scope.bind(&name.text, key_slot),
        None => scope.clone(),
    };
    scope.bind(&value.text, value_slot)
}

fn eval_for_tuple(of: &For, span: Span, scope: &Scope, marks: &mut Marks) -> Outcome<Kind> {
    let collection = operators::outlined(scope.unit(), eval(&of.collection, scope));
    *marks |= collection.marks;
    let elements = elements(&collection, of.collection.span)?;
    scope.unit().charge(4 * elements.items.len() as u64, span)?;
    let mut rest = elements.rest;
    let mut items = Vec::with_capacity(elements.items.len());
    for element in elements.items {
        let scope = bind_element(scope, of.key_variable.as_ref(), &of.value_variable, element);
        match takes_part(of.condition.as_ref(), &scope, marks) {
            Ok(true) => items.push(defer(&of.value, &scope)),
            Ok(false) => {}
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert_with(|| undecided(unknown));
            }
        }
    }
    let mut list = List::new(items);
    list.rest = rest;
    Ok(Kind::List(list))
}

fn eval_for_object(
    of: &For,
    key: &Expr,
    span: Span,
    scope: &Scope,
    marks: &mut Marks,
) -> Outcome<Kind> {
    let collection = operators::outlined(scope.unit(), eval(&of.collection, scope));
    *marks |= collection.marks;
    let elements = elements(&collection, of.collection.span)?;
    scope.unit().charge(4 * elements.items.len() as u64, span)?;
    let mut rest = elements.rest;
    let mut places: HashMap<Arc<str>, usize> = HashMap::default();
    let mut groups: Vec<(Arc<str>, Span, Vec<Slot>)> = Vec::new();
    for element in elements.items {
        let scope = bind_element(scope, of.key_variable.as_ref(), &of.value_variable, element);
        let name = takes_part(of.condition.as_ref(), &scope, marks).and_then(|takes_part| {
            takes_part
                .then(|| object_key(key, &scope, marks))
                .transpose()
        });
        let (name, name_span) = match name {
            Ok(Some(name)) => name,
            Ok(None) => continue,
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => {
                rest.get_or_insert_with(|| undecided(unknown));
                continue;
            }
        };
        let value = defer(&of.value, &scope);
        match places.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(groups.len());
                groups.push((name, name_span, vec![value]));
            }
            Entry::Occupied(entry) if of.group => groups[*entry.get()].2.push(value),
            Entry::Occupied(_) => {
                return Err(Unknown::invalid(
                    format!("two elements have the key `{name}`"),
                    key.span,
                ));
            }
        }
    }
    let members = groups.into_iter().map(|(name, name_span, mut values)| {
        let value = if of.group {
            let mut group = List::new(values);
            group.rest = rest.clone();
            Slot::Ready(Value::new(Kind::List(group), of.value.span))
        } else {
            values.remove(0)
        };
        Member {
            name,
            name_span,
            value,
        }
    });
    let mut object = Object::new(members.collect());
    object.rest = rest.clone();
    Ok(Kind::Object(object))
}

/// A rope under construction.
#[derive(Default)]
struct Rope {
    pieces: Vec<Piece>,
    marks: Marks,
}

impl Rope {
    fn finish(self, span: Span) -> Value {
        let text = if self.pieces.is_empty() {
            Text::computed("", span)
        } else {
            types::joined(self.pieces)
        };
        Value::text(text, span).mark(self.marks)
    }

    fn template(&mut self, template: &Template, scope: &Scope) -> Outcome<()> {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(literal) => self.literal(literal, scope)?,
                TemplatePart::Interpolation(expr) => {
                    let value = eval(expr, scope);
                    self.value(&value, expr.span, scope.unit())?;
                }
                TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    let decision = eval(condition, scope);
                    self.marks |= decision.marks;
                    match truth(scope.unit(), &decision, condition.span) {
                        Ok(true) => self.nest(then, condition.span, scope)?,
                        Ok(false) => self.nest(otherwise, condition.span, scope)?,
                        Err(unknown) => self.hole(undecided(unknown))?,
                    }
                }
                TemplatePart::For {
                    key_variable,
                    value_variable,
                    collection,
                    body,
                    ..
                } => {
                    let value = operators::outlined(scope.unit(), eval(collection, scope));
                    self.marks |= value.marks;
                    let elements = match elements(&value, collection.span) {
                        Ok(elements) => elements,
                        Err(unknown) => {
                            self.hole(unknown)?;
                            continue;
                        }
                    };
                    // More elements may stand before, between and after those that are known.
                    for element in elements.items {
                        if let Some(rest) = &elements.rest {
                            self.hole(rest.clone())?;
                        }
                        scope.unit().charge(4, collection.span)?;
                        let scope =
                            bind_element(scope, key_variable.as_ref(), value_variable, element);
                        self.nest(body, collection.span, &scope)?;
                    }
                    if let Some(rest) = elements.rest {
                        self.hole(rest)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn nest(&mut self, template: &Template, span: Span, scope: &Scope) -> Outcome<()> {
        nested(span, || self.template(template, scope))
    }

    fn literal(&mut self, literal: &Literal, scope: &Scope) -> Outcome<()> {
        if !literal.is_empty() {
            scope
                .unit()
                .charge_bytes(literal.as_str().len(), literal.span())?;
            let literal = types::normalised(literal).into_owned();
            self.pieces.push(Piece::literal(literal));
        }
        Ok(())
    }

    /// What Terraform would refuse, and what was too much, is the whole template's fate.
    fn hole(&mut self, unknown: Unknown) -> Outcome<()> {
        if unknown.is_fatal() {
            return Err(unknown);
        }
        self.pieces.extend_from_slice(Text::hole(unknown).pieces());
        Ok(())
    }

    fn value(&mut self, value: &Value, span: Span, unit: &Unit) -> Outcome<()> {
        self.marks |= value.marks;
        if let Kind::Unknown(unknown) = &value.kind {
            return self.hole(unknown.clone());
        }
        if value.is_null() {
            return Err(Unknown::invalid(
                "null stands in a template, which needs a string",
                span,
            ));
        }
        let text = types::to_text(value, span)?;
        self.pieces.reserve(text.pieces().len());
        for piece in text.pieces() {
            let bytes = match &piece.kind {
                PieceKind::Literal(literal) => literal.as_str().len(),
                PieceKind::Encoded(_) | PieceKind::Hole(_) => 0,
            };
            unit.charge_bytes(bytes, span)?;
            let mut piece = piece.clone();
            if piece.trail.is_empty() {
                piece.trail = value.trail.clone();
            }
            piece.marks |= value.marks;
            self.pieces.push(piece);
        }
        Ok(())
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
    let Some(symbol) = unknown.symbol() else {
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
