//! What Terraform refuses of locals and outputs though no task definition reads them: it evaluates all
//! of them.

use super::environment::ModuleInstance;
use super::module::{Argument, Module};
use super::variables::refused_within;
use crate::value::{Unknown, Value};
use std::rc::Rc;

/// An expression that may be refused.
pub enum Fallible {
    Local(Argument),
    Output(Argument),
}

/// Functions that refuse some arguments of a type that they take, or that somebody may easily give
/// one of another type. What calls none of them is not evaluated here, and need not be parsed.
const FALLIBLE: &[&str] = &[
    "base64decode",
    "cidrhost",
    "cidrnetmask",
    "cidrsubnet",
    "cidrsubnets",
    "coalesce",
    "coalescelist",
    "csvdecode",
    "element",
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "filemd5",
    "filesha1",
    "filesha256",
    "filesha512",
    "formatdate",
    "index",
    "jsondecode",
    "one",
    "parseint",
    "range",
    "regex",
    "regexall",
    "templatefile",
    "templatestring",
    "textdecodebase64",
    "timeadd",
    "timecmp",
    "tobool",
    "tonumber",
    "yamldecode",
    "zipmap",
];

/// The locals and outputs of a module that may be refused.
pub fn fallible(module: &Module) -> Vec<Fallible> {
    let locals = module.locals().list.iter();
    let locals = locals.map(|local| Fallible::Local(local.value.clone()));
    let outputs = module.outputs.iter();
    let outputs = outputs.filter_map(|output| output.body().argument("value"));
    let all = locals.chain(outputs.map(Fallible::Output));
    all.filter(|it| may_be_refused(it.argument().text()))
        .collect()
}

impl Fallible {
    fn argument(&self) -> &Argument {
        match self {
            Fallible::Local(argument) | Fallible::Output(argument) => argument,
        }
    }

    fn value(&self, owner: &Rc<ModuleInstance>) -> Option<Value> {
        match self {
            Fallible::Local(argument) => {
                let locals = owner.root_value("local")?;
                let name = &argument.name;
                locals.as_object()?.get(&name.text, name.span)
            }
            Fallible::Output(argument) => Some(argument.eval(&owner.scope())),
        }
    }
}

/// What is refused of them in one instance of the module.
pub fn refused(owner: &Rc<ModuleInstance>) -> Vec<Unknown> {
    let all = owner.module.fallible().iter();
    let world = &owner.context.unit.world;
    let refused = all.filter_map(|it| {
        let look = || refused_within(&it.value(owner)?);
        world.without_asking(look)
    });
    refused.collect()
}

/// Whether an expression calls one of those functions, as it is written.
fn may_be_refused(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'(', bytes).any(|at| {
        let before = bytes[..at].trim_ascii_end();
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let letters = before.iter().rev().take_while(|byte| is_letter(byte));
        let name = &before[before.len() - letters.count()..];
        FALLIBLE.iter().any(|of| of.as_bytes() == name)
    })
}
