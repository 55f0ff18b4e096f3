//! The variables of a module instance: what they are given, in the types that they declare, and what
//! Terraform refuses of that.

use super::environment::{Call, ModuleInstance, Names};
use super::eval::{Scope, Unit, reveal};
use super::instances::{Instance, InstanceKey};
use super::module::{Argument, BlockRef, Declaration, Merged};
use super::syntax::{Expr, ExprKind, Name};
use super::types::Constraint;
use crate::source::Span;
use crate::value::{Kind, Marks, Member, Unknown, Value, Words};
use crate::worlds::{Answerable, Symbol};
use std::rc::Rc;

impl ModuleInstance {
    /// Those that are the same in all instances of a call are the ones of the instance that stands
    /// for all of them, and so are evaluated once.
    pub fn variables(self: &Rc<Self>) -> Vec<Member> {
        let mut members = self.members(&self.module.variables, variable);
        if let Some((call, all)) = self.for_all()
            && let Some(shared) = all.root_value("var")
            && let Some(shared) = shared.as_object()
        {
            for (own, shared) in members.iter_mut().zip(shared.members()) {
                let argument = call.body.argument(&own.name);
                if !argument.is_some_and(|argument| argument.may_differ()) {
                    own.value = shared.value.clone();
                }
            }
        }
        members
    }

    /// The call that made this one of several instances, and the instance that stands for all.
    fn for_all(&self) -> Option<(&Call, Rc<ModuleInstance>)> {
        let call = self.call.as_ref()?;
        let Instance { of, key } = &call.instance;
        if !matches!(key, InstanceKey::Index(_) | InstanceKey::Name(_)) || !of.is_several() {
            return None;
        }
        let declaration = call.caller.module.calls.get(&call.name)?;
        let all = call.caller.child(declaration, of, &InstanceKey::All).ok()?;
        Some((call, all))
    }

    /// What Terraform refuses of the values that its variables have, read or not: what does not
    /// convert to the type, and what a `validation` forbids.
    pub fn refused_inputs(self: &Rc<Self>) -> Vec<Unknown> {
        let mut refused = Vec::new();
        let Some(values) = self.root_value("var") else {
            return refused;
        };
        for declaration in self.module.variables.iter() {
            let (name, body) = (&declaration.name, declaration.body());
            let validations = body.blocks("validation");
            let constraint = body.argument("type");
            refused.extend(null_default(body, name));
            if validations.is_empty() && constraint.is_none() {
                continue;
            }
            refused.extend(constraint.and_then(|constraint| quoted(&constraint)));
            let value = values
                .as_object()
                .and_then(|values| values.get(&name.text, name.span));
            match value.as_ref().and_then(Value::as_unknown) {
                Some(unknown) if unknown.is_refused() => {
                    refused.push(unknown.clone());
                }
                // Nothing is known of an input that is not set.
                Some(_) => {}
                None => {
                    refused.extend(value.as_ref().and_then(refused_within));
                    refused.extend(
                        validations
                            .iter()
                            .filter_map(|validation| self.broken_rule(validation, name)),
                    );
                }
            }
        }
        refused
    }

    /// Why a `validation` forbids the value that a variable has.
    fn broken_rule(self: &Rc<Self>, validation: &BlockRef, variable: &Name) -> Option<Unknown> {
        unmet(validation, &self.scope(), || {
            format!("the value of variable `{}`", variable.text)
        })
    }

    /// What Terraform refuses of a call that makes an instance of this module: arguments for no
    /// variable, and variables without a value.
    pub fn refused_arguments(&self, call: &Declaration) -> Vec<Unknown> {
        let body = call.body();
        let variables = &self.module.variables;
        let is_read_whole = self.unread_outputs().is_none();
        let surplus = body.argument_names().into_iter().filter(|name| {
            !is_argument_of_every_call(&name.text) && variables.get(&name.text).is_none()
        });
        let surplus = surplus.map(|name| {
            let reason = format!(
                "module `{}` declares no variable `{}`",
                call.name.text, name.text
            );
            Unknown::invalid(reason, name.span)
        });
        let missing = variables.iter().filter(|variable| {
            body.argument(&variable.name.text).is_none()
                && variable.body().argument("default").is_none()
        });
        let missing =
            missing.map(|variable| unset_argument(&call.name.text, &variable.name, call.name.span));
        surplus.filter(|_| is_read_whole).chain(missing).collect()
    }
}

/// The value of a variable: what was given, converted to its type, else its default.
fn variable(owner: &Rc<ModuleInstance>, at: usize) -> Value {
    let declaration = owner.module.variables.at(at);
    let (name, body) = (&declaration.name, declaration.body());
    let constraint = match owner.context.constraint(declaration) {
        Ok(constraint) => constraint,
        Err(unknown) => return Value::unknown(unknown),
    };
    let constraint = constraint.as_deref();
    let unit = &owner.context.unit;
    let nullable = is_nullable(body);
    let marks = match owner.module.may_mark {
        true => declared_marks(body),
        false => Marks::NONE,
    };
    let given = match &owner.call {
        Some(call) => argument(call, &name.text, marks),
        None => owner.context.inputs.get(&name.text).map(|given| {
            let literal = constraint.is_none_or(is_primitive);
            given.value(&owner.context.unit, name.span, literal)
        }),
    };
    let given = given.filter(|value| nullable || !value.is_null());
    let value = match given {
        Some(value) => converted(unit, value, constraint, name),
        None => match body.argument("default") {
            Some(default) => converted(unit, default.eval(&owner.scope()), constraint, name)
                .step(Words::named("default of variable", &name.text), name.span),
            None => {
                let unknown = without_value(owner, declaration, constraint, nullable);
                reveal(&owner.context.unit, unknown)
            }
        },
    };
    value.mark(marks)
}

/// The marks that a variable or an output gives its value.
pub fn declared_marks(body: &Merged) -> Marks {
    let says = |name| body.argument(name).is_some_and(|it| it.is_true());
    Marks::SENSITIVE.when(says("sensitive")) | Marks::EPHEMERAL.when(says("ephemeral"))
}

/// The value as the type of a variable wants it. Where it is refused, the variable is a step.
fn converted(
    unit: &Rc<Unit>,
    value: Value,
    constraint: Option<&Constraint>,
    variable: &Name,
) -> Value {
    let Some(constraint) = constraint else {
        return value;
    };
    let was_known = value.as_unknown().is_none();
    let converted = constraint.convert_in(Some(unit), value);
    match converted.as_unknown() {
        Some(_) if was_known => {
            let step = format!("variable `{}` has the type that is wanted", variable.text);
            converted.step(step, variable.span)
        }
        _ => converted,
    }
}

fn is_primitive(constraint: &Constraint) -> bool {
    matches!(
        constraint,
        Constraint::String | Constraint::Number | Constraint::Bool
    )
}

/// What a module call gives a variable, which declares some marks.
fn argument(call: &Call, name: &str, declared: Marks) -> Option<Value> {
    let argument = call.body.argument(name)?;
    let names = Names::of_instance(&call.caller, call.instance.clone());
    let value = argument.eval(&Scope::new(names));
    if value.marks.is_ephemeral() && !declared.is_ephemeral() {
        let reason = format!(
            "this value is ephemeral, which variable `{name}` of module `{}` is not",
            call.name
        );
        return Some(Value::unknown(Unknown::invalid(reason, argument.span)));
    }
    let step = Words::Argument {
        name: argument.name.text.clone(),
        module: call.name.clone(),
    };
    Some(value.step(step, argument.name.span))
}

fn without_value(
    owner: &ModuleInstance,
    declaration: &Declaration,
    constraint: Option<&Constraint>,
    nullable: bool,
) -> Unknown {
    let name = &declaration.name;
    if let Some(call) = &owner.call {
        return unset_argument(&call.name, name, call.name_span);
    }
    let label = format!("var.{}", name.text);
    let mut symbol = Symbol::new(label.clone(), label.clone());
    let listed = allowed_values(declaration.body(), &name.text);
    if !nullable || listed.is_some() {
        symbol = symbol.never_null();
    }
    if let Some(domain) = listed {
        symbol = symbol.with_domain(domain);
    } else if matches!(constraint, Some(Constraint::Bool)) {
        let both = vec![Answerable::Bool(true), Answerable::Bool(false)];
        symbol = symbol.with_domain(both).or_null();
    }
    Unknown::unset_input(format!("`{label}` has no value"), name.span, Some(symbol))
        .with_hint(constraint.and_then(Constraint::hint))
}

/// All the values that a `validation` of a variable lets it have, where one lists them.
fn allowed_values(body: &Merged, name: &str) -> Option<Vec<Answerable>> {
    let validations = body.blocks("validation");
    validations.iter().find_map(|validation| {
        let condition = validation.argument("condition")?.expr().ok()?;
        listed_literals(&condition, name)
    })
}

/// The literals of the condition `contains(["a", "b"], var.name)`.
fn listed_literals(condition: &Expr, name: &str) -> Option<Vec<Answerable>> {
    let ExprKind::Call(call) = &condition.kind else {
        return None;
    };
    let [list, tested] = &call.arguments[..] else {
        return None;
    };
    let is_variable = matches!(
        &tested.kind,
        ExprKind::Attribute(of, attribute)
            if &*attribute.text == name
                && matches!(&of.kind, ExprKind::Variable(root) if &*root.text == "var")
    );
    match &list.kind {
        ExprKind::Tuple(items) if is_variable && &*call.name.text == "contains" => items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::String(literal) => Some(Answerable::Text(literal.as_str().into())),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn unset_argument(call: &str, variable: &Name, at: Span) -> Unknown {
    let reason = format!(
        "module `{call}` does not set variable `{}`, which has no default",
        variable.text
    );
    Unknown::invalid(reason, at)
}

/// Arguments of a `module` block that are no variables of the module.
fn is_argument_of_every_call(name: &str) -> bool {
    matches!(
        name,
        "source" | "version" | "providers" | "count" | "for_each" | "depends_on"
    )
}

/// What Terraform says of a type in quotes, as version 0.11 had it. What it means is clear.
fn quoted(constraint: &Argument) -> Option<Unknown> {
    let is_quoted = matches!(constraint.expr().ok()?.kind, ExprKind::String(_));
    is_quoted.then(|| {
        let reason = "a type is written without quotes, which Terraform 0.11 was the last to want";
        Unknown::invalid(reason, constraint.span)
    })
}

/// What Terraform says of a default that is null, of a variable that must not be.
fn null_default(body: &Merged, variable: &Name) -> Option<Unknown> {
    let default = body.argument("default")?;
    let is_refused = default.text() == "null" && !is_nullable(body);
    is_refused.then(|| {
        let reason = format!(
            "variable `{}` cannot be null, and its default is",
            variable.text
        );
        Unknown::invalid(reason, default.span)
    })
}

/// Whether a variable keeps a null that it is given.
fn is_nullable(body: &Merged) -> bool {
    let nullable = body.argument("nullable");
    nullable.is_none_or(|argument| argument.text() != "false")
}

/// Values that are looked at in one value of a variable.
const MAX_LOOKED_AT: usize = 10_000;

/// The first part of a value that Terraform refuses: an element that does not convert to the type
/// of its list, an attribute that is missing.
pub fn refused_within(value: &Value) -> Option<Unknown> {
    let mut waiting = vec![value.clone()];
    for _ in 0..MAX_LOOKED_AT {
        let value = waiting.pop()?;
        if let Some(fault) = value.fault() {
            return Some(fault.clone());
        }
        match &value.kind {
            Kind::List(list) => waiting.extend(list.iter()),
            Kind::Object(object) => {
                let members = object.members().iter();
                waiting.extend(members.map(|member| member.value.get()));
            }
            _ => {}
        }
    }
    None
}

/// Why a `validation` or `precondition` does not let its subject pass.
pub fn unmet(rule: &BlockRef, scope: &Scope, subject: impl FnOnce() -> String) -> Option<Unknown> {
    let condition = rule.argument("condition")?;
    let holds = condition.eval(scope);
    match holds.fault() {
        Some(fault) => Some(fault.clone()),
        None if holds.as_bool() == Some(false) => Some(Unknown::invalid(
            format!("{} does not meet this condition", subject()),
            condition.span,
        )),
        None => None,
    }
}
