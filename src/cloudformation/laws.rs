//! What a template demands of the worlds that it is deployed into: its `Rules`, the keys of the
//! mappings that it looks into, and the resources that others refer to.

use super::intrinsics::{Eval, function_value};
use super::lookups::Lookup;
use super::loops::is_loop;
use super::references::{self, Loops, Reference};
use super::stack::{Input, Stack};
use super::template::as_function;
use super::text::parse_sub_names;
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::Span;
use crate::value::{Kind, Literal, Member, Unknown, Value};
use crate::worlds::{Law, Memo};
use foldhash::HashSet;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// Lays down the laws of a stack and of those around it, once for each. What no values of the
/// parameters can mend is a gap instead.
pub fn lay_down(eval: &Eval, gaps: &mut Vec<Gap>) {
    let mut around = Some(eval.clone());
    while let Some(eval) = around {
        let stack = eval.stack();
        if !stack.has_laws.replace(true) {
            demands(&eval).for_each(|demand| lay_down_one(&eval, demand, gaps));
            lay_down_references(&eval, gaps);
        }
        around = stack.nesting.as_ref().map(|nesting| nesting.by.clone());
    }
}

fn lay_down_one(eval: &Eval, demand: Demand, gaps: &mut Vec<Gap>) {
    match demand.broken(eval) {
        Some(unknown) => gaps.push(Gap::new(
            ProblemKind::Refused,
            unknown.reason().to_owned(),
            unknown.span(),
        )),
        None => eval.stack().world.lay_down(law(eval, demand)),
    }
}

/// Demands that resources are there where others refer to them. To find who refers to whom, most of
/// a template is read: that is left until something turns on a condition, or one is false anyhow.
fn lay_down_references(eval: &Eval, gaps: &mut Vec<Gap>) {
    let stack = eval.stack();
    let conditions = stack.template.entries("Conditions");
    let is_false = |condition: &Member| {
        let name = Value::new(
            Kind::Text(Literal::computed(&*condition.name, condition.name_span).into()),
            condition.name_span,
        );
        !is_loop(&condition.name) && matches!(eval.names_true_condition(&name), Ok(false))
    };
    if conditions.iter().any(is_false) {
        let references = references(eval.stack());
        for demand in references.chain(loops(eval.stack())) {
            lay_down_one(eval, demand, gaps);
        }
        return;
    }
    let bodies = conditions.iter().map(|condition| condition.value.get());
    let mut about = symbols_in(eval, bodies.collect());
    if about.is_empty() {
        return;
    }
    about.extend(symbols_of_deployment(eval));
    let weak: Weak<Stack> = Rc::downgrade(stack);
    let make = move || {
        let Some(stack) = weak.upgrade() else {
            return Vec::new();
        };
        let eval = Eval::new(stack);
        let references = references(eval.stack()).chain(loops(eval.stack()));
        references.map(|demand| law(&eval, demand)).collect()
    };
    stack.world.lay_down_later(about, Box::new(make));
}

fn references(stack: &Stack) -> impl Iterator<Item = Demand> {
    let references = stack.template.references().iter();
    references.cloned().map(Demand::Reference)
}

fn loops(stack: &Stack) -> Option<Demand> {
    references::loops(&stack.template).map(Demand::Loops)
}

/// What a template demands.
enum Demand {
    /// A rule holds: its name and body.
    Rule(Arc<str>, Span, Value),
    /// A mapping has what is looked for.
    Lookup(Lookup),
    /// What a resource refers to is there.
    Reference(Reference),
    /// The same of what loops make.
    Loops(Loops),
}

/// What the sections of a template demand.
fn demands(eval: &Eval) -> impl Iterator<Item = Demand> {
    let stack = eval.stack();
    let template = &stack.template;
    let is_open = move |name: &str| {
        let parameter = stack.parameter(name);
        parameter.is_some_and(|parameter| stack.is_open(&parameter))
    };
    let rules = template.entries("Rules").iter();
    let rules = rules.map(|rule| Demand::Rule(rule.name.clone(), rule.name_span, rule.value.get()));
    let lookups = template.lookups().iter();
    // What the parameters may be is told by the keys already.
    let lookups = lookups.filter(move |lookup| !lookup.is_satisfied(template, &is_open));
    rules.chain(lookups.cloned().map(Demand::Lookup))
}

impl Demand {
    /// Why it is not met in the present world, as far as that is known.
    fn broken(&self, eval: &Eval) -> Option<Unknown> {
        // A stack that is not deployed demands nothing.
        if !matches!(eval.is_deployed(), Ok(true)) {
            return None;
        }
        match self {
            Demand::Rule(name, span, body) => is_broken(eval, body).then(|| {
                let reason = format!("rule `{name}` does not hold with the values given");
                Unknown::invalid(reason, *span)
            }),
            Demand::Lookup(lookup) => {
                let found = eval.look_up(&lookup.argument, lookup.span);
                // What is not known is taken to be there.
                found.err().filter(|unknown| unknown.is_refused())
            }
            Demand::Reference(reference) => match reference.dangles(eval) {
                Ok(true) => Some(Unknown::invalid(reference.describe(), reference.span)),
                Ok(false) | Err(_) => None,
            },
            Demand::Loops(loops) => {
                let (reason, span) = loops.dangling(eval)?;
                Some(Unknown::invalid(reason, span))
            }
        }
    }

    /// The symbols that it speaks of.
    fn about(&self, eval: &Eval) -> BTreeSet<Arc<str>> {
        match self {
            Demand::Rule(_, _, body) => symbols_in(eval, vec![body.clone()]),
            Demand::Lookup(lookup) => symbols_in(eval, vec![lookup.argument.clone()]),
            Demand::Reference(reference) => {
                let conditions = reference.conditions();
                let conditions =
                    conditions.map(|name| function_value("Condition", name, reference.span));
                symbols_in(eval, conditions.collect())
            }
            Demand::Loops(loops) => symbols_in(eval, loops.bodies(&eval.stack().template)),
        }
    }
}

/// The symbols that tell whether a stack is deployed.
fn symbols_of_deployment(eval: &Eval) -> BTreeSet<Arc<str>> {
    let mut symbols = BTreeSet::new();
    for nesting in eval.stack().nestings() {
        let condition = nesting.condition.as_ref();
        let condition = condition.map(|name| function_value("Condition", name, nesting.id_span));
        let place = nesting
            .one_of
            .as_ref()
            .and_then(|nested| nested.written_place());
        let of = condition.into_iter().chain(place);
        symbols.extend(symbols_in(&nesting.by, of.collect()));
    }
    symbols
}

/// What is demanded in every world in which the stack is deployed.
fn law(eval: &Eval, demand: Demand) -> Law {
    let mut about = demand.about(eval);
    about.extend(symbols_of_deployment(eval));
    // The world is kept by the stack.
    let stack: Weak<Stack> = Rc::downgrade(eval.stack());
    let known = Memo::default();
    let is_written = matches!(demand, Demand::Rule(..));
    let broken = move || {
        let stack = stack.upgrade()?;
        let world = stack.world.clone();
        let eval = Eval::new(stack);
        let broken = known.get(&world, || demand.broken(&eval));
        broken.ok().flatten()
    };
    let broken = Box::new(broken);
    Law {
        about,
        broken,
        is_written,
    }
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

/// The symbols that values refer to, also through conditions and parameters that the stack around
/// gives.
fn symbols_in(eval: &Eval, values: Vec<Value>) -> BTreeSet<Arc<str>> {
    let mut symbols = BTreeSet::new();
    let mut seen: HashSet<(*const Stack, Arc<str>)> = HashSet::default();
    let waiting = values.into_iter().map(|value| (eval.clone(), value));
    let mut waiting: Vec<(Eval, Value)> = waiting.collect();
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
