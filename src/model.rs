//! The common model: a task definition in the nouns of the ECS API, whatever source it came from.
//!
//! A front end hands over one lazily evaluated object with the API's camelCase names
//! ([`schema`] lists them); this file gives typed access to it. Nothing is evaluated before a rule
//! reads it, and reading answers *known*, *absent* or *unknown*, so that no unknown can pass for a
//! default.

pub mod refusals;
pub mod schema;
pub mod spelling;

use crate::source::Span;
use crate::value::{Kind, Pattern, Slot, Text, Trail, Unknown, Value};
use crate::worlds::{Memo, World};
use foldhash::{HashMap, HashSet};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

/// Which front end read a task definition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    Terraform,
    CloudFormation,
    Api,
}

/// Whether a task definition is there at all in the present world: `count`, `for_each`, or a
/// resource's `Condition`.
#[derive(Clone, Debug)]
pub enum Existence {
    Exists,
    /// No instance here.
    NotInstantiated,
    Unknown(Unknown),
}

/// What a task definition is judged by, where its front end can tell.
pub struct Likeness {
    /// Those of one run that have the same come to the same verdicts.
    pub key: Arc<[u8]>,
    /// What is refused beside it, as far as that is judged by the same.
    pub refused: Box<dyn Fn() -> Vec<Unknown>>,
    /// Whether that is all that was read of it so far.
    pub is_whole: Box<dyn Fn() -> bool>,
}

/// One instance of a declared task definition, or several that only their addresses tell apart.
pub struct TaskDefinition {
    /// Terraform's resource address, CloudFormation's logical id, the API's family.
    pub address: Arc<str>,
    /// The addresses of the other instances that it stands for.
    twins: Vec<Arc<str>>,
    pub source: SourceKind,
    /// The name in the declaration: the resource's label, the logical id.
    pub span: Span,
    pub(crate) world: Rc<World>,
    exists: Box<dyn Fn() -> Existence>,
    /// What its source sets and cannot.
    pub refused: Vec<Unknown>,
    /// What is written about it beside it: CloudFormation's `Metadata` of the resource and of the
    /// template.
    pub metadata: Vec<Value>,
    /// What may change any of it before it is deployed, if something may: a macro.
    pub changed_by: Option<Unknown>,
    /// Where the construct is that the CDK has made it from: `Stack/Service/TaskDef/Resource`.
    pub cdk_path: Option<Arc<str>>,
    /// The names in the declarations of the module calls or nested stacks that lead to it.
    pub calls: Vec<Span>,
    pub likeness: Option<Likeness>,
    parts: Memo<Result<Rc<Parts>, Unknown>>,
    all: Portion,
    definition: Rc<Slot>,

    /// Absent: `bridge` on Linux.
    pub network_mode: Member<NetworkMode>,
    /// Absent: each container has its own process namespace.
    pub pid_mode: Member<Text>,
    /// Absent: depends on the daemon of the instance.
    pub ipc_mode: Member<Text>,
    /// Absent: `LINUX`.
    pub operating_system_family: Member<Text>,
    /// Absent: EC2.
    pub requires_compatibilities: Member<Vec<Text>>,
}

impl TaskDefinition {
    /// `definition` evaluates to an object of the API's shape; `world` is the one that it is
    /// evaluated in.
    pub fn new(
        address: impl Into<Arc<str>>,
        source: SourceKind,
        span: Span,
        world: Rc<World>,
        definition: Slot,
    ) -> TaskDefinition {
        let definition = Rc::new(definition);
        TaskDefinition {
            address: address.into(),
            twins: Vec::new(),
            source,
            span,
            world,
            exists: Box::new(|| Existence::Exists),
            refused: Vec::new(),
            metadata: Vec::new(),
            changed_by: None,
            cdk_path: None,
            calls: Vec::new(),
            likeness: None,
            parts: Memo::default(),
            all: Portion::of(None),
            network_mode: Member::new(&definition, &["networkMode"]),
            pid_mode: Member::new(&definition, &["pidMode"]),
            ipc_mode: Member::new(&definition, &["ipcMode"]),
            operating_system_family: Member::new(
                &definition,
                &["runtimePlatform", "operatingSystemFamily"],
            ),
            requires_compatibilities: Member::new(&definition, &["requiresCompatibilities"]),
            definition,
        }
    }

    /// Lets it stand for more instances, which only their addresses tell from it.
    pub fn with_twins(mut self, addresses: Vec<Arc<str>>) -> TaskDefinition {
        self.twins = addresses;
        self
    }

    /// Makes its existence a question of the world.
    pub fn existing(mut self, exists: impl Fn() -> Existence + 'static) -> TaskDefinition {
        self.exists = Box::new(exists);
        self
    }

    /// Adds what Terraform or CloudFormation would refuse in the declaration.
    pub fn refusing(mut self, refused: Vec<Unknown>) -> TaskDefinition {
        self.refused = refused;
        self
    }

    /// Adds what is written about it beside it.
    pub fn described_by(mut self, metadata: Vec<Value>) -> TaskDefinition {
        self.metadata = metadata;
        self
    }

    /// Says that something may change any of it before it is deployed.
    pub fn changed_by(mut self, what: Option<Unknown>) -> TaskDefinition {
        self.changed_by = what;
        self
    }

    /// Names the construct of the CDK that it is made from.
    pub fn made_from(mut self, cdk_path: Option<Arc<str>>) -> TaskDefinition {
        self.cdk_path = cdk_path;
        self
    }

    /// Adds by what it is called.
    pub fn called_by(mut self, calls: Vec<Span>) -> TaskDefinition {
        self.calls = calls;
        self
    }

    /// Tells what it is judged by.
    pub fn like(mut self, likeness: Option<Likeness>) -> TaskDefinition {
        self.likeness = likeness;
        self
    }

    /// The addresses of all instances that it stands for, its own first.
    pub fn addresses(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.address).chain(&self.twins)
    }

    /// What is said of it, once for each of these instances: `address` makes it that of one.
    pub fn for_each_instance<T: Clone>(
        &self,
        said: T,
        mut address: impl FnMut(&mut T, &Arc<str>),
    ) -> Vec<T> {
        let mut all = vec![said; 1 + self.twins.len()];
        for (one, own) in all.iter_mut().zip(self.addresses()) {
            address(one, own);
        }
        all
    }

    pub fn exists(&self) -> Existence {
        (self.exists)()
    }

    /// The whole object, for `inspect`.
    pub fn definition(&self) -> &Slot {
        &self.definition
    }

    /// The container definitions in the present world.
    pub fn containers(&self) -> Rc<Containers> {
        self.containers_in(&self.all)
    }

    /// Those of a portion of the list. Only what decides this portion is asked.
    pub fn containers_in(&self, portion: &Portion) -> Rc<Containers> {
        let containers = portion.containers.get(&self.world, || {
            let parts = match self.parts() {
                Ok(parts) => parts,
                Err(unknown) => return Rc::new(Containers::unknown(unknown)),
            };
            let chosen: Vec<&Slot> = match &portion.spans {
                None => parts.list.iter().collect(),
                Some(spans) => parts.at(spans),
            };
            Rc::new(Containers::of(&chosen, &self.world))
        });
        containers.unwrap_or_else(|_| Rc::new(Containers::unknown(self.cycle())))
    }

    /// Where the parts of the container list stand in the present world: the pieces of it that
    /// are decided each on its own. No two are the same.
    pub fn part_spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        if let Ok(parts) = self.parts() {
            let mut seen = HashSet::with_capacity_and_hasher(parts.list.len(), <_>::default());
            let all = parts.list.iter().map(Slot::span);
            spans.extend(all.filter(|span| seen.insert(*span)));
        }
        spans
    }

    fn parts(&self) -> Result<Rc<Parts>, Unknown> {
        let parts = self
            .parts
            .get(&self.world, || Parts::of(&self.definition).map(Rc::new));
        parts.unwrap_or_else(|_| Err(self.cycle()))
    }

    fn cycle(&self) -> Unknown {
        Unknown::invalid("the container definitions refer to themselves", self.span)
    }
}

/// The parts of a container list in one world.
struct Parts {
    list: Vec<Slot>,
    by_span: HashMap<Span, Vec<usize>>,
}

impl Parts {
    fn of(definition: &Slot) -> Result<Parts, Unknown> {
        const CONTAINERS: &str = "containerDefinitions";
        let value = definition.get();
        let object = value.as_object();
        let list = match object.and_then(|object| object.member(CONTAINERS)) {
            Some(member) => {
                let parts = member.value.parts();
                parts.unwrap_or_else(|| vec![member.value.clone()])
            }
            None => {
                let whole = find(&value, &[CONTAINERS])?;
                whole.into_iter().map(Slot::from).collect()
            }
        };
        let mut by_span: HashMap<Span, Vec<usize>> =
            HashMap::with_capacity_and_hasher(list.len(), <_>::default());
        for (at, part) in list.iter().enumerate() {
            by_span.entry(part.span()).or_default().push(at);
        }
        Ok(Parts { list, by_span })
    }

    /// The parts that stand at some places, in their order.
    fn at(&self, spans: &[Span]) -> Vec<&Slot> {
        let found = spans.iter().filter_map(|span| self.by_span.get(span));
        let mut found: Vec<usize> = found.flatten().copied().collect();
        found.sort_unstable();
        found.into_iter().map(|at| &self.list[at]).collect()
    }
}

/// Some parts of a container list, whatever the list is in a world.
pub struct Portion {
    /// Where these parts stand; nothing: all of them.
    spans: Option<Vec<Span>>,
    containers: Memo<Rc<Containers>>,
}

impl Portion {
    /// The parts that stand at some places.
    pub fn of(spans: Option<Vec<Span>>) -> Portion {
        Portion {
            spans,
            containers: Memo::default(),
        }
    }
}

/// The container list of a task definition in one world.
pub struct Containers {
    pub list: Vec<ContainerDefinition>,
    /// There may be more containers than listed, or the list is not known at all.
    pub rest: Option<Unknown>,
}

impl Containers {
    fn unknown(unknown: Unknown) -> Containers {
        Containers {
            list: Vec::new(),
            rest: Some(unknown),
        }
    }

    fn of(parts: &[&Slot], world: &World) -> Containers {
        let mut rest = None;
        let mut items: Vec<Slot> = Vec::new();
        for part in parts {
            let value = part.get();
            match value.kind {
                Kind::List(list) => {
                    items.extend(list.items.iter().cloned());
                    rest = rest.or(list.rest);
                }
                Kind::Null(_) => {}
                Kind::Unknown(unknown) => rest = rest.or(Some(unknown)),
                _ => {
                    let what = value.describe();
                    let reason = format!("the container definitions are {what}, not a list");
                    rest = rest.or(Some(Unknown::invalid(reason, value.span)));
                }
            }
        }
        let mut containers: Vec<ContainerDefinition> = Vec::with_capacity(items.len());
        let mut spans = HashMap::default();
        for item in &items {
            *spans.entry(item.span()).or_insert(0) += 1;
        }
        let mut seen = HashMap::default();
        for item in &items {
            let value = item.get();
            match &value.kind {
                Kind::Null(_) => continue,
                Kind::Unknown(unknown) => {
                    rest.get_or_insert_with(|| unknown.clone());
                    continue;
                }
                _ => {}
            }
            let container = ContainerDefinition::new(value);
            // Only what one object defines several times is told apart by its name.
            let name = match spans.get(&container.span) {
                Some(1) => None,
                _ => world.aside(|| container.shown_name()),
            };
            let key = (container.span, name);
            let occurrence: &mut usize = seen.entry(key).or_default();
            containers.push(ContainerDefinition {
                occurrence: *occurrence,
                ..container
            });
            *occurrence += 1;
        }
        Containers {
            list: containers,
            rest,
        }
    }
}

/// One container definition in one world.
#[derive(Clone)]
pub struct ContainerDefinition {
    /// The object that defines it.
    pub span: Span,
    /// The way the object took to the list.
    pub trail: Trail,
    /// Tells it from others of the same place and name (`for` makes many from one place).
    occurrence: usize,
    definition: Rc<Slot>,

    pub name: Member<Text>,
    /// `user[:group]`; absent: the image decides, and images default to root.
    pub user: Member<Text>,
    /// Absent: false.
    pub privileged: Member<bool>,
    /// Absent: false.
    pub readonly_root_filesystem: Member<bool>,
}

/// What a container is in every world that has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ContainerId {
    span: Span,
    name: Option<String>,
    occurrence: usize,
}

impl ContainerId {
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The object that defines it.
    pub fn span(&self) -> Span {
        self.span
    }
}

impl ContainerDefinition {
    fn new(value: Value) -> ContainerDefinition {
        let span = value.span;
        let trail = value.trail.clone();
        let definition = Rc::new(Slot::Ready(value));
        ContainerDefinition {
            span,
            trail,
            occurrence: 0,
            name: Member::new(&definition, &["name"]),
            user: Member::new(&definition, &["user"]),
            privileged: Member::new(&definition, &["privileged"]),
            readonly_root_filesystem: Member::new(&definition, &["readonlyRootFilesystem"]),
            definition,
        }
    }

    pub fn id(&self) -> ContainerId {
        ContainerId {
            span: self.span,
            name: self.shown_name(),
            occurrence: self.occurrence,
        }
    }

    /// Its name, if all of it is known.
    pub fn shown_name(&self) -> Option<String> {
        match self.name.read().state {
            State::Known(text) => text.known().map(|name| name.into_owned()),
            _ => None,
        }
    }

    /// The name of its first member, which tells in which notation it is written.
    pub fn first_member_name(&self) -> Option<Span> {
        let definition = self.definition.peek();
        let first = definition.as_object()?.members().first()?;
        Some(first.name_span)
    }
}

/// A typed member that is read on demand, by its path of API names from the object it belongs to.
#[derive(Clone)]
pub struct Member<T> {
    of: Rc<Slot>,
    path: &'static [&'static str],
    as_type: PhantomData<fn() -> T>,
}

/// What reading a member gave.
#[derive(Clone, Debug)]
pub struct Field<T> {
    pub state: State<T>,
    /// Where the value, the null or the unknown stands; nothing where the member is missing.
    pub span: Option<Span>,
    pub trail: Trail,
    /// It must not be shown.
    pub sensitive: bool,
    /// Terraform or CloudFormation would refuse the value; what was meant may be clear all the
    /// same.
    pub refused: Option<Unknown>,
}

#[derive(Clone, Debug)]
pub enum State<T> {
    Known(T),
    /// Missing or null.
    Absent,
    Unknown(Unknown),
}

impl<T: FromValue> Member<T> {
    fn new(of: &Rc<Slot>, path: &'static [&'static str]) -> Member<T> {
        Member {
            of: of.clone(),
            path,
            as_type: PhantomData,
        }
    }

    /// Its API name.
    pub fn api_name(&self) -> &'static str {
        self.path.last().expect("a member has a name")
    }

    pub fn read(&self) -> Field<T> {
        let absent = Field {
            state: State::Absent,
            span: None,
            trail: Trail::default(),
            sensitive: false,
            refused: None,
        };
        let mut field = match find(&self.of.peek(), self.path) {
            Ok(None) => absent,
            Ok(Some(value)) => Field {
                span: Some(value.span),
                trail: value.trail.clone(),
                sensitive: value.marks.is_hidden(),
                refused: T::refused(&value, self.api_name()),
                state: match &value.kind {
                    Kind::Null(_) => State::Absent,
                    Kind::Unknown(unknown) => match T::from_unknown(unknown) {
                        Some(known) => State::Known(known),
                        None => State::Unknown(unknown.clone()),
                    },
                    _ => match T::from_value(&value) {
                        Ok(known) => State::Known(known),
                        Err(unknown) => State::Unknown(unknown),
                    },
                },
            },
            Err(unknown) => Field {
                span: Some(unknown.span()),
                state: State::Unknown(unknown),
                ..absent
            },
        };
        if let State::Unknown(unknown) = &field.state
            && unknown.is_refused()
        {
            field.refused = Some(unknown.clone());
        }
        field
    }
}

/// Follows a path of members. A null on the way is an absent member.
fn find(of: &Value, path: &[&str]) -> Result<Option<Value>, Unknown> {
    let mut value = Cow::Borrowed(of);
    for (at, name) in path.iter().enumerate() {
        let next = match &value.kind {
            Kind::Object(object) => object.get(name, value.span),
            Kind::Null(_) => None,
            Kind::Unknown(unknown) => return Err(unknown.clone()),
            // The API has one structure where Terraform has a block that may be repeated.
            Kind::List(list) if at > 0 && list.items.len() == 1 && list.rest.is_none() => {
                let only = list.items[0].peek();
                match &only.kind {
                    Kind::Object(object) => object.get(name, only.span),
                    Kind::Unknown(unknown) => return Err(unknown.clone()),
                    _ => None,
                }
            }
            _ => {
                let reason = format!("expected an object here, this is {}", value.describe());
                return Err(Unknown::invalid(reason, value.span));
            }
        };
        match next {
            Some(next) => value = Cow::Owned(next),
            None => return Ok(None),
        }
    }
    Ok(Some(value.into_owned()))
}

/// A type that a member's value can be read as.
pub trait FromValue: Sized {
    /// # Errors
    /// What is not known of it, or that it is of another type.
    fn from_value(value: &Value) -> Result<Self, Unknown>;

    /// What it is whatever stands for what is not known.
    fn from_unknown(_unknown: &Unknown) -> Option<Self> {
        None
    }

    /// What is wrong with a value that can be read all the same.
    fn refused(_value: &Value, _member: &str) -> Option<Unknown> {
        None
    }
}

fn mismatch(value: &Value, expected: &str) -> Unknown {
    Unknown::invalid(
        format!("expected {expected} here, this is {}", value.describe()),
        value.span,
    )
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<bool, Unknown> {
        value.as_bool().ok_or_else(|| mismatch(value, "a boolean"))
    }

    fn from_unknown(unknown: &Unknown) -> Option<bool> {
        let may_be = |flag: &LazyLock<Option<Pattern>>| {
            let flag = flag.as_ref();
            flag.is_none_or(|flag| unknown.may_match("", flag))
        };
        match (may_be(&TRUE), may_be(&FALSE)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}

impl FromValue for Text {
    /// A rope, which may have holes. A number is its digits: ECS would refuse it where it wants a
    /// string, and what was meant is clear.
    fn from_value(value: &Value) -> Result<Text, Unknown> {
        match &value.kind {
            Kind::Text(text) => Ok(text.clone()),
            Kind::Number(number) => Ok(Text::computed(number.to_string(), value.span)),
            _ => Err(mismatch(value, "a string")),
        }
    }

    fn refused(value: &Value, member: &str) -> Option<Unknown> {
        let reason = || format!("`{member}` must be a string, this is a number");
        value
            .as_number()
            .map(|_| Unknown::invalid(reason(), value.span))
    }
}

impl FromValue for Vec<Text> {
    fn from_value(value: &Value) -> Result<Vec<Text>, Unknown> {
        let list = value.as_list().ok_or_else(|| mismatch(value, "a list"))?;
        if let Some(rest) = &list.rest {
            return Err(rest.clone());
        }
        list.iter()
            .map(|item| match &item.kind {
                Kind::Unknown(unknown) => Err(unknown.clone()),
                _ => Text::from_value(&item),
            })
            .collect()
    }
}

static TRUE: LazyLock<Option<Pattern>> = LazyLock::new(|| Pattern::new("(?i:true)"));
static FALSE: LazyLock<Option<Pattern>> = LazyLock::new(|| Pattern::new("(?i:false)"));
static HOST: LazyLock<Option<Pattern>> = LazyLock::new(|| Pattern::new("host"));

/// How a task's containers reach the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NetworkMode {
    Host,
    /// `bridge`, `awsvpc`, `none`, or what ECS would refuse. Letter case matters: `HOST` is not
    /// a network mode.
    Other,
}

impl FromValue for NetworkMode {
    fn from_value(value: &Value) -> Result<NetworkMode, Unknown> {
        let text = Text::from_value(value)?;
        match text.render() {
            Ok(rendered) if rendered.text == "host" => Ok(NetworkMode::Host),
            Ok(_) => Ok(NetworkMode::Other),
            Err(hole) => {
                let prefix = text.known_prefix();
                let may_be = || match HOST.as_ref() {
                    Some(host) if text.ends_in_hole() => hole.may_match(&prefix, host),
                    _ => true,
                };
                match "host".starts_with(&prefix) && may_be() {
                    true => Err(hole),
                    false => Ok(NetworkMode::Other),
                }
            }
        }
    }

    fn from_unknown(unknown: &Unknown) -> Option<NetworkMode> {
        let host = HOST.as_ref();
        host.is_some_and(|host| !unknown.may_match("", host))
            .then_some(NetworkMode::Other)
    }
}
