//! Look-ups in mappings that every deployment makes, and what they leave a parameter to be: where
//! a mapping lacks a key, CloudFormation does not deploy the template.

use super::intrinsics::arguments;
use super::loops::is_loop;
use super::template::{Resource, Template, as_function};
use crate::source::Span;
use crate::value::{Kind, Object, Value};
use memchr::memmem;
use std::sync::Arc;

/// `Fn::FindInMap` without a value for what is not found.
#[derive(Clone)]
pub struct Lookup {
    pub argument: Value,
    pub span: Span,
}

/// A key that is looked up, as it is written.
enum Key {
    Literal(String),
    Parameter(String),
}

/// The name of the function, with or without `Fn::`.
pub const FUNCTION: &str = "FindInMap";

/// Those in conditions, which are all evaluated before anything is deployed, and in resources and
/// outputs that are under no condition.
pub fn find(template: &Template) -> Vec<Lookup> {
    let mut waiting = Vec::new();
    let named = ["Conditions", "Outputs"].into_iter();
    for entry in named.flat_map(|section| template.entries(section)) {
        let body = entry.value.get();
        let mut members = body.as_object().map_or(&[][..], Object::members).iter();
        let is_conditional = members.any(|member| &*member.name == "Condition");
        if !is_loop(&entry.name) && !is_conditional {
            waiting.push(body);
        }
    }
    let resources = template.resources.iter();
    waiting.extend(resources.filter_map(|resource| always_deployed(template, resource)));
    let mut found = Vec::new();
    while let Some(value) = waiting.pop() {
        match &value.kind {
            Kind::List(list) => waiting.extend(list.iter()),
            Kind::Object(object) => {
                if let Some(("Fn::FindInMap", argument)) = as_function(&value)
                    && argument.as_list().is_some_and(|list| list.items.len() == 3)
                {
                    let span = value.span;
                    found.push(Lookup { argument, span });
                }
                // What a condition chooses need not be evaluated.
                let members = object.members().iter();
                let members = members.filter(|own| &*own.name != "Fn::If" && !is_loop(&own.name));
                waiting.extend(members.map(|member| member.value.get()));
            }
            _ => {}
        }
    }
    found
}

/// The properties of a resource that names no condition.
fn always_deployed(template: &Template, resource: &Resource) -> Option<Value> {
    let file = &template.file;
    if is_loop(&resource.id)
        || !resource.may_mention(file, |text| {
            memmem::find(text, FUNCTION.as_bytes()).is_some()
        })
    {
        return None;
    }
    let body = resource.body(file).ok()?;
    let read = |name: &str| body.read(name, file).ok().flatten();
    read("Properties").filter(|_| read("Condition").is_none())
}

impl Lookup {
    /// The mapping, if its name is written out, and the two keys.
    fn parts(&self, template: &Template) -> Option<(Object, [Key; 2])> {
        let [name, first, second] = arguments(&self.argument)?;
        let (mapping, _) = template.entry("Mappings", &name.as_str()?)?;
        let Kind::Object(mapping) = mapping.kind else {
            return None;
        };
        // Some of it may stand elsewhere.
        let is_whole = mapping.rest.is_none()
            && mapping
                .members()
                .iter()
                .all(|own| !own.name.starts_with("Fn::"));
        let key = |value: &Value| match as_function(value) {
            Some(("Ref", name)) => Some(Key::Parameter(name.as_str()?.into_owned())),
            Some(_) => None,
            None => Some(Key::Literal(value.as_str()?.into_owned())),
        };
        is_whole.then_some((mapping, [key(&first)?, key(&second)?]))
    }

    /// The values with which a parameter may be one of its keys; nothing where it does not say.
    pub fn keys_for(&self, template: &Template, parameter: &str) -> Option<Vec<Arc<str>>> {
        let (mapping, [first, second]) = self.parts(template)?;
        let rows = mapping.members().iter();
        let rows = rows.map(|row| (row.name.clone(), names_of(&row.value.get())));
        match (first, second) {
            (Key::Parameter(name), Key::Literal(second)) if name == parameter => {
                let rows = rows.filter(|(_, names)| names.iter().any(|own| **own == *second));
                Some(rows.map(|(name, _)| name).collect())
            }
            (Key::Parameter(name), _) if name == parameter => {
                Some(rows.map(|(name, _)| name).collect())
            }
            (Key::Literal(first), Key::Parameter(name)) if name == parameter => {
                let mut rows = rows.filter(|(row, _)| **row == *first);
                Some(rows.next()?.1)
            }
            (_, Key::Parameter(name)) if name == parameter => {
                Some(rows.flat_map(|(_, names)| names).collect())
            }
            _ => None,
        }
    }

    /// Whether it finds something with every value that [`Lookup::keys_for`] leaves the parameters for
    /// which `is_open` holds.
    pub fn is_satisfied(&self, template: &Template, is_open: &dyn Fn(&str) -> bool) -> bool {
        let Some((mapping, keys)) = self.parts(template) else {
            return false;
        };
        let mut rows = mapping.members().iter().map(|row| {
            let mut names = names_of(&row.value.get());
            names.sort_unstable();
            names
        });
        match keys {
            [Key::Literal(first), Key::Literal(second)] => {
                let row = mapping.member(&first).map(|row| names_of(&row.value.get()));
                row.is_some_and(|names| names.iter().any(|name| **name == *second))
            }
            [Key::Parameter(name), Key::Literal(_)] | [Key::Literal(_), Key::Parameter(name)] => {
                is_open(&name)
            }
            [Key::Parameter(first), Key::Parameter(second)] => {
                let same = rows.next();
                is_open(&first) && is_open(&second) && rows.all(|names| Some(names) == same)
            }
        }
    }
}

fn names_of(row: &Value) -> Vec<Arc<str>> {
    let members = row.as_object().map_or(&[][..], Object::members);
    members.iter().map(|member| member.name.clone()).collect()
}
