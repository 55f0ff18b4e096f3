//! Intrinsic functions and conditions to values, one world at a time.

use super::nested;
use super::parameters::{Parameter, ParameterKind, scalar_text};
use super::template::{SharedTemplate, as_function, undefined};
use crate::source::{SourceMap, Span};
use crate::value::{
    Deferred, Kind, List, Literal, Member, Object, Piece, PieceKind, Slot, Text, Trail, Unknown,
    UnknownKind, Value,
};
use crate::worlds::{Memo, Question, Reading, World};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A template and what it is deployed with: what its intrinsic functions read.
pub struct Stack {
    pub template: SharedTemplate,
    pub world: Rc<World>,
    pub sources: Arc<SourceMap>,
    /// Values from outside, by parameter or pseudo parameter.
    inputs: HashMap<Arc<str>, Input>,
    nesting: Option<Nesting>,
    /// Tells its symbols from those of other stacks.
    scope: String,
    parameters: RefCell<HashMap<Arc<str>, Option<Rc<Parameter>>>>,
    conditions: RefCell<HashMap<Arc<str>, Rc<Memo<Truth>>>>,
    /// The stacks that it nests, as long as somebody evaluates in them: they keep this one.
    nested: RefCell<HashMap<Arc<str>, Weak<Stack>>>,
    depth: Cell<usize>,
}

/// How a stack is nested in another.
pub struct Nesting {
    pub by: Eval,
    /// The logical id in the stack around.
    pub id: Arc<str>,
    /// The condition that the resource names.
    pub condition: Option<Value>,
}

/// What a parameter is given.
#[derive(Clone)]
pub enum Input {
    /// On the command line, or in a file of parameters.
    Given(Arc<str>),
    /// By the stack that nests this one, as an expression there.
    Passed(Eval, Value),
}

/// What a condition comes to.
pub type Truth = Result<bool, Unknown>;

impl Stack {
    /// A stack that somebody deploys.
    pub fn new(
        template: SharedTemplate,
        sources: Arc<SourceMap>,
        inputs: HashMap<Arc<str>, Input>,
    ) -> Rc<Stack> {
        Stack::with(template, World::new(), sources, inputs, None)
    }

    /// A stack that another one deploys, in the same world.
    pub fn nested(
        nesting: Nesting,
        template: SharedTemplate,
        inputs: HashMap<Arc<str>, Input>,
    ) -> Rc<Stack> {
        let around = nesting.by.stack.clone();
        let id = nesting.id.clone();
        let (world, sources) = (around.world.clone(), around.sources.clone());
        let stack = Stack::with(template, world, sources, inputs, Some(nesting));
        let weak = Rc::downgrade(&stack);
        around.nested.borrow_mut().insert(id, weak);
        stack
    }

    fn with(
        template: SharedTemplate,
        world: Rc<World>,
        sources: Arc<SourceMap>,
        inputs: HashMap<Arc<str>, Input>,
        nesting: Option<Nesting>,
    ) -> Rc<Stack> {
        let scope = nesting.as_ref().map_or_else(String::new, |nesting| {
            format!("{}{}/", nesting.by.stack.scope, nesting.id)
        });
        Rc::new(Stack {
            template,
            world,
            sources,
            inputs,
            nesting,
            scope,
            parameters: RefCell::default(),
            conditions: RefCell::default(),
            nested: RefCell::default(),
            depth: Cell::new(0),
        })
    }

    /// Itself, and the stacks around it.
    pub fn ancestors(&self) -> impl Iterator<Item = &Stack> {
        std::iter::successors(Some(self), |stack| {
            stack.nesting.as_ref().map(|nesting| &*nesting.by.stack)
        })
    }

    /// The logical id of something in it, behind those of the stacks around: `Outer/Inner/Task`.
    pub fn address(&self, id: &str) -> Arc<str> {
        format!("{}{id}", self.scope).into()
    }

    /// The values of pseudo parameters that are given, which are those of nested stacks too.
    pub fn pseudo_inputs(&self) -> HashMap<Arc<str>, Input> {
        let pseudo = self.inputs.iter().filter(|(name, _)| {
            name.starts_with("AWS::") && !matches!(&***name, "AWS::StackName" | "AWS::StackId")
        });
        pseudo
            .map(|(name, input)| (name.clone(), input.clone()))
            .collect()
    }

    fn parameter(&self, name: &str) -> Option<Rc<Parameter>> {
        if let Some(known) = self.parameters.borrow().get(name) {
            return known.clone();
        }
        let found = Parameter::find(&self.template, name, &self.scope).map(Rc::new);
        let mut parameters = self.parameters.borrow_mut();
        parameters.insert(name.into(), found.clone());
        found
    }

    /// Whether a parameter is an open question: nobody has given it a value. One of a nested
    /// stack is not, since the stack around gives what is given.
    fn is_open(&self, parameter: &Parameter) -> bool {
        let given = self.inputs.contains_key(&parameter.name);
        !given && (self.nesting.is_none() || parameter.name_span.is_none())
    }
}

/// Functions and conditions that may stand in one another.
const MAX_DEPTH: usize = 2000;

/// Values that a parameter may have, at most, to be tried one by one.
const SMALL_DOMAIN: usize = 16;

/// Evaluates in one stack.
#[derive(Clone)]
pub struct Eval {
    stack: Rc<Stack>,
    /// What a condition compares is tried value by value where a parameter has few; elsewhere the
    /// default of a parameter stands for it.
    pinning: bool,
}

/// What a function gives where a value is wanted.
enum Outcome {
    Value(Value),
    /// `AWS::NoValue`, and the null that stands for it where it cannot be left out.
    NoValue(Value),
}

/// A side of `Fn::Equals`.
enum Operand {
    /// The value of a parameter between two texts.
    Open {
        parameter: Rc<Parameter>,
        before: String,
        after: String,
        at: Span,
    },
    Value(Value),
}

impl Eval {
    pub fn new(stack: Rc<Stack>) -> Eval {
        Eval {
            stack,
            pinning: false,
        }
    }

    pub fn stack(&self) -> &Rc<Stack> {
        &self.stack
    }

    /// Whether the stacks around deploy this one in the present world.
    pub fn is_deployed(&self) -> Truth {
        for stack in self.stack.ancestors() {
            if let Some(Nesting {
                by,
                condition: Some(condition),
                ..
            }) = &stack.nesting
                && !by.names_true_condition(condition)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the condition holds that a resource names.
    pub fn names_true_condition(&self, condition: &Value) -> Truth {
        let name = literal(condition, "`Condition` takes the name of a condition")?;
        self.named_condition(&name, condition.span)
    }

    /// The stack that a resource of this one nests, if it is one and on disk.
    fn nested_stack(&self, id: &str) -> Option<Eval> {
        let known = self.stack.nested.borrow().get(id).and_then(Weak::upgrade);
        if let Some(stack) = known {
            return Some(Eval::new(stack));
        }
        let resource = self.stack.template.resource(id)?;
        let body = nested::body_of_nested(self, resource)?;
        nested::open(self, resource, &body).ok()
    }

    fn world(&self) -> &World {
        &self.stack.world
    }

    /// The value of a part of the template, evaluated to its outermost shape. `AWS::NoValue` is
    /// null. `via`: the steps that lead from the part to where it is used.
    pub fn eval(&self, raw: &Value, via: &Trail) -> Value {
        match self.outcome(raw, via) {
            Outcome::Value(value) | Outcome::NoValue(value) => value,
        }
    }

    /// The same, put off until somebody reads it.
    pub fn defer(&self, raw: Value, via: &Trail) -> Slot {
        match raw.kind {
            Kind::List(_) | Kind::Object(_) => Slot::Deferred(Rc::new(Thunk {
                eval: self.clone(),
                raw,
                via: via.clone(),
                memo: Memo::default(),
            })),
            _ => Slot::Ready(follow(raw, via)),
        }
    }

    fn outcome(&self, raw: &Value, via: &Trail) -> Outcome {
        let value = match &raw.kind {
            Kind::List(list) => self.list(list, raw, via),
            Kind::Object(object) => match as_function(raw) {
                Some((name, argument)) => {
                    let via = &follow_trail(&raw.trail, via);
                    return self.nested(raw.span, |eval| {
                        eval.function(name, &argument, raw.span, via)
                    });
                }
                None => self.object(object, raw, via),
            },
            _ => follow(raw.clone(), via),
        };
        Outcome::Value(value)
    }

    /// Runs one level deeper, if that is not too deep.
    fn nested(&self, at: Span, run: impl FnOnce(&Eval) -> Outcome) -> Outcome {
        let depth = &self.stack.depth;
        if depth.get() == MAX_DEPTH {
            let reason =
                format!("more than {MAX_DEPTH} functions and conditions stand in one another");
            return Outcome::Value(Value::unknown(Unknown::limit(reason, at)));
        }
        depth.set(depth.get() + 1);
        let outcome = stacker::maybe_grow(128 << 10, 2 << 20, || run(self));
        depth.set(depth.get() - 1);
        outcome
    }

    /// `AWS::NoValue` takes its element out of the list, so elements that may be it are evaluated.
    fn list(&self, list: &List, raw: &Value, via: &Trail) -> Value {
        let via = &follow_trail(&raw.trail, via);
        let mut items = Vec::with_capacity(list.items.len());
        for item in list.items.iter() {
            let item = item.get();
            match as_function(&item) {
                Some(("Fn::If", _)) => match self.outcome(&item, via) {
                    Outcome::Value(value) => items.push(value.into()),
                    Outcome::NoValue(_) => {}
                },
                Some(("Ref", name)) if is_no_value(&name) => {}
                _ => items.push(self.defer(item, via)),
            }
        }
        let list = List {
            items: Rc::new(items),
            ..list.clone()
        };
        Value {
            kind: Kind::List(list),
            trail: via.clone(),
            ..raw.clone()
        }
    }

    fn object(&self, object: &Object, raw: &Value, via: &Trail) -> Value {
        let via = &follow_trail(&raw.trail, via);
        let mut members = Vec::with_capacity(object.members().len());
        let mut rest = object.rest.clone();
        for member in object.members() {
            if member.name.starts_with("Fn::") {
                let name = &member.name;
                rest = Some(
                    match name.starts_with("Fn::ForEach") || &**name == "Fn::Transform" {
                        true => unsupported(name, member.name_span),
                        false => Unknown::invalid(
                            format!(
                                "`{name}` stands beside other names, and takes an object of its own"
                            ),
                            member.name_span,
                        ),
                    },
                );
                continue;
            }
            members.push(Member {
                value: self.defer(member.value.get(), via),
                ..member.clone()
            });
        }
        let mut object = Object::new(members);
        object.rest = rest;
        Value {
            kind: Kind::Object(object),
            trail: via.clone(),
            ..raw.clone()
        }
    }

    fn function(&self, name: &str, argument: &Value, at: Span, via: &Trail) -> Outcome {
        let value = match name {
            "Ref" => return self.reference(argument, at, via),
            "Fn::If" => return self.choose_branch(argument, at, via),
            "Fn::Sub" => self.sub(argument, at),
            "Fn::Join" => self.join(argument, at),
            "Fn::Select" => self.select(argument, at),
            "Fn::Split" => self.split(argument, at),
            "Fn::FindInMap" => self.find_in_map(argument, at),
            "Fn::GetAtt" => self.attribute(argument, at),
            "Fn::ImportValue" => Err(Unknown::new(
                UnknownKind::AfterApply,
                "`Fn::ImportValue` is read from another stack when this one is deployed",
                at,
            )),
            "Fn::Base64" => self.base64(argument, at),
            "Fn::Length" => self.length(argument, at),
            "Fn::ToJsonString" => Ok(self.to_json_string(argument, at)),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => self
                .condition(&function_value(name, argument, at))
                .map(|truth| Value::bool(truth, at)),
            _ => Err(unsupported(name, at)),
        };
        Outcome::Value(follow(value.unwrap_or_else(Value::unknown), via))
    }

    fn reference(&self, argument: &Value, at: Span, via: &Trail) -> Outcome {
        let name = match literal(argument, "`Ref` takes the name of a parameter or resource") {
            Ok(name) => name,
            Err(unknown) => return Outcome::Value(Value::unknown(unknown)),
        };
        if name == "AWS::NoValue" {
            return Outcome::NoValue(follow(Value::null(at), via));
        }
        Outcome::Value(follow(self.named(&name, at), via))
    }

    /// What a name stands for in `Ref` and `Fn::Sub`.
    fn named(&self, name: &str, at: Span) -> Value {
        if let Some(parameter) = self.stack.parameter(name) {
            return self.parameter(&parameter, at);
        }
        Value::unknown(match self.stack.template.resource(name) {
            Some(_) => Unknown::new(
                UnknownKind::AfterApply,
                format!("resource `{name}` is known only after the deployment"),
                at,
            ),
            None => undefined("parameter or resource", name, at),
        })
    }

    fn parameter(&self, parameter: &Parameter, at: Span) -> Value {
        let given = self.stack.inputs.get(&parameter.name);
        let value = given.and_then(|input| self.given(parameter, input, at));
        let value = value.unwrap_or_else(|| match self.stack.is_open(parameter) {
            true => self.open_parameter(parameter, at),
            false => self.default(parameter, at),
        });
        let value = match parameter.kind {
            ParameterKind::List => comma_separated(value),
            _ => value,
        };
        value.mark(parameter.no_echo)
    }

    /// A value from outside; nothing where that is `AWS::NoValue`.
    fn given(&self, parameter: &Parameter, input: &Input, at: Span) -> Option<Value> {
        let name = &parameter.name;
        let declared = parameter.name_span.unwrap_or(at);
        match input {
            Input::Given(text) => {
                let step = format!("parameter `{name}`, given from outside");
                Some(Value::string(text.clone(), at).step(step, declared))
            }
            Input::Passed(eval, raw) => {
                let eval = Eval {
                    pinning: self.pinning,
                    ..eval.clone()
                };
                let step = format!("parameter `{name}`");
                match eval.outcome(raw, &Trail::default().then(step, declared)) {
                    Outcome::Value(value) => Some(value),
                    Outcome::NoValue(_) => None,
                }
            }
        }
    }

    fn default(&self, parameter: &Parameter, at: Span) -> Value {
        match &parameter.default {
            Some(default) => {
                let step = format!("default of parameter `{}`", parameter.name);
                default.clone().step(step, at)
            }
            None => Value::unknown(parameter.unknown(at)),
        }
    }

    /// What the present world says of a parameter.
    fn open_parameter(&self, parameter: &Parameter, at: Span) -> Value {
        if self.pinning {
            self.pin(parameter);
        }
        match self.world().read(&parameter.symbol) {
            Reading::Pinned(answer) => {
                let text = answer_text(&answer);
                let written = parameter.allowed_span(&text).unwrap_or(at);
                Value::string(text, written).step(format!("parameter `{}`", parameter.name), at)
            }
            Reading::Default(_) => self.default(parameter, at),
            Reading::Null | Reading::Open => Value::unknown(parameter.unknown(at)),
        }
    }

    /// Asks for the value of a parameter that has few.
    fn pin(&self, parameter: &Parameter) {
        let Some(domain) = parameter.symbol.domain() else {
            return;
        };
        if domain.len() > SMALL_DOMAIN {
            return;
        }
        for value in domain {
            let question = Question::Equals(parameter.symbol.clone(), value.clone());
            if self.world().decide(&question) != Some(false) {
                return;
            }
        }
    }

    fn choose_branch(&self, argument: &Value, at: Span, via: &Trail) -> Outcome {
        let Some([condition, yes, no]) = arguments(argument) else {
            let reason = "`Fn::If` takes a condition and two values";
            return Outcome::Value(Value::unknown(Unknown::invalid(reason, at)));
        };
        let name = match literal(&condition, "`Fn::If` takes the name of a condition") {
            Ok(name) => name,
            Err(unknown) => return Outcome::Value(Value::unknown(unknown)),
        };
        let truth = self.named_condition(&name, condition.span);
        let (holds, branch) = match truth {
            Ok(true) => (true, yes),
            Ok(false) => (false, no),
            Err(unknown) => return Outcome::Value(follow(Value::unknown(undecided(unknown)), via)),
        };
        let step = format!("chosen when `{name}` is {holds}");
        let via = follow_trail(&Trail::default().then(step, condition.span), via);
        self.outcome(&branch, &via)
    }

    /// Whether a condition of the template holds.
    pub fn named_condition(&self, name: &str, at: Span) -> Truth {
        let Some((raw, name_span)) = self.stack.template.entry("Conditions", name) else {
            return Err(undefined("condition", name, at));
        };
        let memo = {
            let mut conditions = self.stack.conditions.borrow_mut();
            conditions.entry(name.into()).or_default().clone()
        };
        let truth = memo.get(self.world(), || self.condition(&raw));
        truth.unwrap_or_else(|_| {
            let reason = format!("condition `{name}` refers to itself");
            Err(Unknown::invalid(reason, name_span))
        })
    }

    /// Whether the body of a condition holds.
    pub fn condition(&self, raw: &Value) -> Truth {
        let mut truth = Ok(false);
        let outcome = self.nested(raw.span, |eval| {
            truth = eval.condition_here(raw);
            Outcome::Value(Value::null(raw.span))
        });
        match outcome {
            // The bound was reached.
            Outcome::Value(Value {
                kind: Kind::Unknown(unknown),
                ..
            }) => Err(unknown),
            _ => truth,
        }
    }

    fn condition_here(&self, raw: &Value) -> Truth {
        let wrong = || {
            Unknown::invalid(
                "expected one of `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and `Condition` here",
                raw.span,
            )
        };
        let Kind::Object(object) = &raw.kind else {
            return match scalar_text(raw)?.as_ref() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(wrong()),
            };
        };
        let [member] = object.members() else {
            return Err(wrong());
        };
        let argument = member.value.get();
        match &*member.name {
            "Condition" => {
                let name = literal(&argument, "`Condition` takes the name of a condition")?;
                self.named_condition(&name, argument.span)
            }
            "Fn::Equals" => {
                let Some([left, right]) = arguments(&argument) else {
                    let reason = "`Fn::Equals` takes two values";
                    return Err(Unknown::invalid(reason, raw.span));
                };
                self.equals(&left, &right)
            }
            "Fn::Not" => {
                let Some([of]) = arguments(&argument) else {
                    let reason = "`Fn::Not` takes a list of one condition";
                    return Err(Unknown::invalid(reason, raw.span));
                };
                Ok(!self.condition(&of)?)
            }
            "Fn::And" => self.any(&argument, false).map(|any| !any),
            "Fn::Or" => self.any(&argument, true),
            "Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn" => {
                let Some([list, other]) = arguments(&argument) else {
                    let reason = format!("`{}` takes a list and another argument", member.name);
                    return Err(Unknown::invalid(reason, raw.span));
                };
                match &*member.name {
                    "Fn::Contains" => self.any_equals(&list, &other, true),
                    "Fn::EachMemberEquals" => self.any_equals(&list, &other, false).map(|any| !any),
                    _ => self.each_in(&list, &other),
                }
            }
            "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll" => Err(Unknown::new(
                UnknownKind::AfterApply,
                format!("`{}` is looked up when the stack is deployed", member.name),
                raw.span,
            )),
            _ => Err(wrong()),
        }
    }

    /// Whether one of several conditions is `wanted`. The first that is decides, also past one
    /// that is not known.
    fn any(&self, argument: &Value, wanted: bool) -> Truth {
        let Some(list) = argument.as_list() else {
            let reason = "expected a list of conditions here";
            return Err(Unknown::invalid(reason, argument.span));
        };
        let mut unknown = None;
        for item in list.iter() {
            match self.condition(&item) {
                Ok(truth) if truth == wanted => return Ok(true),
                Ok(_) => {}
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// The elements of a list, evaluated only as far as they must be.
    fn elements(&self, list: &Value) -> Result<Vec<Value>, Unknown> {
        if let Kind::List(list) = &list.kind {
            return Ok(list.iter().collect());
        }
        let list = self.eval(list, &Trail::default());
        match list.kind {
            Kind::List(List {
                items, rest: None, ..
            }) => Ok(items.iter().map(Slot::get).collect()),
            Kind::List(List {
                rest: Some(unknown),
                ..
            })
            | Kind::Unknown(unknown) => Err(unknown),
            _ => Err(Unknown::invalid("expected a list here", list.span)),
        }
    }

    /// Whether one of the elements of a list equals a value, or one does not.
    fn any_equals(&self, list: &Value, other: &Value, wanted: bool) -> Truth {
        let mut unknown = None;
        for item in self.elements(list)? {
            match self.equals(&item, other) {
                Ok(truth) if truth == wanted => return Ok(true),
                Ok(_) => {}
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    fn each_in(&self, list: &Value, all: &Value) -> Truth {
        for item in self.elements(list)? {
            if !self.any_equals(all, &item, true)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equals(&self, left: &Value, right: &Value) -> Truth {
        let eval = Eval {
            pinning: true,
            ..self.clone()
        };
        let joined = self.joined_is(left, right);
        if let Some(truth) = joined.or_else(|| self.joined_is(right, left)) {
            return truth;
        }
        match (eval.operand(left), eval.operand(right)) {
            (Operand::Value(left), Operand::Value(right)) => same(&left, &right),
            (open @ Operand::Open { .. }, Operand::Value(value))
            | (Operand::Value(value), open @ Operand::Open { .. }) => {
                let text = scalar_text(&value).map_err(undecided)?;
                eval.is(&open, &text)
            }
            (left @ Operand::Open { .. }, right @ Operand::Open { .. }) => {
                eval.same_open(&left, &right)
            }
        }
    }

    /// Asks whether an operand is a text.
    fn is(&self, operand: &Operand, text: &str) -> Truth {
        let Operand::Open {
            parameter,
            before,
            after,
            at,
        } = operand
        else {
            unreachable!("the callers have an open operand");
        };
        let middle = text
            .strip_prefix(before.as_str())
            .and_then(|rest| rest.strip_suffix(after.as_str()));
        match middle {
            Some(middle) => self.parameter_is(parameter, middle, *at),
            None => Ok(false),
        }
    }

    fn parameter_is(&self, parameter: &Parameter, text: &str, at: Span) -> Truth {
        if !parameter.can_be(text) {
            return Ok(false);
        }
        let answer = parameter.answer(text);
        let question = Question::Equals(parameter.symbol.clone(), answer.clone());
        self.world().decide(&question).ok_or_else(|| {
            let name = &parameter.name;
            let reason = format!("it depends on whether parameter `{name}` is {answer}");
            Unknown::new(UnknownKind::Undecided, reason, at)
        })
    }

    fn same_open(&self, left: &Operand, right: &Operand) -> Truth {
        let (
            Operand::Open {
                parameter: a,
                before: a_before,
                after: a_after,
                at,
            },
            Operand::Open {
                parameter: b,
                before: b_before,
                after: b_after,
                ..
            },
        ) = (left, right)
        else {
            unreachable!("the caller has two open operands");
        };
        if a.symbol == b.symbol && a_before == b_before && a_after == b_after {
            return Ok(true);
        }
        // One that has few values is tried value by value, and asked of the other.
        for (one, other) in [(a, right), (b, left)] {
            let tried = one
                .symbol
                .domain()
                .filter(|domain| domain.len() <= SMALL_DOMAIN);
            if tried.is_some() {
                let value = self.parameter(one, *at);
                let text = scalar_text(&value)?;
                let (before, after) = match Rc::ptr_eq(one, a) {
                    true => (a_before, a_after),
                    false => (b_before, b_after),
                };
                return self.is(other, &format!("{before}{text}{after}"));
            }
        }
        let read = |parameter: &Parameter, before: &str, after: &str| {
            let value = self.parameter(parameter, *at);
            scalar_text(&value).map(|text| format!("{before}{text}{after}"))
        };
        Ok(read(a, a_before, a_after)? == read(b, b_before, b_after)?)
    }

    /// A side of a comparison, with the parameter in it told apart where there is just one.
    fn operand(&self, raw: &Value) -> Operand {
        let open = |parameter: Rc<Parameter>, before: &str, after: &str, at: Span| Operand::Open {
            parameter,
            before: before.to_owned(),
            after: after.to_owned(),
            at,
        };
        let eval = || Operand::Value(self.eval(raw, &Trail::default()));
        let Some((function, argument)) = as_function(raw) else {
            return eval();
        };
        match function {
            "Ref" => {
                let parameter = argument
                    .as_str()
                    .and_then(|name| self.stack.parameter(&name));
                let Some(parameter) = parameter.filter(|p| p.kind != ParameterKind::List) else {
                    return eval();
                };
                match self.stack.inputs.get(&parameter.name) {
                    Some(Input::Passed(eval, raw)) => {
                        let eval = Eval {
                            pinning: true,
                            ..eval.clone()
                        };
                        match eval.operand(raw) {
                            // `AWS::NoValue`, and the default counts.
                            Operand::Value(value) if value.is_null() => {
                                Operand::Value(self.default(&parameter, raw.span))
                            }
                            operand => operand,
                        }
                    }
                    None if self.stack.is_open(&parameter) => open(parameter, "", "", raw.span),
                    _ => eval(),
                }
            }
            "Fn::If" => {
                let Some([condition, yes, no]) = arguments(&argument) else {
                    return eval();
                };
                let truth = condition
                    .as_str()
                    .map(|name| self.named_condition(&name, condition.span));
                match truth {
                    Some(Ok(true)) => self.operand(&yes),
                    Some(Ok(false)) => self.operand(&no),
                    _ => eval(),
                }
            }
            "Fn::Sub" => {
                let Some(template) = argument.as_str() else {
                    return eval();
                };
                // Text, one parameter, text.
                let parts = parse_sub(&template);
                if let [SubPart::Name(name, _)] = &parts[..] {
                    let name = Value::string(name.as_str(), argument.span);
                    return self.operand(&function_value("Ref", &name, raw.span));
                }
                let mut before = String::new();
                let mut after = String::new();
                let mut found = None;
                for part in &parts {
                    match part {
                        SubPart::Text(range) if found.is_none() => {
                            before += &template[range.clone()]
                        }
                        SubPart::Text(range) => after += &template[range.clone()],
                        SubPart::Name(name, _) => {
                            let parameter = self.stack.parameter(name);
                            let parameter = parameter.filter(|parameter| {
                                parameter.kind != ParameterKind::List
                                    && self.stack.is_open(parameter)
                            });
                            if found.is_some() || parameter.is_none() {
                                return eval();
                            }
                            found = parameter;
                        }
                    }
                }
                match found {
                    Some(parameter) => open(parameter, &before, &after, raw.span),
                    None => eval(),
                }
            }
            // A list that is joined as it was given is its own text.
            "Fn::Join" => match self.joined_parameter(raw) {
                Some((parameter, delimiter)) if delimiter == "," => {
                    open(parameter, "", "", raw.span)
                }
                _ => eval(),
            },
            _ => eval(),
        }
    }

    /// The open parameter whose elements a value joins, and the delimiter.
    fn joined_parameter(&self, raw: &Value) -> Option<(Rc<Parameter>, String)> {
        let ("Fn::Join", argument) = as_function(raw)? else {
            return None;
        };
        let [delimiter, list] = arguments(&argument)?;
        let ("Ref", name) = as_function(&list)? else {
            return None;
        };
        let parameter = self.stack.parameter(&name.as_str()?)?;
        let is_list = parameter.kind == ParameterKind::List && self.stack.is_open(&parameter);
        let delimiter = delimiter.as_str()?.into_owned();
        is_list.then_some((parameter, delimiter))
    }

    /// Whether the elements of a list parameter, joined by something else than commas, are a
    /// text. Nothing where that is no question about the parameter's own text.
    fn joined_is(&self, joined: &Value, text: &Value) -> Option<Truth> {
        let (parameter, delimiter) = self.joined_parameter(joined)?;
        let text = text.as_str()?;
        let own = match (&*delimiter, &*text) {
            (",", _) => return None,
            (_, "") => String::new(),
            ("", _) => return None,
            // No element has a comma.
            (_, text) if text.contains(',') => return Some(Ok(false)),
            (delimiter, text) => text.replace(delimiter, ","),
        };
        Some(self.parameter_is(&parameter, &own, joined.span))
    }

    fn sub(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let (template, variables) = match arguments(argument) {
            Some([template, variables]) => (template, Some(variables)),
            None => (argument.clone(), None),
        };
        let wrong = || {
            Unknown::invalid(
                "`Fn::Sub` takes a string, or a list of a string and a map",
                at,
            )
        };
        let literal = match &template.kind {
            Kind::Text(text) => text.as_literal().ok_or_else(wrong)?.clone(),
            // `!Sub 1000` is a string too.
            _ => Literal::computed(
                &*scalar_text(&template).map_err(|_| wrong())?,
                template.span,
            ),
        };
        let variables = match &variables {
            Some(variables) => Some(variables.as_object().ok_or_else(wrong)?),
            None => None,
        };
        let mut parts = parse_sub(literal.as_str());
        let value = |name: &str, range: &std::ops::Range<usize>| {
            let here = literal.inner_span(range.clone());
            let passed = variables.and_then(|variables| variables.member(name));
            let value = match passed {
                Some(member) => self.eval(&member.value.get(), &Trail::default()),
                None if name == "AWS::NoValue" => {
                    Value::unknown(Unknown::unsupported("`AWS::NoValue` has no text", here))
                }
                None if name.contains('.') => {
                    self.attribute_of(name, here).unwrap_or_else(Value::unknown)
                }
                None => self.named(name, here),
            };
            value.step(format!("`${{{name}}}`"), here)
        };
        if let [SubPart::Name(name, range)] = &mut parts[..] {
            // It is that value, and stands where that one does.
            let value = value(name, range);
            return match value.kind {
                Kind::Text(_) => Ok(value),
                Kind::Number(_) | Kind::Bool(_) => Ok(Value {
                    kind: Kind::Text(to_text(&value)),
                    ..value
                }),
                Kind::Unknown(_) => Ok(value),
                _ => Err(not_text(&value)),
            };
        }
        let mut pieces = Vec::new();
        let mut sensitive = false;
        for part in &parts {
            match part {
                SubPart::Text(range) => pieces.push(Piece::literal(literal.slice(range.clone()))),
                SubPart::Name(name, range) => {
                    let value = value(name, range);
                    sensitive |= value.sensitive;
                    pieces.extend(to_text(&value).pieces().iter().cloned());
                }
            }
        }
        let text = match pieces.is_empty() {
            true => Text::from(literal),
            false => pieces.into_iter().collect(),
        };
        Ok(Value {
            trail: template.trail.clone(),
            ..Value::text(text, template.span)
        }
        .mark(sensitive))
    }

    fn join(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Join` takes a delimiter and a list", at);
        let [delimiter, list] = arguments(argument).ok_or_else(wrong)?;
        let list = self.eval(&list, &Trail::default());
        let items = match &list.kind {
            Kind::List(items) => items,
            Kind::Unknown(unknown) => return Err(derived(unknown)),
            _ => return Err(wrong()),
        };
        let delimiter = self.eval(&delimiter, &Trail::default());
        let delimiter = to_text(&delimiter);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut sensitive = list.sensitive;
        let mut last = None;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                pieces.extend(delimiter.pieces().iter().cloned());
            }
            sensitive |= item.sensitive;
            pieces.extend(to_text(&item).pieces().iter().cloned());
            last = Some(item);
        }
        if let Some(rest) = &items.rest {
            pieces.extend(Text::hole(derived(rest)).pieces().iter().cloned());
        }
        if let (1, Some(item), None) = (items.items.len(), last, &items.rest)
            && item.as_text().is_some()
        {
            return Ok(item.step("`Fn::Join`", at));
        }
        // No characters stand where the function does.
        if pieces.is_empty() {
            pieces.push(Piece::literal(Literal::computed("", at)));
        }
        Ok(Value::text(pieces.into_iter().collect(), at).mark(sensitive))
    }

    fn select(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Select` takes an index and a list", at);
        let [index, list] = arguments(argument).ok_or_else(wrong)?;
        let list = self.eval(&list, &Trail::default());
        let items = match &list.kind {
            Kind::List(items) => items,
            Kind::Unknown(unknown) => {
                let index = scalar_text(&index).map(|index| index.into_owned());
                return Err(match index {
                    Ok(index) => unknown.element(&index, at),
                    Err(_) => derived(unknown),
                });
            }
            _ => return Err(wrong()),
        };
        if let Some(rest) = &items.rest {
            return Err(derived(rest));
        }
        let keys: Vec<String> = (0..items.items.len().min(SMALL_DOMAIN))
            .map(|index| index.to_string())
            .collect();
        let index: usize = match self.key(&index, keys.iter().map(String::as_str))? {
            Key::Text(text) => text.trim().parse().map_err(|_| wrong())?,
            Key::None(unknown) => return self.refused_or_default(None, unknown),
        };
        let item: &Slot = items.items.get(index).ok_or_else(|| {
            let count = items.items.len();
            Unknown::invalid(
                format!("there is no element {index} in a list of {count}"),
                at,
            )
        })?;
        Ok(item.get().mark(list.sensitive).step("`Fn::Select`", at))
    }

    fn split(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Split` takes a delimiter and a string", at);
        let [delimiter, text] = arguments(argument).ok_or_else(wrong)?;
        let delimiter = self.eval(&delimiter, &Trail::default());
        let delimiter = scalar_text(&delimiter)?;
        if delimiter.is_empty() {
            return Err(wrong());
        }
        let value = self.eval(&text, &Trail::default());
        let text = match &value.kind {
            Kind::Unknown(unknown) => return Err(derived(unknown)),
            _ => to_text(&value),
        };
        let rendered = text.render().map_err(|hole| derived(&hole))?;
        let mut start = 0;
        let items = rendered.text.split(&*delimiter).map(|part| {
            let range = start..start + part.len();
            start = range.end + delimiter.len();
            let pieces = rendered.slice(range.clone());
            let span = match &pieces[..] {
                [piece] => piece.span(),
                _ => value.span,
            };
            let text: Text = match pieces.is_empty() {
                true => Text::computed("", value.span),
                false => pieces.into_iter().map(Piece::literal).collect(),
            };
            Slot::from(Value {
                trail: value.trail.clone(),
                sensitive: value.sensitive,
                ..Value::text(text, span)
            })
        });
        let items = items.collect();
        Ok(Value::new(Kind::List(List::new(items)), at).mark(value.sensitive))
    }

    fn find_in_map(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::FindInMap` takes a map's name and two keys", at);
        let list = argument.as_list().ok_or_else(wrong)?;
        let parts: Vec<Value> = list.iter().collect();
        let (name, first, second, default) = match &parts[..] {
            [name, first, second] => (name, first, second, None),
            [name, first, second, options] => {
                let default = options.as_object().and_then(|o| o.member("DefaultValue"));
                (
                    name,
                    first,
                    second,
                    default.map(|member| member.value.get()),
                )
            }
            _ => return Err(wrong()),
        };
        let maps = self.stack.template.entries("Mappings").iter();
        let name = match self.key(name, maps.map(|member| &*member.name))? {
            Key::Text(name) => name,
            Key::None(unknown) => return self.refused_or_default(default, unknown),
        };
        let Some((map, _)) = self.stack.template.entry("Mappings", &name) else {
            return self.or_default(default, undefined("mapping", &name, at));
        };
        let mut value = map;
        for key in [first, second] {
            let Kind::Object(object) = &value.kind else {
                return self.or_default(default, wrong());
            };
            let keys = object.members().iter().map(|member| &*member.name);
            let text = match self.key(key, keys)? {
                Key::Text(text) => text,
                Key::None(unknown) => return self.refused_or_default(default, unknown),
            };
            value = match object.member(&text) {
                Some(member) => member.value.get(),
                None => {
                    let reason = format!("mapping `{name}` has no key `{text}` here");
                    return self.or_default(default, Unknown::invalid(reason, key.span));
                }
            };
        }
        let step = format!("mapping `{name}`");
        Ok(self.eval(&value, &Trail::default()).step(step, at))
    }

    /// A look-up by a parameter that is none of the keys: the stack is not deployed so.
    fn refused_or_default(
        &self,
        default: Option<Value>,
        unknown: Unknown,
    ) -> Result<Value, Unknown> {
        if default.is_none() {
            self.world().refuse();
        }
        self.or_default(default, unknown)
    }

    fn or_default(&self, default: Option<Value>, unknown: Unknown) -> Result<Value, Unknown> {
        match default {
            Some(default) => Ok(self.eval(&default, &Trail::default())),
            None => Err(unknown),
        }
    }

    /// Which of several keys a value is. A parameter is asked about each; where it is none of
    /// them the stack cannot be deployed, unless the caller has a way out.
    fn key<'k>(&self, raw: &Value, keys: impl Iterator<Item = &'k str>) -> Result<Key, Unknown> {
        match self.operand(raw) {
            Operand::Value(value) => Ok(Key::Text(scalar_text(&value)?.into_owned())),
            open @ Operand::Open { .. } => {
                for key in keys {
                    if self.is(&open, key)? {
                        return Ok(Key::Text(key.to_owned()));
                    }
                }
                let Operand::Open { parameter, at, .. } = &open else {
                    unreachable!("it was matched as open");
                };
                let name = &parameter.name;
                let reason = format!("parameter `{name}` is none of the keys here");
                Ok(Key::None(Unknown::invalid(reason, *at)))
            }
        }
    }

    fn attribute(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::GetAtt` takes a resource and an attribute", at);
        let path = match &argument.kind {
            Kind::Text(_) => argument.as_str().map(|path| path.into_owned()),
            Kind::List(list) => {
                let parts = list.iter().map(|part| {
                    let part = self.eval(&part, &Trail::default());
                    scalar_text(&part).ok().map(|text| text.into_owned())
                });
                let parts: Option<Vec<String>> = parts.collect();
                parts.map(|parts| parts.join("."))
            }
            _ => None,
        };
        match path {
            Some(path) => self.attribute_of(&path, at),
            None => Err(wrong()),
        }
    }

    /// `Resource.Attribute`
    fn attribute_of(&self, path: &str, at: Span) -> Result<Value, Unknown> {
        let (id, attribute) = path.split_once('.').unwrap_or((path, ""));
        if self.stack.template.resource(id).is_none() {
            return Err(undefined("resource", id, at));
        }
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(nested) = self.nested_stack(id)
        {
            return nested.output(output, id, at);
        }
        Err(Unknown::new(
            UnknownKind::AfterApply,
            format!("attribute `{path}` is known only after the deployment"),
            at,
        ))
    }

    /// What this stack, nested as `id`, gives to the one around.
    fn output(&self, name: &str, id: &str, at: Span) -> Result<Value, Unknown> {
        let missing = || {
            let reason = format!("nested stack `{id}` has no output `{name}`");
            Unknown::invalid(reason, at)
        };
        let output = self.stack.template.entry("Outputs", name);
        let (body, _) = output.ok_or_else(missing)?;
        let value = body.as_object().and_then(|body| body.member("Value"));
        let value = value.ok_or_else(missing)?.value.get();
        let step = format!("output `{name}` of nested stack `{id}`");
        let via = Trail::default().then(step, at);
        // One that goes back and forth between stacks comes to an end, too.
        match self.nested(at, |eval| eval.outcome(&value, &via)) {
            Outcome::Value(value) | Outcome::NoValue(value) => Ok(value),
        }
    }

    fn base64(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let value = self.eval(argument, &Trail::default());
        let text = scalar_text(&value).map_err(|unknown| derived(&unknown))?;
        Ok(Value::string(encode_base64(text.as_bytes()), at).mark(value.sensitive))
    }

    fn length(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let value = self.eval(argument, &Trail::default());
        match &value.kind {
            Kind::List(List {
                rest: None, items, ..
            }) => {
                let length = items.len() as i64;
                Ok(Value::new(Kind::Number(length.into()), at))
            }
            Kind::List(List {
                rest: Some(unknown),
                ..
            })
            | Kind::Unknown(unknown) => Err(derived(unknown)),
            _ => Err(Unknown::invalid("`Fn::Length` takes a list", at)),
        }
    }

    fn to_json_string(&self, argument: &Value, at: Span) -> Value {
        let value = self.eval(argument, &Trail::default());
        let sensitive = value.sensitive;
        Value::text(Text::encoded(value), at).mark(sensitive)
    }
}

enum Key {
    Text(String),
    /// It is none, and why that is.
    None(Unknown),
}

/// A part of the template that is evaluated when it is read.
struct Thunk {
    eval: Eval,
    raw: Value,
    via: Trail,
    memo: Memo<Value>,
}

impl Deferred for Thunk {
    fn get(&self) -> Value {
        let compute = || self.eval.eval(&self.raw, &self.via);
        self.memo
            .get(self.eval.world(), compute)
            .unwrap_or_else(|_| {
                let reason = "this value refers to itself";
                Value::unknown(Unknown::invalid(reason, self.raw.span))
            })
    }

    fn span(&self) -> Span {
        self.raw.span
    }
}

/// A value after the steps of `via`.
fn follow(mut value: Value, via: &Trail) -> Value {
    value.trail = follow_trail(&value.trail, via);
    value
}

/// The steps of one trail, then those of another.
fn follow_trail(trail: &Trail, via: &Trail) -> Trail {
    if via.is_empty() {
        return trail.clone();
    }
    if trail.is_empty() {
        return via.clone();
    }
    let mut all = trail.clone();
    for step in via.steps() {
        all = all.then(step.text.clone(), step.span);
    }
    all
}

/// The arguments of a function that takes a list of `N`.
fn arguments<const N: usize>(argument: &Value) -> Option<[Value; N]> {
    let list = argument.as_list()?;
    let values: Vec<Value> = list.iter().collect();
    values.try_into().ok()
}

/// The text of an argument that must be written out.
fn literal(argument: &Value, wrong: &'static str) -> Result<String, Unknown> {
    match &argument.kind {
        Kind::List(_) | Kind::Object(_) | Kind::Null => Err(Unknown::invalid(wrong, argument.span)),
        _ => scalar_text(argument).map(|text| text.into_owned()),
    }
}

fn is_no_value(name: &Value) -> bool {
    name.as_str().as_deref() == Some("AWS::NoValue")
}

fn unsupported(name: &str, at: Span) -> Unknown {
    Unknown::unsupported(format!("function `{name}` is not supported yet"), at)
}

fn not_text(value: &Value) -> Unknown {
    let reason = format!("expected a string here, this is {}", value.describe());
    Unknown::invalid(reason, value.span)
}

/// What depends on a condition that is not decided.
fn undecided(unknown: Unknown) -> Unknown {
    match unknown.kind() {
        UnknownKind::UnsetInput => Unknown::new(
            UnknownKind::Undecided,
            unknown.reason().to_owned(),
            unknown.span(),
        ),
        _ => unknown,
    }
}

/// What is computed from something unknown: it is not the symbol any more.
fn derived(unknown: &Unknown) -> Unknown {
    unknown.clone().with_symbol(None)
}

fn function_value(name: &str, argument: &Value, at: Span) -> Value {
    let member = Member {
        name: name.into(),
        name_span: at,
        value: argument.clone().into(),
    };
    Value::new(Kind::Object(Object::new(vec![member])), at)
}

fn answer_text(answer: &crate::worlds::Answerable) -> Arc<str> {
    use crate::worlds::Answerable;
    match answer {
        Answerable::Text(text) | Answerable::Number(text) => text.clone(),
        Answerable::Bool(true) => "true".into(),
        Answerable::Bool(false) => "false".into(),
    }
}

/// A value as a part of a string. What is no scalar is a hole that says so.
fn to_text(value: &Value) -> Text {
    let text = match &value.kind {
        Kind::Text(text) => text.clone(),
        Kind::Number(_) | Kind::Bool(_) => match scalar_text(value) {
            Ok(text) => Text::computed(&*text, value.span),
            Err(unknown) => Text::hole(unknown),
        },
        Kind::Unknown(unknown) => Text::hole(unknown.clone()),
        _ => Text::hole(not_text(value)),
    };
    if value.trail.is_empty() && !value.sensitive {
        return text;
    }
    let pieces = text.pieces().iter().map(|piece| Piece {
        trail: follow_trail(&piece.trail, &value.trail),
        sensitive: piece.sensitive || value.sensitive,
        ..piece.clone()
    });
    pieces.collect()
}

/// The elements of a text between commas, as a parameter of a list type has them: one more than
/// there are commas, each without blanks around it.
fn comma_separated(value: Value) -> Value {
    let Kind::Text(text) = &value.kind else {
        return match &value.kind {
            Kind::Number(_) | Kind::Bool(_) => {
                let list = List::new(vec![Slot::from(value.clone())]);
                Value {
                    kind: Kind::List(list),
                    ..value
                }
            }
            _ => value,
        };
    };
    let Ok(rendered) = text.render() else {
        let hole = text.first_hole().expect("only a hole cannot be rendered");
        return Value::unknown(derived(hole));
    };
    let mut items: Vec<Slot> = Vec::new();
    let mut start = 0;
    for part in rendered.text.split(',') {
        let from = start + (part.len() - part.trim_start().len());
        let to = from + part.trim().len();
        start += part.len() + 1;
        let pieces = rendered.slice(from..to);
        let span = pieces.first().map_or(value.span, Literal::span);
        let text: Text = match pieces.is_empty() {
            true => Text::computed("", value.span),
            false => pieces.into_iter().map(Piece::literal).collect(),
        };
        items.push(Slot::from(Value {
            trail: value.trail.clone(),
            sensitive: value.sensitive,
            ..Value::text(text, span)
        }));
    }
    Value {
        kind: Kind::List(List::new(items)),
        ..value.clone()
    }
}

/// Whether two values are equal as CloudFormation compares them: as strings.
fn same(left: &Value, right: &Value) -> Truth {
    match (&left.kind, &right.kind) {
        (Kind::Unknown(unknown), _) | (_, Kind::Unknown(unknown)) => {
            Err(undecided(unknown.clone()))
        }
        (Kind::List(_) | Kind::Object(_), Kind::List(_) | Kind::Object(_)) => {
            let text = |value: &Value| {
                let rendered = crate::json::render(value);
                rendered.render().map(|rendered| rendered.text.into_owned())
            };
            Ok(text(left)? == text(right)?)
        }
        (Kind::Text(text), _) if text.has_holes() => may_be_same(text, &scalar_text(right)?),
        (_, Kind::Text(text)) if text.has_holes() => may_be_same(text, &scalar_text(left)?),
        _ => Ok(scalar_text(left)? == scalar_text(right)?),
    }
}

/// Whether a text with holes is another: no, if what is known of its beginning speaks against it.
fn may_be_same(text: &Text, other: &str) -> Truth {
    if !other.starts_with(&text.known_prefix()) {
        return Ok(false);
    }
    let hole = text.first_hole().expect("the caller looked");
    Err(undecided(derived(hole)))
}

/// A part of the template that `Fn::Sub` takes.
enum SubPart {
    /// Text as it stands.
    Text(std::ops::Range<usize>),
    /// `${Name}`, with the range of all of it.
    Name(String, std::ops::Range<usize>),
}

/// `${Name}` is a name, `${!Name}` the text `${Name}`, a lone `$` itself.
fn parse_sub(text: &str) -> Vec<SubPart> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        let Some(length) = text[start..].find('}') else {
            break;
        };
        let end = start + length + 1;
        if text[start + 2..].starts_with('!') {
            // The exclamation mark goes.
            parts.push(SubPart::Text(from..start + 2));
            from = start + 3;
            at = end;
            continue;
        }
        if from < start {
            parts.push(SubPart::Text(from..start));
        }
        let name = text[start + 2..end - 1].trim().to_owned();
        parts.push(SubPart::Name(name, start..end));
        from = end;
        at = end;
    }
    if from < text.len() {
        parts.push(SubPart::Text(from..text.len()));
    }
    parts
}

/// The names that a template for `Fn::Sub` mentions.
pub fn parse_sub_names(text: &str) -> Vec<String> {
    let parts = parse_sub(text).into_iter();
    let names = parts.filter_map(|part| match part {
        SubPart::Name(name, _) => Some(name),
        SubPart::Text(_) => None,
    });
    names.collect()
}

fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                out.push('=');
            } else {
                let index = word >> (18 - 6 * digit) & 63;
                out.push(char::from(DIGITS[index as usize]));
            }
        }
    }
    out
}

/// Whether a rope has a reference that is resolved when the stack is deployed, and the rope with a
/// hole in its place.
pub fn resolve_dynamic_references(text: &Text) -> Option<Text> {
    const OPEN: &str = "{{resolve:";
    let has = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(literal) => literal.as_str().contains(OPEN),
        _ => false,
    };
    if !text.pieces().iter().any(has) {
        return None;
    }
    let mut out = Vec::new();
    // The start of the reference whose end is looked for.
    let mut open: Option<Unknown> = None;
    for piece in text.pieces() {
        let PieceKind::Literal(literal) = &piece.kind else {
            if open.is_none() {
                out.push(piece.clone());
            }
            continue;
        };
        let characters = literal.as_str();
        let mut at = 0;
        while at < characters.len() {
            match open.take() {
                None => {
                    let start = characters[at..].find(OPEN).map(|found| at + found);
                    let until = start.unwrap_or(characters.len());
                    if at < until {
                        out.push(Piece {
                            kind: PieceKind::Literal(literal.slice(at..until)),
                            ..piece.clone()
                        });
                    }
                    if let Some(start) = start {
                        let end = characters[start..].find("}}");
                        let end = end.map_or(characters.len(), |length| start + length + 2);
                        let reason = format!(
                            "dynamic reference `{}` is resolved when the stack is deployed",
                            &characters[start..end]
                        );
                        open = Some(Unknown::new(
                            UnknownKind::AfterApply,
                            reason,
                            literal.inner_span(start..end),
                        ));
                    }
                    at = until;
                }
                Some(unknown) => match characters[at..].find("}}") {
                    Some(length) => {
                        at += length + 2;
                        out.extend(Text::hole(unknown).pieces().iter().cloned());
                    }
                    None => {
                        open = Some(unknown);
                        break;
                    }
                },
            }
        }
    }
    if let Some(unknown) = open {
        out.extend(Text::hole(unknown).pieces().iter().cloned());
    }
    Some(out.into_iter().collect())
}
