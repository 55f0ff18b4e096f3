//! What a template demands of the worlds that it is deployed into: its `Rules`, and the keys of the
//! mappings that it looks into.

use super::intrinsics::Eval;
use super::lookups::Lookup;
use super::loops::is_loop;
use super::stack::{Input, Stack};
use super::template::as_function;
use super::text::parse_sub_names;
use crate::source::Span;
use crate::value::{Kind, Member, UnknownKind, Value};
use crate::worlds::{Law, Memo};
use foldhash::HashSet;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// Lays down the laws of a stack and of those around it, once for each.
pub fn lay_down(eval: &Eval) {
    let mut around = Some(eval.clone());
    while let Some(eval) = around {
        let stack = eval.stack();
        if !stack.has_laws.replace(true) {
            rules(&eval);
            lookups(&eval);
        }
        around = stack.nesting.as_ref().map(|nesting| nesting.by.clone());
    }
}

fn rules(eval: &Eval) {
    for rule in eval.stack().template.entries("Rules") {
        let body = rule.value.get();
        lay_down_one(eval, &body.clone(), move |eval| !is_broken(eval, &body));
    }
}

fn lookups(eval: &Eval) {
    let stack = eval.stack();
    for lookup in stack.template.lookups() {
        let is_open = |name: &str| {
            let parameter = stack.parameter(name);
            parameter.is_some_and(|parameter| stack.is_open(&parameter))
        };
        // What the parameters may be is told by the keys already.
        if lookup.is_satisfied(&stack.template, &is_open) {
            continue;
        }
        let Lookup { argument, span } = lookup.clone();
        lay_down_one(eval, &argument.clone(), move |eval| {
            has_key(eval, &argument, span)
        });
    }
}

/// The rules that do not hold whatever the parameters are that nobody has given a value.
pub fn broken_rules(eval: &Eval) -> impl Iterator<Item = &Member> {
    let rules = eval.stack().template.entries("Rules").iter();
    rules.filter(|rule| is_broken(eval, &rule.value.get()))
}

/// Lays down that something holds which speaks of the parameters in `of`.
fn lay_down_one(eval: &Eval, of: &Value, holds: impl Fn(&Eval) -> bool + 'static) {
    let about = symbols_in(eval, of);
    // The world is kept by the stack.
    let stack: Weak<Stack> = Rc::downgrade(eval.stack());
    let known = Memo::default();
    let holds = move || {
        let Some(stack) = stack.upgrade() else {
            return true;
        };
        let world = stack.world.clone();
        let eval = Eval::new(stack);
        // A stack that is not deployed demands nothing.
        let holds = || !matches!(eval.is_deployed(), Ok(true)) || holds(&eval);
        known.get(&world, holds) != Ok(false)
    };
    let holds = Box::new(holds);
    eval.stack().world.lay_down(Law { about, holds });
}

/// Whether one of a rule's assertions does not hold. What is not known breaks nothing.
fn is_broken(eval: &Eval, body: &Value) -> bool {
    let Some(body) = body.as_object() else {
        return false;
    };
    let member = |name: &str| body.member(name).map(|member| member.value.get());
    if let Some(condition) = member("RuleCondition")
        && eval.condition(&condition).ok() != Some(true)
    {
        return false;
    }
    let assertions = member("Assertions");
    let assertions = assertions.as_ref().and_then(Value::as_list);
    assertions.is_some_and(|assertions| {
        assertions.iter().any(|assertion| {
            let assertion = assertion.as_object();
            let assertion = assertion.and_then(|assertion| assertion.member("Assert"));
            assertion.is_some_and(|assert| eval.condition(&assert.value.get()).ok() == Some(false))
        })
    })
}

/// Whether a mapping has what is looked for. What is not known is taken to be there.
fn has_key(eval: &Eval, argument: &Value, at: Span) -> bool {
    let found = eval.find_in_map(argument, at);
    !found.is_err_and(|unknown| unknown.kind() == UnknownKind::Invalid)
}

/// The symbols that a value refers to, also through conditions and parameters that the stack around
/// gives.
fn symbols_in(eval: &Eval, value: &Value) -> BTreeSet<Arc<str>> {
    let mut symbols = BTreeSet::new();
    let mut seen: HashSet<(*const Stack, Arc<str>)> = HashSet::default();
    let mut waiting = vec![(eval.clone(), value.clone())];
    while let Some((eval, value)) = waiting.pop() {
        let stack = eval.stack();
        for name in names_in(&value) {
            let Some(parameter) = stack.parameter(&name) else {
                continue;
            };
            if !seen.insert((Rc::as_ptr(stack), name)) {
                continue;
            }
            match stack.input(&parameter) {
                Some(Input::Passed(around, raw)) => waiting.push((around.clone(), raw.clone())),
                Some(Input::Given(_)) => {}
                None => symbols.extend(stack.symbols_of(&parameter)),
            }
        }
        match &value.kind {
            Kind::List(list) => waiting.extend(list.iter().map(|item| (eval.clone(), item))),
            Kind::Object(object) => {
                for member in object.members() {
                    let value = member.value.get();
                    if let Some(name) = condition_of(&member.name, &value)
                        && seen.insert((Rc::as_ptr(stack), format!("Condition {name}").into()))
                    {
                        let own = stack.template.entry("Conditions", &name);
                        let bodies = match own {
                            Some((body, _)) => vec![body],
                            None => made_by_loops(stack),
                        };
                        waiting.extend(bodies.into_iter().map(|body| (eval.clone(), body)));
                    }
                    waiting.push((eval.clone(), value));
                }
            }
            _ => {}
        }
    }
    symbols
}

/// The names that a function refers to.
fn names_in(value: &Value) -> Vec<Arc<str>> {
    let text_of = |value: &Value| value.as_str().map(|text| text.into_owned());
    let subbed = |text: Option<String>| {
        let names = parse_sub_names(&text.unwrap_or_default()).into_iter();
        names.map(Arc::from).collect()
    };
    match as_function(value) {
        Some(("Ref", argument)) => text_of(&argument).map(Arc::from).into_iter().collect(),
        Some(("Fn::Sub", argument)) => match argument.as_list() {
            Some(list) => subbed(list.iter().next().as_ref().and_then(text_of)),
            None => subbed(text_of(&argument)),
        },
        _ => Vec::new(),
    }
}

/// The condition that a member names.
fn condition_of(member: &str, value: &Value) -> Option<String> {
    let name = match (member, &value.kind) {
        ("Condition", Kind::Text(_)) => value.clone(),
        ("Fn::If", Kind::List(list)) => list.iter().next()?,
        _ => return None,
    };
    name.as_str().map(|name| name.into_owned())
}

/// The bodies of conditions that loops make.
fn made_by_loops(stack: &Stack) -> Vec<Value> {
    let conditions = stack.template.entries("Conditions").iter();
    let loops = conditions.filter(|member| is_loop(&member.name));
    loops.map(|member| member.value.get()).collect()
}
