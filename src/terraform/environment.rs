//! What names mean inside a module instance: `var`, `local`, `module`, resources and the rest.

use super::context::Context;
use super::eval::{Environment, Reference, Scope, Unit};
use super::instances::{Instance, InstanceKey, Repeated, Repetition};
use super::module::{Declaration, Declarations, Merged, Module, TypedDeclarations, broken};
use super::variables::declared_marks;
use super::{attributes, data};
use crate::source::Span;
use crate::value::{
    Deferred, Kind, List, Marks, Member, Object, Slot, Unknown, UnknownKind, Value,
};
use crate::worlds::{Memo, Symbol};
use foldhash::HashMap;
use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A module with the inputs of one call, or the root module.
pub struct ModuleInstance {
    pub context: Rc<Context>,
    pub module: Arc<Module>,
    /// Empty for the root module, else `module.api["eu"]`.
    pub address: Arc<str>,
    /// How many instances it is: one, unless it or a module around it stands for all instances of
    /// its call.
    pub count: usize,
    pub call: Option<Call>,
    roots: RefCell<Roots>,
}

/// The call that made a module instance.
pub struct Call {
    pub caller: Rc<ModuleInstance>,
    pub name: Arc<str>,
    pub name_span: Span,
    pub body: Arc<Merged>,
    pub instance: Instance,
}

/// What was made of the instance's names so far. It and the computations in it refer to one
/// another; [`ModuleInstance::forget`] lets go of them.
#[derive(Default)]
struct Roots {
    values: HashMap<Arc<str>, Value>,
    repeated: HashMap<Arc<str>, Rc<Repeated>>,
    children: HashMap<(Arc<str>, InstanceKey), Rc<ModuleInstance>>,
}

impl ModuleInstance {
    /// The root module, which nobody calls.
    pub fn root(context: &Rc<Context>, module: Arc<Module>) -> Rc<ModuleInstance> {
        ModuleInstance::new(context, module, "".into(), 1, None)
    }

    fn new(
        context: &Rc<Context>,
        module: Arc<Module>,
        address: Arc<str>,
        count: usize,
        call: Option<Call>,
    ) -> Rc<ModuleInstance> {
        let instance = Rc::new(ModuleInstance {
            context: context.clone(),
            module,
            address,
            count,
            call,
            roots: RefCell::default(),
        });
        context
            .instances
            .borrow_mut()
            .push(Rc::downgrade(&instance));
        instance
    }

    /// What stands before the address of something in it: `module.api["eu"].`.
    pub fn prefix(&self) -> String {
        match &*self.address {
            "" => String::new(),
            address => format!("{address}."),
        }
    }

    /// What stands before the addresses of something in each of the instances that it is.
    pub fn prefixes(&self) -> Vec<String> {
        let Some(call) = self.call.as_ref().filter(|_| self.count > 1) else {
            return vec![self.prefix()];
        };
        let keys = call.instance.keys();
        let around = call.caller.prefixes().into_iter();
        let all = around.flat_map(|around| {
            let call = |key| format!("{around}module.{}{key}.", call.name);
            keys.iter().map(call).collect::<Vec<String>>()
        });
        all.collect()
    }

    /// A place that stands for the whole: the call's name.
    pub fn module_span(&self) -> Span {
        match &self.call {
            Some(call) => call.name_span,
            None => self.context.span,
        }
    }

    /// The names in the declarations of the calls that lead here.
    pub fn call_spans(&self) -> Vec<Span> {
        let calls = std::iter::successors(self.call.as_ref(), |call| call.caller.call.as_ref());
        calls.map(|call| call.name_span).collect()
    }

    /// How many calls lead here.
    pub fn depth(&self) -> usize {
        let mut depth = 0;
        let mut at = self;
        while let Some(call) = &at.call {
            depth += 1;
            at = &call.caller;
        }
        depth
    }

    /// Whether the directory is that of this instance or of one that leads here.
    pub fn is_inside(&self, directory: &Path) -> bool {
        let mut at = self;
        loop {
            if at.module.directory == directory {
                return true;
            }
            match &at.call {
                Some(call) => at = &call.caller,
                None => return false,
            }
        }
    }

    /// The names of the calls that lead here, as `.terraform/modules/modules.json` joins them.
    pub fn call_path(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let mut at = self;
        while let Some(call) = &at.call {
            names.push(&call.name);
            at = &call.caller;
        }
        names.reverse();
        names.join(".")
    }

    /// Lets go of everything that was evaluated.
    pub fn forget(&self) {
        let roots = self.roots.take();
        drop(roots);
    }

    /// The scope of an expression in this module outside anything repeated.
    pub fn scope(self: &Rc<Self>) -> Scope {
        Scope::new(Names::of_module(self))
    }

    /// What `count` or `for_each` of a block gives; `name` is unique in the module.
    pub fn repeated(self: &Rc<Self>, name: &str, body: &Merged) -> Rc<Repeated> {
        if let Some(known) = self.roots.borrow().repeated.get(name) {
            return known.clone();
        }
        let repeated = Rc::new(Repeated::new(self, name, body));
        let mut roots = self.roots.borrow_mut();
        roots.repeated.insert(name.into(), repeated.clone());
        repeated
    }

    /// The instance that a call of this module makes under a key, or why there is none.
    pub fn child(
        self: &Rc<Self>,
        declaration: &Declaration,
        repeated: &Rc<Repeated>,
        key: &InstanceKey,
    ) -> Result<Rc<ModuleInstance>, Unknown> {
        let name = &declaration.name;
        let known = (name.text.clone(), key.clone());
        if let Some(child) = self.roots.borrow().children.get(&known) {
            return Ok(child.clone());
        }
        let directory = self.context.called_directory(self, declaration)?;
        if self.is_inside(&directory) {
            return Err(Unknown::invalid(
                format!("module `{}` calls itself", name.text),
                name.span,
            ));
        }
        let is_counted = *key != InstanceKey::All;
        self.context
            .count_module_instance(self.depth() + 1, name, is_counted)?;
        let instance = Instance {
            of: repeated.clone(),
            key: key.clone(),
        };
        let child = ModuleInstance::new(
            &self.context,
            self.context.module(&directory),
            format!("{}module.{}{key}", self.prefix(), name.text).into(),
            self.count.saturating_mul(instance.keys().len()),
            Some(Call {
                caller: self.clone(),
                name: name.text.clone(),
                name_span: name.span,
                body: declaration.body().clone(),
                instance,
            }),
        );
        self.roots
            .borrow_mut()
            .children
            .insert(known, child.clone());
        Ok(child)
    }

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
        value.step(format!("local `{}`", name.text), name.span)
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
            Repetition::Count(count) if count > super::instances::MAX_INSTANCES => {
                Value::unknown(Unknown::limit(
                    format!("`{label}` has {count} instances, more than are evaluated"),
                    span,
                ))
            }
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

    fn path(&self, at: Span) -> Vec<Member> {
        let root = &self.context.unit.directory;
        let module = match self.call {
            None => ".".to_owned(),
            Some(_) => relative(root, &self.module.directory),
        };
        let cwd = root.to_string_lossy().replace('\\', "/");
        vec![
            ready("module", Value::string(module, at)),
            ready("root", Value::string(".", at)),
            ready("cwd", Value::string(cwd, at)),
        ]
    }

    fn workspace(&self, at: Span) -> Value {
        Value::string(self.context.workspace.clone(), at)
    }

    /// What to say of something that the module does not declare.
    fn missing_member(&self, root: &str, name: &str, span: Span) -> Unknown {
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
        match self
            .module
            .gaps
            .iter()
            .find(|gap| gap.kind == crate::finding::ProblemKind::Unreadable)
        {
            Some(_) => Unknown::new(
                UnknownKind::NotRead,
                format!("{what} is not in the files of this module that could be read"),
                span,
            ),
            None => Unknown::invalid(format!("this module declares no {what}"), span),
        }
    }

    /// A computation that is put off until it is read, and then remembered.
    pub fn thunk(self: &Rc<Self>, span: Span, compute: impl Fn() -> Value + 'static) -> Slot {
        Slot::Deferred(Rc::new(Thunk {
            context: self.context.clone(),
            memo: Memo::default(),
            span,
            compute,
        }))
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

/// The names in a module instance, or in one instance of a block of it.
pub struct Names {
    module: Rc<ModuleInstance>,
    instance: Option<Instance>,
    /// `each` or `count` of the instance.
    own: OnceCell<Value>,
    /// The type and the name of the resource that they stand in.
    itself: Option<(Arc<str>, Arc<str>)>,
}

impl Names {
    /// Those outside anything repeated.
    pub fn of_module(module: &Rc<ModuleInstance>) -> Rc<Names> {
        Names::new(module, None, None)
    }

    /// Those in one instance of a block: `each` and `count` besides.
    pub fn of_instance(module: &Rc<ModuleInstance>, instance: Instance) -> Rc<Names> {
        Names::new(module, Some(instance), None)
    }

    /// Those in one instance of a resource, which may not refer to itself.
    pub fn of_resource(
        module: &Rc<ModuleInstance>,
        instance: Instance,
        kind: &Arc<str>,
        name: &Arc<str>,
    ) -> Rc<Names> {
        Names::new(module, Some(instance), Some((kind.clone(), name.clone())))
    }

    fn new(
        module: &Rc<ModuleInstance>,
        instance: Option<Instance>,
        itself: Option<(Arc<str>, Arc<str>)>,
    ) -> Rc<Names> {
        Rc::new(Names {
            module: module.clone(),
            instance,
            own: OnceCell::new(),
            itself,
        })
    }

    /// The resources of the type that the resource has that they stand in.
    fn beside_itself(&self, kind: &str, name: &str) -> Option<Value> {
        let resources = self.module.root_value(kind)?;
        let members = resources.as_object()?.members().iter().map(|member| {
            if &*member.name != name {
                return member.clone();
            }
            let reason = format!("`{kind}.{name}` may not refer to itself");
            let refused = Unknown::invalid(reason, member.name_span);
            Member {
                value: Value::unknown(refused).into(),
                ..member.clone()
            }
        });
        let kind = Kind::Object(Object::new(members.collect()));
        Some(Value { kind, ..resources })
    }

    fn own(&self, members: impl FnOnce(&Instance) -> Vec<Member>) -> Option<Value> {
        let instance = self.instance.as_ref()?;
        let value = self.own.get_or_init(|| {
            Value::new(
                Kind::Object(Object::new(members(instance))),
                instance.span(),
            )
        });
        Some(value.clone())
    }

    fn own_member(&self, name: &str, instance: &Instance, read: fn(&Instance) -> Value) -> Member {
        let span = instance.span();
        let instance = instance.clone();
        let slot = self.module.thunk(span, move || read(&instance));
        member(name, span, slot)
    }
}

impl Environment for Names {
    fn unit(&self) -> &Rc<Unit> {
        &self.module.context.unit
    }

    fn root(&self, name: &str) -> Option<Value> {
        match name {
            "each" if self.instance.as_ref()?.has_each() => self.own(|instance| {
                vec![
                    self.own_member("key", instance, Instance::key),
                    self.own_member("value", instance, Instance::value),
                ]
            }),
            "count" if self.instance.as_ref()?.has_count() => {
                self.own(|instance| vec![self.own_member("index", instance, Instance::index)])
            }
            "each" | "count" | "self" => None,
            _ => match &self.itself {
                Some((kind, own)) if **kind == *name => self.beside_itself(kind, own),
                _ => self.module.root_value(name),
            },
        }
    }

    fn names_after(&self, root: &str) -> usize {
        match root {
            "data" | "ephemeral" | "resource" => 2,
            _ => 1,
        }
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        self.module.missing_member(root, member, span)
    }

    fn refused(&self, reference: &Reference) -> Option<Unknown> {
        self.module.module.refused_instance(reference)
    }
}

/// A computation of a module instance, remembered world by world.
struct Thunk<F> {
    context: Rc<Context>,
    memo: Memo<Value>,
    span: Span,
    compute: F,
}

/// Computations that wait for one another; a chain of locals is one each.
const MAX_DEPTH: usize = 20_000;
const RED_ZONE: usize = 256 * 1024;
const STACK: usize = 4 * 1024 * 1024;

impl<F: Fn() -> Value> Deferred for Thunk<F> {
    fn get(&self) -> Value {
        let depth = &self.context.depth;
        if depth.get() >= MAX_DEPTH {
            return Value::unknown(Unknown::limit(
                format!("more than {MAX_DEPTH} values depend on one another here"),
                self.span,
            ));
        }
        depth.set(depth.get() + 1);
        let value = stacker::maybe_grow(RED_ZONE, STACK, || {
            let world = &self.context.unit.world;
            self.memo.value(world, self.span, || (self.compute)())
        });
        depth.set(depth.get() - 1);
        value
    }

    fn span(&self) -> Span {
        self.span
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

impl ModuleInstance {
    /// Why there may be more outputs than are listed.
    pub fn unread_outputs(&self) -> Option<Unknown> {
        let unreadable =
            |gap: &&crate::ledger::Gap| gap.kind == crate::finding::ProblemKind::Unreadable;
        self.module.gaps.iter().find(unreadable)?;
        Some(Unknown::new(
            UnknownKind::NotRead,
            "a file of the module could not be read",
            self.module_span(),
        ))
    }
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
        .step(format!("output `{}`", name.text), name.span)
        .mark(marks)
}

/// Arguments that Terraform reads itself and no reference can see.
pub fn is_meta_argument(name: &str) -> bool {
    matches!(name, "count" | "for_each" | "provider" | "depends_on")
}

pub(super) fn member(name: impl AsRef<str>, span: Span, value: Slot) -> Member {
    Member {
        name: name.as_ref().into(),
        name_span: span,
        value,
    }
}

fn ready(name: &str, value: Value) -> Member {
    member(name, value.span, value.into())
}

/// A directory as seen from another, with `/`: what `path.module` says.
fn relative(from: &Path, to: &Path) -> String {
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let ups = from.components().count() - common;
    let mut parts: Vec<String> = vec!["..".to_owned(); ups];
    let down = to.components().skip(common);
    parts.extend(down.map(|part| part.as_os_str().to_string_lossy().into_owned()));
    match parts.join("/") {
        here if here.is_empty() => ".".to_owned(),
        path => path,
    }
}
