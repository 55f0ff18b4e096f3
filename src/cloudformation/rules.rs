//! The `Rules` section: which worlds CloudFormation does not deploy a template into.

use super::intrinsics::Eval;
use super::loops::is_loop;
use super::template::as_function;
use super::text::parse_sub_names;
use crate::value::{Kind, Value};
use crate::worlds::Memo;
use std::collections::HashSet;
use std::sync::Arc;

/// The rules that speak of parameters which some parts of a template depend on.
pub struct Rules {
    rules: Vec<Rule>,
}

struct Rule {
    body: Value,
    /// Whether it is broken, as far as that is known.
    broken: Memo<bool>,
}

impl Rules {
    /// The rules that bear on what `parts` depend on, directly or through one another.
    pub fn concerning(eval: &Eval, parts: &[&Value]) -> Rules {
        let template = &eval.stack().template;
        let mut waiting: Vec<(Value, HashSet<Arc<str>>)> = template
            .entries("Rules")
            .iter()
            .map(|member| {
                let body = member.value.get();
                let names = parameters_in(eval, &[&body]);
                (body, names)
            })
            .collect();
        let mut rules = Vec::new();
        if waiting.is_empty() {
            return Rules { rules };
        }
        let mut reached = parameters_in(eval, parts);
        loop {
            let concerns = |names: &HashSet<Arc<str>>| !names.is_disjoint(&reached);
            let (near, far): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(_, names)| concerns(names));
            if near.is_empty() {
                return Rules { rules };
            }
            for (body, names) in near {
                reached.extend(names);
                rules.push(Rule {
                    body,
                    broken: Memo::default(),
                });
            }
            waiting = far;
        }
    }

    /// Rules the present world out if it breaks one.
    pub fn enforce(&self, eval: &Eval) {
        let world = &eval.stack().world;
        for rule in &self.rules {
            if rule.broken.get(world, || is_broken(eval, &rule.body)) == Ok(true) {
                world.refuse();
                return;
            }
        }
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

/// The names that values refer to, also through conditions.
fn parameters_in(eval: &Eval, parts: &[&Value]) -> HashSet<Arc<str>> {
    let template = &eval.stack().template;
    let mut names: HashSet<Arc<str>> = HashSet::new();
    let mut conditions: HashSet<String> = HashSet::new();
    let mut waiting: Vec<Value> = parts.iter().map(|part| (*part).clone()).collect();
    while let Some(value) = waiting.pop() {
        if let Some((function, argument)) = as_function(&value) {
            match (function, &argument.kind) {
                ("Ref", _) => names.extend(argument.as_str().map(Arc::from)),
                ("Fn::Sub", Kind::Text(text)) => {
                    let text = text.known().unwrap_or_default();
                    names.extend(parse_sub_names(&text).into_iter().map(Arc::from));
                }
                ("Fn::Sub", Kind::List(list)) => {
                    let text = list.iter().next();
                    let text = text.as_ref().and_then(Value::as_str).unwrap_or_default();
                    names.extend(parse_sub_names(&text).into_iter().map(Arc::from));
                }
                _ => {}
            }
        }
        match &value.kind {
            Kind::List(list) => waiting.extend(list.iter()),
            Kind::Object(object) => {
                for member in object.members() {
                    let value = member.value.get();
                    let condition = match (&*member.name, &value.kind) {
                        ("Condition", Kind::Text(text)) => {
                            text.known().map(|name| name.into_owned())
                        }
                        ("Fn::If", Kind::List(list)) => {
                            let name = list.iter().next();
                            let name = name.as_ref().and_then(Value::as_str);
                            name.map(|name| name.into_owned())
                        }
                        _ => None,
                    };
                    if let Some(name) = condition
                        && conditions.insert(name.clone())
                    {
                        match template.entry("Conditions", &name) {
                            Some((body, _)) => waiting.push(body),
                            // One that a loop makes.
                            None => waiting.extend(
                                template
                                    .entries("Conditions")
                                    .iter()
                                    .filter(|member| is_loop(&member.name))
                                    .map(|member| member.value.get()),
                            ),
                        }
                    }
                    waiting.push(value);
                }
            }
            _ => {}
        }
    }
    names
}
