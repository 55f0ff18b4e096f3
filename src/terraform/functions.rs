//! Terraform's functions: the table of their names, and what a call hands to them.
//!
//! A function sees its arguments through [`Call`], which evaluates one when it is read. Those
//! that read characters get them only where all are known; those that opt in read the rope.

mod around;
mod charsets;
mod collections;
mod encoding;
mod files;
mod format;
mod gzip;
mod hashes;
mod network;
mod numbers;
mod re2;
mod replace;
mod results;
mod rsa;
mod strings;
mod time;
mod types;
mod yaml;

pub(super) use files::{TemplateVariables, read_text};
pub(super) use gzip::crc32;

use super::eval::{
    Environment, Outcome, Scope, Unit, ask, carried, check_references, defer, derived, elements,
    eval, eval_template, nested, refused_member, refused_part, scalar_hint, settled,
    sorted_members, type_hint, undecided,
};
use super::syntax::{self, Expr};
use super::types::{Constraint, Fits};
use super::{operators, types as constraints, unify};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Marks, Number, Object, Rendered, Slot, Text, Unknown, UnknownKind,
    Value,
};
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::LazyLock;

/// One function of Terraform's, and all that is told of it without calling it.
struct Function {
    name: &'static str,
    /// How many arguments it takes.
    arity: RangeInclusive<usize>,
    run: fn(&Call) -> Outcome<Value>,
    gives: Gives,
    may_give_null: bool,
    takes_null: bool,
    marks: MarksOfResult,
}

/// The type of what a function gives, whatever it is given, as far as values are told apart by it.
#[derive(Clone, Copy)]
enum Gives {
    Any,
    Text,
    Number,
    Bool,
    /// A list, set, map, tuple or object.
    Collection,
    List,
    Texts,
    Numbers,
    Set,
    SetOfTexts,
    Map,
}

impl Gives {
    fn hint(self) -> Option<Hint> {
        let of = |of: Hint| Some(Rc::new(of));
        Some(match self {
            Gives::Any => return None,
            Gives::Text => Hint::Text,
            Gives::Number => Hint::Number,
            Gives::Bool => Hint::Bool,
            Gives::Collection => Hint::Collection,
            Gives::List => Hint::List(None),
            Gives::Texts => Hint::List(of(Hint::Text)),
            Gives::Numbers => Hint::List(of(Hint::Number)),
            Gives::Set => Hint::Set(None),
            Gives::SetOfTexts => Hint::Set(of(Hint::Text)),
            Gives::Map => Hint::Map(None),
        })
    }
}

/// Which marks the result of a function has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarksOfResult {
    /// Those of its arguments; elements that it hands on keep their own.
    OfArguments,
    /// Those of all that its arguments hold: it knows nothing of marks.
    OfAllWithin,
    /// It decides itself.
    Own,
}

const fn function(
    name: &'static str,
    arity: RangeInclusive<usize>,
    run: fn(&Call) -> Outcome<Value>,
) -> Function {
    Function {
        name,
        arity,
        run,
        gives: Gives::Any,
        may_give_null: false,
        takes_null: false,
        marks: MarksOfResult::OfArguments,
    }
}

impl Function {
    /// What it gives is of a type.
    const fn gives(mut self, gives: Gives) -> Function {
        self.gives = gives;
        self
    }

    const fn may_give_null(mut self) -> Function {
        self.may_give_null = true;
        self
    }

    /// An argument may be null.
    const fn takes_null(mut self) -> Function {
        self.takes_null = true;
        self
    }

    /// See [`MarksOfResult::OfAllWithin`].
    const fn marked_as_a_whole(mut self) -> Function {
        self.marks = MarksOfResult::OfAllWithin;
        self
    }

    /// See [`MarksOfResult::Own`].
    const fn reads_marks(mut self) -> Function {
        self.marks = MarksOfResult::Own;
        self
    }
}

/// As many arguments as one likes.
const ANY: usize = usize::MAX;

static FUNCTIONS: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    [
        collections::lists::FUNCTIONS,
        collections::maps::FUNCTIONS,
        collections::reductions::FUNCTIONS,
        collections::sets::FUNCTIONS,
        encoding::FUNCTIONS,
        files::FUNCTIONS,
        format::FUNCTIONS,
        hashes::FUNCTIONS,
        network::FUNCTIONS,
        numbers::FUNCTIONS,
        replace::FUNCTIONS,
        strings::FUNCTIONS,
        time::FUNCTIONS,
        types::FUNCTIONS,
        yaml::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .map(|function| (function.name, function))
    .collect()
});

/// Functions whose result is another one each time.
const IMPURE: &[(&str, RangeInclusive<usize>)] = &[
    ("bcrypt", 1..=2),
    ("plantimestamp", 0..=0),
    ("timestamp", 0..=0),
    ("uuid", 0..=0),
];

/// Functions whose result does not hold all that their arguments do.
const READING_IN_PART: &[&str] = &[
    "chunklist",
    "coalesce",
    "coalescelist",
    "contains",
    "element",
    "formatlist",
    "index",
    "issensitive",
    "keys",
    "length",
    "lookup",
    "matchkeys",
    "setproduct",
    "slice",
    "zipmap",
];

/// Functions that OpenTofu has and Terraform has not.
const OF_TOFU: &[&str] = &["base64gunzip", "cidrcontains", "urldecode"];

/// The value of a call.
pub(super) fn call(call: &syntax::Call, span: Span, scope: &Scope) -> Value {
    let text = &*call.name.text;
    let name = text.strip_prefix("core::").unwrap_or(text);
    let Some(function) = FUNCTIONS.get(name) else {
        return Value::unknown(not_called(call, name, span));
    };
    let arguments = match arguments(call, scope) {
        Ok(arguments) => arguments,
        Err(unknown) => return Value::unknown(unknown),
    };
    if !function.arity.contains(&arguments.len()) {
        let (name, arity) = (function.name, &function.arity);
        return Value::unknown(wrong_count(name, arity, arguments.len(), span));
    }
    let call = Call {
        scope,
        span,
        arguments,
        marks: Cell::default(),
    };
    if READING_IN_PART.contains(&function.name)
        && let Some(refused) = call.refused_part()
    {
        return Value::unknown(refused);
    }
    if call.unit().may_mark.get() && function.marks == MarksOfResult::OfAllWithin {
        let within = |at| call.mark(call.peek(at).marks_within());
        let world = &call.unit().world;
        world.without_asking(|| (0..call.len()).for_each(within));
    }
    let result = (function.run)(&call);
    // What is refused counts even where the function did not look at it.
    if call.len() > 1
        && result.is_ok()
        && function.name != "try"
        && let Some(fault) = call.first_fault(0)
    {
        return Value::unknown(fault);
    }
    result
        .unwrap_or_else(|unknown| {
            if let Some(fault) = faulty_argument(&call, function, &unknown) {
                return Value::unknown(fault);
            }
            if function.marks != MarksOfResult::Own {
                (0..call.len()).for_each(|at| call.mark(call.peek(at).marks));
            }
            let hint = match unknown.kind() {
                // A call that fails is of any type.
                UnknownKind::Invalid => None,
                _ => {
                    let own = unknown.hint().cloned();
                    let told = || call.type_of_result(function.name);
                    own.or_else(told).or_else(|| function.gives.hint())
                }
            };
            let unknown = unknown.with_hint(hint);
            Value::unknown(match function.may_give_null {
                true => unknown,
                false => unknown.never_null(),
            })
        })
        .mark(call.marks.get())
}

/// What Terraform says of an argument that is at fault or null before it looks at one that is not
/// known.
fn faulty_argument(call: &Call, function: &Function, unknown: &Unknown) -> Option<Unknown> {
    if unknown.kind() == UnknownKind::Invalid || matches!(function.name, "can" | "try") {
        return None;
    }
    if let Some(fault) = call.first_fault(0) {
        return Some(fault);
    }
    if function.takes_null {
        return None;
    }
    let at = (0..call.len()).find(|&at| call.peek(at).is_null())?;
    Some(call.invalid(at, "a value is needed, and this is null"))
}

/// Why a function that is not in the table gives nothing that is known.
fn not_called(call: &syntax::Call, name: &str, span: Span) -> Unknown {
    let mut impure = IMPURE.iter();
    if let Some((_, arity)) = impure.find(|(impure, _)| *impure == name) {
        let given = call.arguments.len();
        if !call.expand && !arity.contains(&given) {
            return wrong_count(name, arity, given, span);
        }
        let reason = format!("`{name}` gives another result each time");
        return Unknown::new(UnknownKind::AfterApply, reason, span).with_hint(Some(Hint::Text));
    }
    if OF_TOFU.contains(&name) {
        let reason = format!("function `{name}` is OpenTofu's, and ecslint does not evaluate it");
        return Unknown::unsupported(reason, span);
    }
    if name.starts_with("provider::") {
        return Unknown::unsupported(format!("function `{name}` is defined by a provider"), span);
    }
    Unknown::invalid(format!("there is no function `{name}`"), call.name.span)
}

fn wrong_count(name: &str, arity: &RangeInclusive<usize>, given: usize, span: Span) -> Unknown {
    let (least, most) = (*arity.start(), *arity.end());
    let wanted = match most {
        ANY => format!("at least {least}"),
        _ if least == most => least.to_string(),
        _ => format!("{least} to {most}"),
    };
    let reason = format!("function `{name}` takes {wanted} arguments, and {given} are given");
    Unknown::invalid(reason, span)
}

fn arguments(call: &syntax::Call, scope: &Scope) -> Outcome<Vec<Argument>> {
    let mut arguments: Vec<Argument> = call
        .arguments
        .iter()
        .map(|expr| Argument {
            slot: defer(expr, scope),
            span: expr.span,
            expr: Some(expr.clone()),
        })
        .collect();
    if call.expand
        && let Some(last) = arguments.pop()
    {
        let value = last.slot.get();
        let list = match &value.kind {
            Kind::List(list) => list,
            Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
            _ => {
                return Err(Unknown::invalid(
                    format!("`...` expands a list, and this is {}", value.describe()),
                    last.span,
                ));
            }
        };
        if let Some(rest) = &list.rest {
            return Err(undecided(rest.clone()));
        }
        scope.unit().charge(list.items.len() as u64, last.span)?;
        let elements = elements(&value, last.span)?;
        arguments.extend(elements.items.into_iter().map(|(_, slot)| Argument {
            slot,
            span: last.span,
            expr: None,
        }));
    }
    Ok(arguments)
}

struct Argument {
    slot: Slot,
    span: Span,
    /// Nothing for an argument that `...` made.
    expr: Option<Expr>,
}

fn shaped(items: Vec<Slot>, shape: ListShape) -> List {
    List {
        shape,
        ..List::new(items)
    }
}

/// A list or set of which the elements would be of a type, if it had any.
fn list_of(items: Vec<Slot>, shape: ListShape, element: impl Into<Option<Rc<Hint>>>) -> List {
    List {
        // A tuple tells the type of each of its elements itself.
        element: match shape {
            ListShape::Tuple => None,
            ListShape::List | ListShape::Set => element.into(),
        },
        ..shaped(items, shape)
    }
}

/// A list of strings.
fn list_of_texts(items: Vec<Slot>) -> List {
    list_of(items, ListShape::List, Rc::new(Hint::Text))
}

/// A call under way.
struct Call<'a> {
    scope: &'a Scope,
    span: Span,
    arguments: Vec<Argument>,
    /// The marks of the arguments that were read, which the result has too.
    marks: Cell<Marks>,
}

impl Call<'_> {
    fn unit(&self) -> &Rc<Unit> {
        self.scope.unit()
    }

    fn len(&self) -> usize {
        self.arguments.len()
    }

    /// An argument whose mark is the function's own affair.
    fn peek(&self, at: usize) -> Value {
        self.arguments[at].slot.get()
    }

    /// What Terraform refuses in the arguments from one on, whether or not they count.
    fn first_fault(&self, from: usize) -> Option<Unknown> {
        let fault = |at: usize| self.peek(at).fault().cloned();
        let world = &self.unit().world;
        world.without_asking(|| (from..self.len()).find_map(fault))
    }

    /// What Terraform refuses in what arguments hold, whether or not it counts.
    fn refused_part(&self) -> Option<Unknown> {
        let mut arguments = self.arguments.iter();
        arguments.find_map(|argument| {
            let value = || argument.slot.get();
            refused_part(argument.expr.as_ref()?, value, self.scope)
        })
    }

    /// What Terraform refuses in a member that an argument has.
    fn refused_member(&self, at: usize, member: &crate::value::Member) -> Option<Unknown> {
        let expr = self.arguments[at].expr.as_ref()?;
        refused_member(expr, member, self.scope)
    }

    fn value(&self, at: usize) -> Value {
        let value = self.peek(at);
        self.mark(value.marks);
        value
    }

    /// Adds marks to those of the result.
    fn mark(&self, marks: Marks) {
        self.marks.set(self.marks.get() | marks);
    }

    /// Where an argument stands.
    fn at(&self, at: usize) -> Span {
        self.arguments[at].span
    }

    /// What Terraform would say of an argument.
    fn invalid(&self, at: usize, reason: impl Into<String>) -> Unknown {
        Unknown::invalid(reason.into(), self.at(at))
    }

    /// A rope; an unknown argument is a hole.
    fn text(&self, at: usize) -> Outcome<Text> {
        let value = self.value(at);
        self.as_text(&value, at)
    }

    fn as_text(&self, value: &Value, at: usize) -> Outcome<Text> {
        match &value.kind {
            Kind::Unknown(unknown)
                if unknown.kind() != UnknownKind::Invalid
                    && Fits::String.may_be(unknown.hint()) =>
            {
                Ok(Text::hole(unknown.clone()))
            }
            _ => constraints::to_text(value, self.at(at)),
        }
    }

    /// A string of which all characters are known.
    fn chars(&self, at: usize) -> Outcome<String> {
        let text = self.text(at)?;
        self.rendered(&text)
    }

    fn rendered(&self, text: &Text) -> Outcome<String> {
        self.unit()
            .charge_bytes(operators::known_length(text), self.span)?;
        Ok(self.characters(text)?.text.into_owned())
    }

    /// The characters with their places.
    fn characters<'a>(&self, text: &'a Text) -> Outcome<Rendered<'a>> {
        let rendered = constraints::characters(text)?;
        self.mark(rendered.marks);
        Ok(rendered)
    }

    fn number(&self, at: usize) -> Outcome<Number> {
        constraints::to_number(&self.value(at), self.at(at))
    }

    fn integer(&self, at: usize) -> Outcome<i64> {
        let number = self.number(at)?;
        number
            .to_i64()
            .ok_or_else(|| self.invalid(at, format!("a whole number is needed, not {number}")))
    }

    /// A list, tuple or set; there may be more elements.
    fn open_list(&self, at: usize) -> Outcome<List> {
        let value = operators::outlined(self.unit(), self.value(at));
        match &value.kind {
            Kind::List(list) if value.trail.is_empty() && value.marks.is_empty() => {
                Ok(list.clone())
            }
            Kind::List(list) => Ok(List {
                items: Rc::new(
                    list.items
                        .iter()
                        .map(|slot| carried(slot, &value))
                        .collect(),
                ),
                ..list.clone()
            }),
            Kind::Unknown(unknown) => Err(constraints::of_type(
                unknown,
                Fits::List,
                "a list",
                self.at(at),
            )),
            _ => Err(self.invalid(
                at,
                format!("a list is needed, and this is {}", value.describe()),
            )),
        }
    }

    /// A list, tuple or set of which the number of elements is known.
    fn list(&self, at: usize) -> Outcome<List> {
        let list = self.open_list(at)?;
        match &list.rest {
            Some(rest) => Err(undecided(rest.clone())),
            None => Ok(list),
        }
    }

    /// Refuses an empty list of what does not convert to elements that the function takes.
    fn takes_elements(&self, at: usize, list: &List, of: &Constraint) -> Outcome<()> {
        let typed = list.element.as_ref().filter(|_| list.items.is_empty());
        let Some(hint) = typed else { return Ok(()) };
        match of.convert(unify::typed(hint, self.at(at)).get()).fault() {
            Some(fault) => Err(self.invalid(at, fault.reason().to_owned())),
            None => Ok(()),
        }
    }

    /// A map or object; there may be more members.
    fn open_object(&self, at: usize) -> Outcome<Object> {
        let value = operators::outlined(self.unit(), self.value(at));
        match value.kind {
            Kind::Object(object) => Ok(object),
            Kind::Unknown(unknown) => Err(constraints::of_type(
                &unknown,
                Fits::Map,
                "a map",
                self.at(at),
            )),
            _ => Err(self.invalid(
                at,
                format!("a map is needed, and this is {}", value.describe()),
            )),
        }
    }

    fn object(&self, at: usize) -> Outcome<Object> {
        let object = self.open_object(at)?;
        match &object.rest {
            Some(rest) => Err(undecided(rest.clone())),
            None => Ok(object),
        }
    }

    fn charge(&self, amount: usize) -> Outcome<()> {
        self.unit().charge(amount as u64, self.span)
    }

    /// A string that the function made.
    fn string(&self, text: String) -> Outcome<Value> {
        self.unit().charge_bytes(text.len(), self.span)?;
        Ok(Value::string(constraints::normal_form(&text), self.span))
    }

    fn rope(&self, text: Text) -> Value {
        Value::text(text, self.span)
    }

    fn of_number(&self, number: Number) -> Value {
        Value::new(Kind::Number(number), self.span)
    }

    fn of_bool(&self, value: bool) -> Value {
        Value::bool(value, self.span)
    }

    fn of_list(&self, list: List) -> Value {
        let marks = constraints::marks_of_set(&list);
        Value::new(Kind::List(list), self.span).mark(marks)
    }

    fn of_object(&self, object: Object) -> Value {
        Value::new(Kind::Object(object), self.span)
    }
}
