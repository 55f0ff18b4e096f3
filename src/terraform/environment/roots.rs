//! What a name at the root of a traversal means in a module instance: `var`, `local`, `module`,
//! resources and the rest.

use super::super::instances::{MAX_INSTANCES, Repetition};
use super::super::module::{Declarations, TypedDeclarations, broken};
use super::super::variables::declared_marks;
use super::super::{attributes, data};
use super::*;
use crate::finding::ProblemKind;
use crate::value::{Kind, List, Marks, Object, UnknownKind, Words};
use crate::worlds::Symbol;
use std::path::{MAIN_SEPARATOR, Path};

impl ModuleInstance {
    /// What a name at the root of a traversal means, made once.
    pub fn root_value(self: &Rc<Self>, name: &str) -> Option<Value> {
        if let Some(value) = self.roots.borrow().values.get(name) {
            return Some(value.clone());
        }
        let value = self.make_root(name)?;
        let mut roots = self.roots.borrow_mut();
        roots.values.insert(name.into(), value.clone());
        Some(value)
    }

    fn make_root(self: &Rc<Self>, name: &str) -> Option<Value> {
        let at = self.module_span();
        let members = match name {
            "var" => self.variables(),
            "module" => self.members(&self.module.calls, called_module),
            "local" => self.locals(),
            "data" => return Some(self.by_type(&self.module.data, Realm::Data)),
            "resource" => return Some(self.by_type(&self.module.resources, Realm::Resource)),
            "ephemeral" if !self.module.ephemerals.is_empty() => {
                return Some(self.by_type(&self.module.ephemerals, Realm::Ephemeral));
            }
            "path" => self.path(at),
            "terraform" => vec![
                ready("workspace", self.workspace(at)),
                ready("env", self.workspace(at)),
            ],
            kind => self.resources(&self.module.resources, kind, Realm::Resource)?,
        };
        Some(Value::new(Kind::Object(Object::new(members)), at))
    }

    /// The members of an object, each computed by its index when it is read.
    pub fn members(
        self: &Rc<Self>,
        of: &Declarations,
        compute: fn(&Rc<ModuleInstance>, usize) -> Value,
    ) -> Vec<Member> {
        let list = of.iter().enumerate();
        list.map(|(at, declaration)| {
            let owner = self.clone();
            let name = &declaration.name;
            let compute = move || compute(&owner, at);
            member(&name.text, name.span, self.thunk(name.span, compute))
        })
        .collect()
    }

    fn locals(self: &Rc<Self>) -> Vec<Member> {
        let list = self.module.locals().list.iter().enumerate();
        list.map(|(at, local)| {
            let owner = self.clone();
            let compute = move || owner.local(at);
            let slot = self.thunk(local.value.span, compute);
            member(&local.value.name.text, local.value.name.span, slot)
        })
        .collect()
    }

    fn local(self: &Rc<Self>, at: usize) -> Value {
        let local = &self.module.locals().list[at];
        let name = &local.value.name;
        if let Some(again) = local.again {
            let reason = format!("local `{}` is defined twice", name.text);
            return Value::unknown(Unknown::invalid(reason, again));
        }
        let value = local.value.eval(&self.scope());
        value.step(Words::named("local", &name.text), name.span)
    }

    fn by_type(self: &Rc<Self>, of: &TypedDeclarations, realm: Realm) -> Value {
        let at = self.module_span();
        let members = of.types().filter_map(|kind| {
            let of_type = self.resources(of, kind, realm)?;
            let value = Value::new(Kind::Object(Object::new(of_type)), at);
            Some(member(kind, at, value.into()))
        });
        Value::new(Kind::Object(Object::new(members.collect())), at)
    }

    fn resources(
        self: &Rc<Self>,
        of: &TypedDeclarations,
        kind: &str,
        realm: Realm,
    ) -> Option<Vec<Member>> {
        let list = of.of_type(kind)?.iter();
        let kind: Arc<str> = kind.into();
        let members = list.map(|declaration| {
            let owner = self.clone();
            let name = &declaration.name;
            let (kind, text) = (kind.clone(), name.text.clone());
            let compute = move || owner.resource(realm, &kind, &text);
            member(&name.text, name.span, self.thunk(name.span, compute))
        });
        Some(members.collect())
    }

    /// The value of a resource or data source: an object, or with `count` a list of them and with
    /// `for_each` a map.
    fn resource(self: &Rc<Self>, realm: Realm, kind: &Arc<str>, name: &Arc<str>) -> Value {
        let declared = realm.declarations(&self.module).of_type(kind);
        let Some(declaration) = declared.and_then(|of_type| of_type.get(name)) else {
            return Value::unknown(self.missing_member(kind, name, self.module_span()));
        };
        let body = declaration.body().clone();
        let label = format!("{}{kind}.{name}", realm.prefix());
        let repeated = self.repeated(&label, &body);
        let span = declaration.name.span;
        let owner = self.clone();
        let names = (kind.clone(), name.clone());
        self.each_instance(&repeated.clone(), span, &label.clone(), move |key| {
            let instance = Instance {
                of: repeated.clone(),
                key,
            };
            let (kind, name) = (&names.0, &names.1);
            let names = match realm {
                Realm::Resource => Names::of_resource(&owner, instance.clone(), kind, name),
                Realm::Data | Realm::Ephemeral => Names::of_instance(&owner, instance.clone()),
            };
            let label = format!("{label}{}", instance.key);
            Ok(owner.resource_instance(realm, kind, &body, label, names, span))
        })
    }

    fn resource_instance(
        self: &Rc<Self>,
        realm: Realm,
        kind: &str,
        body: &Arc<Merged>,
        label: String,
        names: Rc<Names>,
        span: Span,
    ) -> Value {
        let symbol = Symbol::new(format!("{}{label}", self.prefix()), label.clone());
        let (unknown_kind, reason) = match realm {
            Realm::Resource => (
                UnknownKind::AfterApply,
                format!("`{label}` is known only after apply"),
            ),
            Realm::Data | Realm::Ephemeral => (
                UnknownKind::DataSource,
                format!("`{label}` is read when Terraform plans"),
            ),
        };
        let rest = Unknown::new(unknown_kind, reason, span).with_symbol(Some(symbol));
        let rest = rest.with_hint(attributes::types(kind));
        let scope = Scope::new(names);
        let members = match realm {
            Realm::Resource => attributes::of_resource(self, kind, body, &scope, &rest, span),
            Realm::Data => data::attributes(self, kind, body, &scope, span),
            Realm::Ephemeral => Vec::new(),
        };
        let mut object = Object::new(members);
        object.rest = Some(rest);
        Value::new(Kind::Object(object), span)
            .mark(Marks::EPHEMERAL.when(realm == Realm::Ephemeral))
    }

    /// One value for something that may be repeated, from the values of its instances.
    fn each_instance(
        self: &Rc<Self>,
        repeated: &Rc<Repeated>,
        span: Span,
        label: &str,
        of_key: impl Fn(InstanceKey) -> Result<Value, Unknown> + 'static,
    ) -> Value {
        let of_key = Rc::new(of_key);
        let slot = |key: InstanceKey| {
            let of_key = of_key.clone();
            self.thunk(span, move || {
                of_key(key.clone()).unwrap_or_else(Value::unknown)
            })
        };
        match repeated.repetition() {
            Repetition::Single => of_key(InstanceKey::None).unwrap_or_else(Value::unknown),
            Repetition::Unknown(unknown) => Value::unknown(Unknown::new(
                unknown.kind(),
                format!(
                    "which instances `{label}` has is not known: {}",
                    unknown.reason()
                ),
                unknown.span(),
            )),
            Repetition::Count(count) if count > MAX_INSTANCES => Value::unknown(Unknown::limit(
                format!("`{label}` has {count} instances, more than are evaluated"),
                span,
            )),
            Repetition::Count(count) => {
                let items = (0..count).map(|index| slot(InstanceKey::Index(index)));
                Value::new(Kind::List(List::new(items.collect())), span)
            }
            Repetition::Each(elements) => {
                let members = elements
                    .list
                    .iter()
                    .map(|(name, _)| member(name, span, slot(InstanceKey::Name(name.clone()))));
                let mut object = Object::new(members.collect());
                object.rest = elements.rest.clone();
                Value::new(Kind::Object(object), span)
            }
        }
    }

    fn path(self: &Rc<Self>, at: Span) -> Vec<Member> {
        let root = &self.context.unit.directory;
        let module = match self.call {
            None => ".".to_owned(),
            Some(_) => relative(root, &self.module.directory),
        };
        let owner = self.clone();
        let cwd = move || {
            owner.reads_outside();
            let root = owner.context.unit.directory.to_string_lossy();
            Value::string(root.replace('\\', "/"), at)
        };
        vec![
            ready("module", Value::string(module, at)),
            ready("root", Value::string(".", at)),
            member("cwd", at, self.thunk(at, cwd)),
        ]
    }

    fn workspace(&self, at: Span) -> Value {
        Value::string(self.context.workspace.clone(), at)
    }

    /// What to say of something that the module does not declare.
    pub(super) fn missing_member(&self, root: &str, name: &str, span: Span) -> Unknown {
        let what = match root {
            "var" => format!("variable `{name}`"),
            "local" => {
                // It may be defined in a block that could not be read.
                if let Some(fault) = &self.module.locals().fault {
                    return broken(fault);
                }
                format!("local `{name}`")
            }
            "module" => format!("module call `{name}`"),
            "path" => {
                return Unknown::invalid(
                    format!(
                        "`path.{name}` is not one of `path.module`, `path.root` and `path.cwd`"
                    ),
                    span,
                );
            }
            "each" | "count" | "terraform" => {
                return Unknown::invalid(format!("there is no `{root}.{name}`"), span);
            }
            "data" | "ephemeral" => format!("{root} `{name}`"),
            _ => format!("resource `{root}.{name}`"),
        };
        // What is not found may be declared in a file that could not be read.
        if !self.is_read_whole() {
            let reason = format!("{what} is not in the files of this module that could be read");
            return Unknown::new(UnknownKind::NotRead, reason, span);
        }
        Unknown::invalid(format!("this module declares no {what}"), span)
    }

    /// Why there may be more outputs than are listed.
    pub fn unread_outputs(&self) -> Option<Unknown> {
        let reason = "a file of the module could not be read";
        let unread = || Unknown::new(UnknownKind::NotRead, reason, self.module_span());
        (!self.is_read_whole()).then(unread)
    }

    /// Whether all files of the module could be read.
    fn is_read_whole(&self) -> bool {
        let mut gaps = self.module.gaps.iter();
        !gaps.any(|gap| gap.kind == ProblemKind::Unreadable)
    }
}

/// Which of the things with a type and a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Realm {
    Resource,
    Data,
    Ephemeral,
}

impl Realm {
    fn prefix(self) -> &'static str {
        match self {
            Realm::Resource => "",
            Realm::Data => "data.",
            Realm::Ephemeral => "ephemeral.",
        }
    }

    fn declarations(self, module: &Module) -> &TypedDeclarations {
        match self {
            Realm::Resource => &module.resources,
            Realm::Data => &module.data,
            Realm::Ephemeral => &module.ephemerals,
        }
    }
}

/// The value of `module.x`: its outputs, in each of its instances.
fn called_module(owner: &Rc<ModuleInstance>, at: usize) -> Value {
    let declaration = owner.module.calls.at(at);
    let name = &declaration.name;
    let label = format!("module.{}", name.text);
    let repeated = owner.repeated(&label, declaration.body());
    let caller = owner.clone();
    let made_by = repeated.clone();
    owner.each_instance(&repeated, name.span, &label, move |key| {
        let declaration = caller.module.calls.at(at);
        let child = caller.child(declaration, &made_by, &key)?;
        let members = child.members(&child.module.outputs, output);
        let mut object = Object::new(members);
        object.rest = child.unread_outputs();
        Ok(Value::new(Kind::Object(object), declaration.name.span))
    })
}

fn output(owner: &Rc<ModuleInstance>, at: usize) -> Value {
    let declaration = owner.module.outputs.at(at);
    let (name, body) = (&declaration.name, declaration.body());
    let Some(value) = body.argument("value") else {
        let reason = format!("output `{}` has no `value`", name.text);
        return Value::unknown(Unknown::invalid(reason, name.span));
    };
    let marks = declared_marks(body);
    let span = value.span;
    let value = value.eval(&owner.scope());
    if value.marks.is_ephemeral() && !marks.is_ephemeral() {
        let reason = format!(
            "the value of output `{}` is ephemeral, which the output does not say it is",
            name.text
        );
        return Value::unknown(Unknown::invalid(reason, span));
    }
    value
        .step(Words::named("output", &name.text), name.span)
        .mark(marks)
}

fn ready(name: &str, value: Value) -> Member {
    member(name, value.span, value.into())
}

const SEPARATOR: u8 = MAIN_SEPARATOR as u8;

/// A directory as seen from another, with `/`: what `path.module` says.
pub fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
    // The root directory is the one that ends with a separator.
    let from = from.trim_end_matches(MAIN_SEPARATOR);
    let to = to.trim_end_matches(MAIN_SEPARATOR);
    let equal = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b);
    let mut common = equal.count();
    let ends_part = |path: &str| matches!(path.as_bytes().get(common), None | Some(&SEPARATOR));
    if !(ends_part(from) && ends_part(to)) {
        let equal = &from.as_bytes()[..common];
        common = memchr::memrchr(SEPARATOR, equal).unwrap_or(0);
    }
    let ups = from[common..].matches(MAIN_SEPARATOR).map(|_| "..");
    let down = to[common..].split(MAIN_SEPARATOR).skip(1);
    let parts: Vec<&str> = ups.chain(down).collect();
    match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    }
}
