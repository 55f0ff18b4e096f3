//! Intrinsic functions to values, one world at a time.

use super::conditions::{Key, undecided};
use super::includes;
use super::loops::is_loop;
use super::nested::{self, Worlds};
use super::parameters::{Parameter, ParameterKind, scalar_text, written_otherwise};
use super::resources::Declared;
use super::stack::{Input, Stack};
use super::template::{as_function, is_function, undefined};
use super::text::comma_separated;
use crate::source::Span;
use crate::value::{
    Deferred, Kind, List, Marks, Member, Object, Slot, Trail, Unknown, UnknownKind, Value,
};
use crate::worlds::{FEW_VALUES, Memo, Question, Reading, Symbol, World};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// Functions and conditions that may stand in one another.
const MAX_DEPTH: usize = 2000;

/// Evaluates in one stack.
#[derive(Clone)]
pub struct Eval {
    pub(super) stack: Rc<Stack>,
    /// What a condition compares is tried value by value where a parameter has few; elsewhere it
    /// is known only where it is asked whether the parameter is its default.
    pub(super) pinning: bool,
}

/// Parameters in one text that are asked for.
const MAX_PINNED: usize = 16;

/// What a function gives where a value is wanted.
pub(super) enum Outcome {
    Value(Value),
    /// `AWS::NoValue`, and the null that stands for it where it cannot be left out.
    NoValue(Value),
}

/// An element of a list that is evaluated.
pub(super) enum Item {
    /// As it is written.
    Raw(Value),
    /// What a function has chosen.
    Value(Value),
}

/// What a look-up in a mapping comes to.
pub(super) enum Found {
    Value(Value),
    /// As it is written.
    Default(Value),
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

    /// The stack that a resource of this one nests in the present world, if it is one and on disk.
    fn nested_stack(&self, id: &str) -> Option<Eval> {
        let resource = self.stack.template.resource(id)?;
        let body = nested::body_of_nested(self, resource)?;
        let declared = Declared {
            resource: resource.clone(),
            turns: Vec::new(),
        };
        let mut opened = nested::open(self, &declared, &body, Worlds::Present);
        opened.pop()?.ok()
    }

    pub(super) fn world(&self) -> &World {
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
            _ => Slot::Ready(self.scalar(raw, via)),
        }
    }

    pub(super) fn outcome(&self, raw: &Value, via: &Trail) -> Outcome {
        let value = match &raw.kind {
            Kind::List(list) => self.list(list, raw, via),
            Kind::Object(object) => match as_function(raw) {
                Some((name, argument)) if !is_loop(name) => {
                    let via = &raw.trail.followed_by(via);
                    return self.nested(raw.span, |eval| {
                        eval.function(name, &argument, raw.span, via)
                    });
                }
                _ => self.object(object, raw, via),
            },
            _ => self.scalar(raw.clone(), via),
        };
        Outcome::Value(value)
    }

    pub(super) fn scalar(&self, raw: Value, via: &Trail) -> Value {
        let file = |id| self.stack.sources.file(id);
        match written_otherwise(&raw, file) {
            Some(unknown) => follow(Value::unknown(unknown), via),
            None => follow(raw, via),
        }
    }

    /// Runs one level deeper, if that is not too deep.
    pub(super) fn nested(&self, at: Span, run: impl FnOnce(&Eval) -> Outcome) -> Outcome {
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

    fn list(&self, list: &List, raw: &Value, via: &Trail) -> Value {
        self.list_of(list, raw, via, |item, via| match item {
            Item::Value(value) => value.into(),
            Item::Raw(raw) => self.defer(raw, via),
        })
    }

    /// A list, of whose elements `slot` makes its own. `AWS::NoValue` takes its element out of the
    /// list, so elements that may be it are evaluated.
    pub(super) fn list_of(
        &self,
        list: &List,
        raw: &Value,
        via: &Trail,
        slot: impl Fn(Item, &Trail) -> Slot,
    ) -> Value {
        let via = raw.trail.followed_by(via);
        let mut items = Vec::with_capacity(list.items.len());
        for item in list.items.iter() {
            let item = item.get();
            let item = match as_function(&item) {
                Some(("Fn::If", _)) => match self.outcome(&item, &via) {
                    Outcome::Value(value) => Item::Value(value),
                    Outcome::NoValue(_) => continue,
                },
                Some(("Ref", name)) if is_no_value(&name) => continue,
                _ => Item::Raw(item),
            };
            items.push(slot(item, &via));
        }
        let list = List {
            items: Rc::new(items),
            ..list.clone()
        };
        Value {
            kind: Kind::List(list),
            span: raw.span,
            trail: via,
            marks: raw.marks,
        }
    }

    fn object(&self, object: &Object, raw: &Value, via: &Trail) -> Value {
        self.object_of(object, raw, via, |member, via| {
            Some(Member {
                value: self.defer(member.value.get(), via),
                ..member.clone()
            })
        })
    }

    /// An object that is no function, with those members that `member` makes of its own.
    pub(super) fn object_of(
        &self,
        object: &Object,
        raw: &Value,
        via: &Trail,
        make: impl Fn(&Member, &Trail) -> Option<Member>,
    ) -> Value {
        let via = raw.trail.followed_by(via);
        let is_special = |member: &Member| member.name.starts_with("Fn::");
        let mut rest = object.rest.clone();
        let unrolled = match object.members().iter().any(is_special) {
            true => match self.expanded(object.members()) {
                Ok((members, more)) => {
                    rest = rest.or(more);
                    members
                }
                Err(unknown) => return follow(Value::unknown(unknown), &via),
            },
            false => Vec::new(),
        };
        let own = match unrolled.is_empty() {
            true => object.members(),
            false => &unrolled,
        };
        let mut members = Vec::with_capacity(own.len());
        for member in own {
            if is_special(member) {
                if !is_loop(&member.name) && &*member.name != "Fn::Transform" {
                    let reason = format!(
                        "`{}` stands beside other names, and takes an object of its own",
                        member.name
                    );
                    rest = Some(Unknown::invalid(reason, member.name_span));
                }
                continue;
            }
            members.extend(make(member, &via));
        }
        let mut object = Object::new(members);
        object.rest = rest;
        Value {
            kind: Kind::Object(object),
            span: raw.span,
            trail: via,
            marks: raw.marks,
        }
    }

    /// Members with those that loops make and files include, and why there may be more.
    ///
    /// # Errors
    /// A macro, which may change any of them.
    fn expanded(&self, members: &[Member]) -> Result<(Vec<Member>, Option<Unknown>), Unknown> {
        let (mut members, rest) = self.unrolled(members);
        let transform = members.iter().position(|one| &*one.name == "Fn::Transform");
        if let Some(at) = transform {
            let transform = members.remove(at);
            let argument = transform.value.get();
            let included = includes::include(self, &argument, transform.name_span)?;
            let Some(object) = included.as_object() else {
                let reason = format!("expected an object here, this is {}", included.describe());
                return Err(Unknown::invalid(reason, included.span));
            };
            members.extend(object.members().iter().cloned());
        }
        Ok((members, rest))
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
            "Fn::Transform" => match includes::include(self, argument, at) {
                Ok(included) => return self.outcome(&included, via),
                Err(unknown) => Err(unknown),
            },
            "Fn::GetAZs" => Err(Unknown::new(
                UnknownKind::AfterApply,
                "the availability zones are read from the account when the stack is deployed",
                at,
            )),
            // Rules compare what CloudFormation knows of parameters that name resources.
            "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll" => Err(Unknown::new(
                UnknownKind::AfterApply,
                format!("`{name}` is read from the account when the stack is deployed"),
                at,
            )),
            "Fn::Cidr" => self.cidr(argument, at),
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
        // The language extensions let it be computed.
        let computed = as_function(argument).map(|_| self.eval(argument, &Trail::default()));
        let argument = computed.as_ref().unwrap_or(argument);
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
    pub(super) fn named(&self, name: &str, at: Span) -> Value {
        if let Some(parameter) = self.stack.parameter(name) {
            return self.parameter(&parameter, at);
        }
        Value::unknown(match self.stack.template.resource(name) {
            Some(_) => Unknown::new(
                UnknownKind::AfterApply,
                format!("resource `{name}` is known only after the deployment"),
                at,
            ),
            None if self.stack.template.makes_resources() => Unknown::new(
                UnknownKind::AfterApply,
                format!("`{name}` is known only after the deployment"),
                at,
            ),
            None => {
                let what = "parameter or resource";
                self.stack.template.missing("Parameters", what, name, at)
            }
        })
    }

    pub(super) fn parameter(&self, parameter: &Parameter, at: Span) -> Value {
        let given = self.stack.input(parameter);
        let value = given.and_then(|input| self.given(parameter, input, at));
        let value = value.unwrap_or_else(|| match self.stack.is_open(parameter) {
            true => self.open_parameter(parameter, at),
            false => self.default(parameter, at),
        });
        let value = match parameter.kind {
            ParameterKind::List | ParameterKind::PseudoList => comma_separated(value),
            _ => value,
        };
        value.mark(Marks::SENSITIVE.when(parameter.no_echo))
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

    pub(super) fn default(&self, parameter: &Parameter, at: Span) -> Value {
        match &parameter.default {
            Some(default) => {
                let step = format!("default of parameter `{}`", parameter.name);
                self.scalar(default.clone(), &Trail::default())
                    .step(step, at)
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
                let text: Arc<str> = answer.as_text().into();
                match parameter.allowed_span(&text) {
                    Some(written) => Value::string(text, written)
                        .step(format!("parameter `{}`", parameter.name), at),
                    None => Value::string(text, at),
                }
            }
            Reading::Default(_) if !self.pinning || self.is_default(parameter) => {
                self.default(parameter, at)
            }
            // What is compared may be anything else.
            _ if self.pinning && parameter.default.is_some() => {
                let reason = format!("it depends on parameter `{}`", parameter.name);
                Value::unknown(Unknown::new(UnknownKind::Undecided, reason, at))
            }
            Reading::Default(_) => self.default(parameter, at),
            Reading::Null | Reading::Open => Value::unknown(parameter.unknown(at)),
        }
    }

    /// The value of a part of the template, with parameters asked that have few values.
    pub(super) fn decided(&self, raw: &Value) -> Value {
        let mut asked = Vec::new();
        loop {
            let value = self.eval(raw, &Trail::default());
            let unknown = match &value.kind {
                Kind::Unknown(unknown) => Some(unknown),
                Kind::Text(text) => text.first_hole(),
                _ => None,
            };
            let symbol = unknown.and_then(Unknown::askable).cloned();
            let Some(symbol) = symbol.filter(|symbol| !asked.contains(symbol)) else {
                return value;
            };
            for value in symbol.few_values().unwrap_or_default() {
                let question = Question::Equals(symbol.clone(), value.clone());
                if self.world().decide(&question) != Some(false) {
                    break;
                }
            }
            asked.push(symbol);
        }
    }

    /// Asks for the value of a parameter that has few.
    pub(super) fn pin(&self, parameter: &Parameter) {
        self.pin_symbol(&parameter.symbol);
    }

    /// Asks whether a parameter is its default.
    pub(super) fn is_default(&self, parameter: &Parameter) -> bool {
        let default = parameter.default.as_ref();
        let text = default.and_then(|default| scalar_text(default).ok());
        text.is_some_and(|text| {
            let answer = parameter.answer(&text);
            let question = Question::Equals(parameter.symbol.clone(), answer);
            self.world().decide(&question) == Some(true)
        })
    }

    /// Asks for the value of a symbol that has few. Whether it is known then.
    pub(super) fn pin_symbol(&self, symbol: &Symbol) -> bool {
        for value in symbol.few_values().unwrap_or_default() {
            let question = Question::Equals(symbol.clone(), value.clone());
            match self.world().decide(&question) {
                Some(false) => {}
                decided => return decided == Some(true),
            }
        }
        false
    }

    /// A value of which all characters are wanted: the parameters in it that have few values are
    /// asked for.
    pub(super) fn eval_whole(&self, raw: &Value) -> Value {
        let mut value = self.eval(raw, &Trail::default());
        for _ in 0..MAX_PINNED {
            let hole = match &value.kind {
                Kind::Unknown(unknown) => Some(unknown),
                Kind::Text(text) => text.first_hole(),
                _ => None,
            };
            let is_pinned = hole
                .and_then(Unknown::askable)
                .is_some_and(|symbol| self.pin_symbol(symbol));
            if !is_pinned {
                break;
            }
            value = self.eval(raw, &Trail::default());
        }
        value
    }

    fn choose_branch(&self, argument: &Value, at: Span, via: &Trail) -> Outcome {
        match self.chosen_branch(argument, at, via) {
            Ok((branch, via)) => self.outcome(&branch, &via),
            Err(unknown) => Outcome::Value(follow(Value::unknown(unknown), via)),
        }
    }

    /// What a value that `Fn::If` chooses is in the present world, as it is written.
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) fn chosen(&self, mut raw: Value) -> Result<Value, Unknown> {
        while let Some(("Fn::If", argument)) = as_function(&raw) {
            (raw, _) = self.chosen_branch(&argument, raw.span, &Trail::default())?;
        }
        Ok(raw)
    }

    /// What `Fn::If` chooses in the present world, as it is written, and the way from there; or why
    /// that is not known.
    fn chosen_branch(
        &self,
        argument: &Value,
        at: Span,
        via: &Trail,
    ) -> Result<(Value, Trail), Unknown> {
        let Some([condition, yes, no]) = arguments(argument) else {
            let reason = "`Fn::If` takes a condition and two values";
            return Err(Unknown::invalid(reason, at));
        };
        let name = literal(&condition, "`Fn::If` takes the name of a condition")?;
        let truth = self.deciding_condition(&name, condition.span);
        let (holds, branch) = match truth {
            Ok(true) => (true, yes),
            Ok(false) => (false, no),
            Err(unknown) => return Err(undecided(unknown)),
        };
        let step = format!("chosen when `{name}` is {holds}");
        let via = Trail::default().then(step, condition.span).followed_by(via);
        Ok((branch, via))
    }

    /// The parts of the list that a value comes to in the present world, as they are written, and
    /// the way from there: each element that a function decides, and the others between them.
    /// Nothing where that is one part.
    pub(super) fn list_parts(&self, raw: &Value, via: &Trail) -> Option<(Vec<Value>, Trail)> {
        let (mut list, mut via) = (Cow::Borrowed(raw), Cow::Borrowed(via));
        while let Some(("Fn::If", argument)) = as_function(&list) {
            let before = list.trail.followed_by(&via);
            let (branch, way) = self.chosen_branch(&argument, list.span, &before).ok()?;
            (list, via) = (Cow::Owned(branch), Cow::Owned(way));
        }
        let items = &list.as_list().filter(|list| list.rest.is_none())?.items;
        let is_plain = |item: &Slot| !has_function(&item.peek());
        if items.len() < 2 || items.iter().all(is_plain) {
            return None;
        }
        let mut parts: Vec<Vec<Slot>> = Vec::new();
        let mut may_join = false;
        for item in items.iter() {
            let is_plain = is_plain(item);
            match parts.last_mut() {
                Some(part) if may_join && is_plain => part.push(item.clone()),
                _ => parts.push(vec![item.clone()]),
            }
            may_join = is_plain;
        }
        let part = |items: Vec<Slot>| {
            let span = items[0].span();
            let kind = Kind::List(List::new(items));
            Value {
                kind,
                span,
                trail: list.trail.clone(),
                marks: list.marks,
            }
        };
        Some((parts.into_iter().map(part).collect(), via.into_owned()))
    }

    fn select(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Select` takes an index and a list", at);
        let [index, raw] = arguments(argument).ok_or_else(wrong)?;
        let list = self.eval(&raw, &Trail::default());
        let items = match &list.kind {
            Kind::List(items) => items,
            Kind::Unknown(unknown) => {
                let element = self.open_element(&index, &raw);
                let element = element.ok_or_else(|| derived(unknown))?;
                let value = self.open_parameter(&element, at);
                return Ok(value.mark(list.marks).step("`Fn::Select`", at));
            }
            _ => return Err(wrong()),
        };
        if let Some(rest) = &items.rest {
            return Err(derived(rest));
        }
        let keys: Vec<String> = (0..items.items.len().min(FEW_VALUES))
            .map(|index| index.to_string())
            .collect();
        let index: usize = match self.key(&index, keys.iter().map(String::as_str))? {
            Key::Text(text) => text.trim().parse().map_err(|_| wrong())?,
            Key::None(unknown) => {
                self.world().refuse();
                return Err(unknown);
            }
        };
        let item: &Slot = items.items.get(index).ok_or_else(|| {
            let count = items.items.len();
            Unknown::invalid(
                format!("there is no element {index} in a list of {count}"),
                at,
            )
        })?;
        Ok(item.get().mark(list.marks).step("`Fn::Select`", at))
    }

    fn find_in_map(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        self.look_up(argument, at).map(|found| match found {
            Found::Value(value) => value,
            Found::Default(default) => self.eval(&default, &Trail::default()),
        })
    }

    /// What stands in a mapping under two keys, or the default of the look-up.
    pub(super) fn look_up(&self, argument: &Value, at: Span) -> Result<Found, Unknown> {
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
        let map = match self.entry("Mappings", "mapping", &name, at) {
            Ok((map, _)) => map,
            Err(unknown) => return default.map(Found::Default).ok_or(unknown),
        };
        let mut value = map;
        for key in [first, second] {
            let Kind::Object(object) = &value.kind else {
                return default.map(Found::Default).ok_or_else(wrong);
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
                    let unknown = || Unknown::invalid(reason, key.span);
                    return default.map(Found::Default).ok_or_else(unknown);
                }
            };
        }
        let step = format!("mapping `{name}`");
        let value = self.eval(&value, &Trail::default()).step(step, at);
        Ok(Found::Value(value))
    }

    /// A look-up by a parameter that is none of the keys: the stack is not deployed so.
    fn refused_or_default(
        &self,
        default: Option<Value>,
        unknown: Unknown,
    ) -> Result<Found, Unknown> {
        if default.is_none() {
            self.world().refuse();
        }
        default.map(Found::Default).ok_or(unknown)
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
    pub(super) fn attribute_of(&self, path: &str, at: Span) -> Result<Value, Unknown> {
        let (id, attribute) = path.split_once('.').unwrap_or((path, ""));
        let template = &self.stack.template;
        if template.resource(id).is_none() && !template.makes_resources() {
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
        let output = self.entry("Outputs", "output", name, at);
        let (body, _) = output.map_err(|unknown| match unknown.kind() {
            UnknownKind::Invalid => missing(),
            _ => unknown,
        })?;
        let value = body.as_object().and_then(|body| body.member("Value"));
        let value = value.ok_or_else(missing)?.value.get();
        let step = format!("output `{name}` of nested stack `{id}`");
        let via = Trail::default().then(step, at);
        // One that goes back and forth between stacks comes to an end, too.
        match self.nested(at, |eval| eval.outcome(&value, &via)) {
            Outcome::Value(value) | Outcome::NoValue(value) => Ok(value),
        }
    }

    /// A block of addresses in parts of one size.
    fn cidr(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || {
            let reason =
                "`Fn::Cidr` takes a block of addresses, a count up to 256 and the bits of a part";
            Unknown::invalid(reason, at)
        };
        let list = argument.as_list().ok_or_else(wrong)?;
        let texts = list.iter().map(|part| {
            let part = self.eval(&part, &Trail::default());
            let text = scalar_text(&part).map_err(|unknown| derived(&unknown))?;
            Ok(text.trim().to_owned())
        });
        let texts: Vec<String> = texts.collect::<Result<_, Unknown>>()?;
        let (block, count, bits) = match &texts[..] {
            [block, count] => (block, count, None),
            [block, count, bits] => (block, count, Some(bits)),
            _ => return Err(wrong()),
        };
        let count: u32 = count.parse().map_err(|_| wrong())?;
        // What it is without them, the documentation does not say of IPv6.
        let bits: u32 = bits
            .map_or(Ok(8), |bits| bits.parse())
            .map_err(|_| wrong())?;
        let parts = network_parts(block, count, bits).ok_or_else(wrong)?;
        let items = parts
            .into_iter()
            .map(|part| Slot::from(Value::string(part, at)));
        Ok(Value::new(Kind::List(List::new(items.collect())), at))
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
        self.memo.value(self.eval.world(), self.raw.span, compute)
    }

    fn span(&self) -> Span {
        self.raw.span
    }

    fn parts(&self) -> Option<Vec<Slot>> {
        let (parts, via) = self.eval.list_parts(&self.raw, &self.via)?;
        let parts = parts.into_iter();
        Some(parts.map(|part| self.eval.defer(part, &via)).collect())
    }
}

/// A value after the steps of `via`.
pub(super) fn follow(mut value: Value, via: &Trail) -> Value {
    value.trail = value.trail.followed_by(via);
    value
}

/// The arguments of a function that takes a list of `N`.
pub(super) fn arguments<const N: usize>(argument: &Value) -> Option<[Value; N]> {
    let list = argument.as_list()?;
    let values: Vec<Value> = list.iter().collect();
    values.try_into().ok()
}

/// The text of an argument that must be written out.
pub(super) fn literal(argument: &Value, wrong: &'static str) -> Result<String, Unknown> {
    match &argument.kind {
        Kind::List(_) | Kind::Object(_) | Kind::Null(_) => {
            Err(Unknown::invalid(wrong, argument.span))
        }
        _ => scalar_text(argument).map(|text| text.into_owned()),
    }
}

/// The first `count` networks of `bits` host bits in a network.
fn network_parts(block: &str, count: u32, bits: u32) -> Option<Vec<String>> {
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let (address, prefix) = block.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (width, address, is_v4): (u32, u128, bool) = match address.parse().ok()? {
        IpAddr::V4(address) => (32, u128::from(u32::from(address)), true),
        IpAddr::V6(address) => (128, u128::from(address), false),
    };
    let own = width.checked_sub(bits)?;
    if !(1..=256).contains(&count) || bits == 0 || prefix > own || own - prefix > 127 {
        return None;
    }
    if u128::from(count) > 1 << (own - prefix) {
        return None;
    }
    let host = width - prefix;
    let first = match host {
        128 => 0,
        _ => address >> host << host,
    };
    let parts = (0..u128::from(count)).map(|at| {
        let network = first + (at << bits);
        match is_v4 {
            true => format!("{}/{own}", Ipv4Addr::from(network as u32)),
            false => format!("{}/{own}", Ipv6Addr::from(network)),
        }
    });
    Some(parts.collect())
}

/// Whether a value, or some of its members, are made by a function.
fn has_function(value: &Value) -> bool {
    let members = value.as_object().map(Object::members);
    let mut members = members.unwrap_or_default().iter();
    members.any(|member| member.name.starts_with("Fn::")) || is_function(value)
}

pub(super) fn is_no_value(name: &Value) -> bool {
    name.as_str().as_deref() == Some("AWS::NoValue")
}

fn unsupported(name: &str, at: Span) -> Unknown {
    Unknown::unsupported(format!("function `{name}` is not supported yet"), at)
}

/// What is computed from something unknown: it is not the symbol any more.
pub(super) fn derived(unknown: &Unknown) -> Unknown {
    unknown.clone().with_symbol(None)
}

pub(super) fn function_value(name: &str, argument: &Value, at: Span) -> Value {
    let member = Member {
        name: name.into(),
        name_span: at,
        value: argument.clone().into(),
    };
    Value::new(Kind::Object(Object::new(vec![member])), at)
}
