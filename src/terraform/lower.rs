//! `aws_ecs_task_definition` to the model: arguments and blocks under the names of the ECS API.

use super::environment::{ModuleInstance, Names};
use super::eval::{Scope, Unit};
use super::instances::{Instance, InstanceKey, is_settled_by_plan};
use super::module::{Argument, BlockRef, Declaration, Merged, TASK_DEFINITION};
use super::syntax::Name;
use super::types::{Constraint, distinct};
use super::variables::unmet;
use super::{containers, dynamic};
use crate::model::schema::{self, Struct, Type};
use crate::model::{Existence, SourceKind, TaskDefinition, refusals};
use crate::source::Span;
use crate::value::{Kind, List, Member, Object, Slot, Unknown, Value};
use smallvec::SmallVec;
use std::rc::Rc;
use std::sync::Arc;

/// The instances of a task definition that an instance of its block in a module stands for. `keep`
/// lives as long as they do.
pub fn task_definition(
    owner: &Rc<ModuleInstance>,
    declaration: &Declaration,
    instance: Instance,
    keep: &Rc<impl Sized + 'static>,
) -> TaskDefinition {
    let name = &declaration.name;
    let (address, twins) = addresses(owner, declaration, &instance.keys());
    let body = declaration.body().clone();
    let refused = refused(owner, &instance, &body, &address);
    let definition = {
        let (inner, instance) = (owner.clone(), instance.clone());
        let own = name.clone();
        owner.thunk(name.span, move || {
            definition(&inner, &own, &body, &instance)
        })
    };
    let world = owner.context.unit.world.clone();
    let (owner, keep) = (owner.clone(), keep.clone());
    TaskDefinition::new(address, SourceKind::Terraform, name.span, world, definition)
        .with_twins(twins)
        .refusing(refused)
        .called_by(owner.call_spans())
        .existing(move || {
            let _ = &keep;
            existence(&owner, &instance)
        })
}

/// The address of the first instance, and those of the others.
fn addresses(
    owner: &ModuleInstance,
    declaration: &Declaration,
    keys: &[InstanceKey],
) -> (Arc<str>, Vec<Arc<str>>) {
    let name = &declaration.name.text;
    let prefixes = owner.prefixes().into_iter();
    let mut all = prefixes.flat_map(|prefix| {
        let address = |key| format!("{prefix}{TASK_DEFINITION}.{name}{key}").into();
        keys.iter().map(address).collect::<Vec<Arc<str>>>()
    });
    let first = all.next().expect("it is at least one instance");
    (first, all.collect())
}

/// Arguments and blocks that the resource type and its blocks do not have: a misspelt
/// `network_mode` sets nothing. Those of AWS provider 5.100 and, as far as they were documented in
/// 2025, of later ones.
pub fn unknown_names(body: &Arc<Merged>) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    let whole = Source::Resource(body.clone());
    whole.unknown_names(&schema::TASK_DEFINITION, &mut unknown);
    unknown
}

/// What Terraform refuses of the resource besides the arguments that the API has: conditions that
/// do not hold, and what cannot be kept in the state.
fn refused(
    owner: &Rc<ModuleInstance>,
    instance: &Instance,
    body: &Merged,
    address: &str,
) -> Vec<Unknown> {
    let lifecycle = body.blocks("lifecycle").into_iter();
    let conditions: Vec<BlockRef> = lifecycle
        .flat_map(|lifecycle| lifecycle.blocks("precondition"))
        .collect();
    let settings = SETTINGS.iter();
    let settings: Vec<Argument> = settings.filter_map(|name| body.argument(name)).collect();
    let shape = &schema::TASK_DEFINITION;
    let required = shape.members.iter().filter(|it| is_required(shape, it));
    let only_overrides: Vec<Unknown> = required
        .filter_map(|member| body.only_in_override(terraform_name(shape, member)))
        .map(|name| {
            let reason = format!(
                "argument `{}` is required where the resource is declared; an override only replaces it",
                name.text
            );
            Unknown::invalid(reason, name.span)
        })
        .collect();
    let is_empty = conditions.is_empty() && settings.is_empty() && only_overrides.is_empty();
    if is_empty || !matches!(existence(owner, instance), Existence::Exists) {
        return Vec::new();
    }
    let scope = Scope::new(Names::of_instance(owner, instance.clone()));
    let unmet = conditions
        .iter()
        .filter_map(|condition| unmet(condition, &scope, || format!("`{address}`")));
    let ephemeral = settings
        .iter()
        .filter(|setting| setting.eval(&scope).marks.is_ephemeral());
    unmet
        .chain(only_overrides)
        .chain(ephemeral.map(|setting| refusals::ephemeral(setting.name.span)))
        .collect()
}

/// Arguments for the provider, of which ECS knows nothing.
const SETTINGS: &[&str] = &["region", "skip_destroy", "track_latest"];

/// Names in a resource that are no members of the API: what Terraform itself reads, and what the
/// provider does.
const OTHER_NAMES: &[&str] = &[
    "arn",
    "arn_without_revision",
    "connection",
    "count",
    "depends_on",
    "for_each",
    "id",
    "lifecycle",
    "provider",
    "provisioner",
    "region",
    "revision",
    "skip_destroy",
    "tags_all",
    "timeouts",
    "track_latest",
];

/// Stands for the instances that a bound of ecslint leaves out.
pub fn beyond_bound(
    owner: &Rc<ModuleInstance>,
    declaration: &Declaration,
    unknown: Unknown,
) -> TaskDefinition {
    let name = &declaration.name;
    let (address, twins) = addresses(owner, declaration, &[InstanceKey::Unknown]);
    let world = owner.context.unit.world.clone();
    let definition = Slot::Ready(Value::unknown(unknown.clone()));
    TaskDefinition::new(address, SourceKind::Terraform, name.span, world, definition)
        .with_twins(twins)
        .called_by(owner.call_spans())
        .existing(move || Existence::Unknown(unknown.clone()))
}

/// Whether a module instance is certainly there in the present world.
pub fn is_there(module: &ModuleInstance) -> bool {
    match &module.call {
        None => true,
        Some(call) => matches!(existence(&call.caller, &call.instance), Existence::Exists),
    }
}

/// Whether an instance is there in the present world, with all the modules around it.
fn existence(owner: &ModuleInstance, instance: &Instance) -> Existence {
    let mut around: SmallVec<[&Instance; 8]> = SmallVec::new();
    let mut at = owner;
    while let Some(call) = &at.call {
        around.push(&call.instance);
        at = &call.caller;
    }
    let mut all = Existence::Exists;
    for instance in around.into_iter().rev().chain([instance]) {
        match (instance.exists(), &all) {
            (Existence::NotInstantiated, _) => return Existence::NotInstantiated,
            (unknown @ Existence::Unknown(_), Existence::Exists) => all = unknown,
            _ => {}
        }
    }
    all
}

fn definition(
    owner: &Rc<ModuleInstance>,
    name: &Name,
    body: &Arc<Merged>,
    instance: &Instance,
) -> Value {
    // One instance stands for all only where a plan will tell them.
    if let Existence::Unknown(unknown) = existence(owner, instance)
        && !is_settled_by_plan(&unknown)
    {
        return Value::unknown(unknown);
    }
    if let Some(fault) = body.syntax_fault() {
        return Value::unknown(fault);
    }
    let kind = TASK_DEFINITION.into();
    let names = Names::of_resource(owner, instance.clone(), &kind, &name.text);
    let lowering = Lowering {
        owner: owner.clone(),
        scope: Scope::new(names),
    };
    lowering.structure(
        &Source::Resource(body.clone()),
        &schema::TASK_DEFINITION,
        name.span,
    )
}

/// What arguments and nested blocks are read from.
#[derive(Clone)]
enum Source {
    Resource(Arc<Merged>),
    Block(BlockRef),
}

impl Source {
    fn argument(&self, name: &str) -> Option<Argument> {
        match self {
            Source::Resource(body) => body.argument(name),
            Source::Block(block) => block.argument(name),
        }
    }

    fn blocks(&self, kind: &str) -> Vec<BlockRef> {
        match self {
            Source::Resource(body) => body.blocks(kind),
            Source::Block(block) => block.blocks(kind),
        }
    }

    /// The names of its arguments and blocks.
    fn names(&self) -> Vec<&Name> {
        match self {
            Source::Resource(body) => {
                let arguments = body.argument_names().into_iter();
                arguments.chain(body.block_names()).collect()
            }
            Source::Block(block) => block.argument_names().chain(block.block_names()).collect(),
        }
    }

    fn has_blocks(&self) -> bool {
        match self {
            Source::Resource(body) => body.block_names().next().is_some(),
            Source::Block(block) => block.block_names().next().is_some(),
        }
    }

    fn unknown_names(&self, shape: &'static Struct, unknown: &mut Vec<Unknown>) {
        let is_whole = matches!(self, Source::Resource(_));
        let own = |name: &str| {
            let is_member = |member: &'static schema::Member| terraform_name(shape, member) == name;
            is_whole && OTHER_NAMES.contains(&name) || shape.members.iter().any(is_member)
        };
        let names = self.names().into_iter();
        unknown.extend(names.filter(|name| !own(&name.text)).map(|name| {
            let within = match self {
                Source::Resource(_) => "",
                Source::Block(_) => "this block of ",
            };
            let reason = format!(
                "{within}`{TASK_DEFINITION}` has no argument or block `{}`",
                name.text
            );
            Unknown::invalid(reason, name.span)
        }));
        if !self.has_blocks() {
            return;
        }
        for member in shape.members {
            // Maps that the API takes as lists of pairs are arguments.
            let Form::Plain(Type::Struct(of) | Type::List(Type::Struct(of))) =
                Form::of(shape, member)
            else {
                continue;
            };
            for block in self.blocks(terraform_name(shape, member)) {
                let contents = match block.is_dynamic() {
                    true => block.blocks("content"),
                    false => vec![block],
                };
                for content in contents {
                    Source::Block(content).unknown_names(of, unknown);
                }
            }
        }
    }
}

/// Lowers in the scope of one instance, with the iterators of the `dynamic` blocks around.
#[derive(Clone)]
struct Lowering {
    owner: Rc<ModuleInstance>,
    scope: Scope,
}

impl Lowering {
    /// The object of an API structure; its members are evaluated when they are read.
    fn structure(&self, source: &Source, shape: &'static Struct, span: Span) -> Value {
        let members = shape.members.iter();
        let members = members.filter_map(|member| match self.member(source, shape, member) {
            None if is_required(shape, member) => Some(Member {
                name: member.name.into(),
                name_span: span,
                value: Slot::Ready(Value::unknown(Unknown::invalid(
                    format!(
                        "argument `{}` is required, and is not set",
                        terraform_name(shape, member)
                    ),
                    span,
                ))),
            }),
            found => found,
        });
        Value::new(Kind::Object(Object::new(members.collect())), span)
    }

    fn member(
        &self,
        source: &Source,
        shape: &'static Struct,
        member: &'static schema::Member,
    ) -> Option<Member> {
        let name = terraform_name(shape, member);
        let form = Form::of(shape, member);
        let (of, single) = match (&member.value, form) {
            (Type::Struct(of), Form::Plain(_)) => (Some(*of), true),
            (Type::List(Type::Struct(of)), Form::Plain(_)) => (Some(*of), false),
            _ => (None, false),
        };
        // JSON syntax lists a block as an argument too.
        let blocks = match of {
            Some(_) => source.blocks(name),
            None => Vec::new(),
        };
        if blocks.is_empty()
            && let Some(argument) = source.argument(name)
        {
            let scope = self.scope.clone();
            let name_span = argument.name.span;
            let is_required = is_required(shape, member);
            let compute = move || match argument.eval(&scope) {
                value if is_required && value.is_null() => Value::unknown(Unknown::invalid(
                    format!("argument `{}` is required, and is null", argument.name.text),
                    value.span,
                )),
                value => form.read(value, scope.unit()),
            };
            return Some(Member {
                name: member.name.into(),
                name_span,
                value: self.owner.thunk(name_span, compute),
            });
        }
        let of = of?;
        let name_span = blocks.first()?.produces()?.span;
        let this = self.clone();
        let compute = move || this.nested(&blocks, of, single, name_span);
        Some(Member {
            name: member.name.into(),
            name_span,
            value: self.owner.thunk(name_span, compute),
        })
    }

    /// The blocks of one type: a structure, or a list of them.
    fn nested(&self, blocks: &[BlockRef], of: &'static Struct, single: bool, span: Span) -> Value {
        let mut items = Vec::new();
        let mut rest = None;
        for block in blocks {
            if block.is_dynamic() {
                let made = dynamic::expand(block, &self.scope, |content, scope| {
                    let inner = Lowering {
                        owner: self.owner.clone(),
                        scope,
                    };
                    let source = Source::Block(content.clone());
                    items.push(inner.structure(&source, of, content.header()));
                });
                if let Err(unknown) = made {
                    rest.get_or_insert(unknown);
                }
            } else if let Some(fault) = block.fault() {
                rest.get_or_insert(fault);
            } else {
                let source = Source::Block(block.clone());
                items.push(self.structure(&source, of, block.header()));
            }
        }
        if !single {
            // The provider keeps them as sets.
            let items = self.scope.unit().world.without_asking(|| distinct(items));
            let mut list = List::new(items.into_iter().map(Slot::from).collect());
            list.rest = rest;
            return Value::new(Kind::List(list), span);
        }
        if items.len() > 1 {
            let reason = format!(
                "there are {} blocks of a type that may be set once",
                items.len()
            );
            return Value::unknown(Unknown::invalid(reason, span));
        }
        match (items.into_iter().next(), rest) {
            (Some(first), _) => first,
            (None, Some(unknown)) => Value::unknown(unknown),
            (None, None) => Value::null(span),
        }
    }
}

/// How an argument's value becomes a member's.
#[derive(Clone, Copy)]
enum Form {
    Plain(&'static Type),
    /// What the API takes as a list is a set for the provider.
    Set(&'static Type),
    Containers,
    /// A map of strings that the API takes as a list of pairs with these names.
    Pairs(&'static str, &'static str),
    /// `host_path`, which the API keeps in a structure.
    Host,
}

impl Form {
    fn of(shape: &Struct, member: &'static schema::Member) -> Form {
        match (shape.name, member.name, &member.value) {
            ("TaskDefinition", "requiresCompatibilities", Type::List(of)) => Form::Set(of),
            ("TaskDefinition", "containerDefinitions", _) => Form::Containers,
            ("TaskDefinition", "tags", _) => Form::Pairs("key", "value"),
            ("ProxyConfiguration", "properties", _) => Form::Pairs("name", "value"),
            ("Volume", "host", _) => Form::Host,
            _ => Form::Plain(&member.value),
        }
    }

    fn read(self, value: Value, unit: &Rc<Unit>) -> Value {
        if let Form::Containers = self {
            return containers::decoded(value, unit);
        }
        if value.is_null() || value.as_unknown().is_some() {
            return value;
        }
        match self {
            Form::Plain(of) => constraint(of).convert(value),
            Form::Set(of) => Constraint::Set(Rc::new(constraint(of))).convert(value),
            Form::Containers => containers::decoded(value, unit),
            Form::Pairs(key, name) => unit.world.without_asking(|| pairs(value, key, name)),
            Form::Host => {
                let path = Constraint::String.convert(value);
                let span = path.span;
                let host = Object::new(vec![Member {
                    name: "sourcePath".into(),
                    name_span: span,
                    value: path.into(),
                }]);
                Value::new(Kind::Object(host), span)
            }
        }
    }
}

/// The type that the provider's schema gives an argument.
fn constraint(of: &Type) -> Constraint {
    match of {
        Type::String => Constraint::String,
        Type::Integer => Constraint::Number,
        Type::Boolean => Constraint::Bool,
        Type::List(of) => Constraint::List(Rc::new(constraint(of))),
        Type::Map(of) => Constraint::Map(Rc::new(constraint(of))),
        Type::Struct(_) => Constraint::Any,
    }
}

/// The list of a map's pairs. The provider leaves out what is null.
fn pairs(value: Value, key: &'static str, name: &'static str) -> Value {
    let (span, trail, marks) = (value.span, value.trail.clone(), value.marks);
    let map = Constraint::Map(Rc::new(Constraint::String)).convert(value);
    let Kind::Object(object) = map.kind else {
        return map;
    };
    let members = object.members().iter();
    let members = members.filter(|member| !member.value.get().is_null());
    let items = members.map(|member| {
        let pair = Object::new(vec![
            Member {
                name: key.into(),
                name_span: member.name_span,
                value: Value::string(member.name.clone(), member.name_span).into(),
            },
            Member {
                name: name.into(),
                name_span: member.name_span,
                value: member.value.clone(),
            },
        ]);
        Slot::from(Value::new(Kind::Object(pair), member.name_span))
    });
    let mut list = List::new(items.collect());
    list.rest = object.rest.clone();
    Value {
        trail,
        marks,
        ..Value::new(Kind::List(list), span)
    }
}

/// Terraform's name of an API member: in snake case, with the few exceptions.
fn terraform_name(shape: &Struct, member: &'static schema::Member) -> &'static str {
    match (shape.name, member.name) {
        ("TaskDefinition", "volumes") => "volume",
        ("TaskDefinition", "inferenceAccelerators") => "inference_accelerator",
        ("Volume", "host") => "host_path",
        ("Volume", "configuredAtLaunch") => "configure_at_launch",
        ("EphemeralStorage", "sizeInGiB") => "size_in_gib",
        _ => member.snake_case(),
    }
}

/// Whether the provider refuses a resource or block without the argument.
fn is_required(shape: &Struct, member: &schema::Member) -> bool {
    matches!(
        (shape.name, member.name),
        ("TaskDefinition", "family" | "containerDefinitions")
            | ("EFSVolumeConfiguration", "fileSystemId")
            | ("EphemeralStorage", "sizeInGiB")
            | (
                "FSxWindowsFileServerVolumeConfiguration",
                "fileSystemId" | "rootDirectory" | "authorizationConfig"
            )
            | (
                "FSxWindowsFileServerAuthorizationConfig",
                "credentialsParameter" | "domain"
            )
            | ("InferenceAccelerator", "deviceName" | "deviceType")
            | ("ProxyConfiguration", "containerName")
            | ("TaskDefinitionPlacementConstraint", "type")
            | ("Volume", "name")
    )
}
