//! The resolved model as JSON: what ecslint knows of each task definition, world by world.

use crate::model::{Existence, TaskDefinition};
use crate::source::{Location, SourceMap};
use crate::value::{Kind, Marks, Member, Object, PieceKind, Text, Unknown, Value};
use crate::worlds::Answer;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One instance of a task definition with its worlds.
#[derive(Clone, Debug)]
pub struct Inspected {
    pub address: Arc<str>,
    pub unit: Arc<str>,
    pub environment: Option<Arc<str>>,
    pub source: crate::model::SourceKind,
    pub location: Location,
    /// Where the construct is that the CDK has made it from.
    pub cdk_path: Option<Arc<str>>,
    /// The world of the defaults first.
    pub worlds: Vec<InspectedWorld>,
}

/// The definition in one world.
#[derive(Clone, Debug)]
pub struct InspectedWorld {
    /// The answers that make this world.
    pub when: Vec<String>,
    /// In the ECS API's names; what is not known is said inside.
    pub definition: Json,
}

/// Resolves a task definition in every world that its network, process and IPC modes, its
/// platform, its list of containers and their users, privileges and root file systems ask for. All
/// other members are evaluated without asking. There is one for each instance.
pub fn inspect(
    sources: &SourceMap,
    unit: &Arc<str>,
    environment: Option<&Arc<str>>,
    task: &TaskDefinition,
) -> Vec<Inspected> {
    let world = &task.world;
    let exploration = world.explore(|| {
        if let Existence::NotInstantiated = task.exists() {
            return None;
        }
        task.network_mode.read();
        task.pid_mode.read();
        task.ipc_mode.read();
        task.operating_system_family.read();
        for container in &task.containers().list {
            container.user.read();
            container.privileged.read();
            container.readonly_root_filesystem.read();
        }
        let definition = task.definition().get();
        Some(world.without_asking(|| to_json(&definition, 0)))
    });
    let mut worlds: Vec<InspectedWorld> = Vec::new();
    for leaf in exploration.leaves {
        let Some(definition) = leaf.outcome else {
            continue;
        };
        worlds.push(InspectedWorld {
            when: leaf.answers.iter().map(Answer::to_string).collect(),
            definition,
        });
    }
    let inspected = Inspected {
        address: task.address.clone(),
        unit: unit.clone(),
        environment: environment.cloned(),
        source: task.source,
        location: sources.location(task.span),
        cdk_path: task.cdk_path.clone(),
        worlds,
    };
    task.for_each_instance(inspected, |one, address| one.address = address.clone())
}

/// Levels that are printed; a value cannot be read deeper.
const MAX_DEPTH: usize = 128;

fn to_json(value: &Value, depth: usize) -> Json {
    if value.marks.is_sensitive() {
        return json!({ "$sensitive": true });
    }
    if value.marks.is_ephemeral() {
        return json!({ "$unknown": "it is ephemeral, and no plan shows it" });
    }
    if depth > MAX_DEPTH {
        return json!({ "$unknown": format!("nested more than {MAX_DEPTH} levels deep") });
    }
    match &value.kind {
        Kind::Null(_) => Json::Null,
        Kind::Bool(flag) => json!(flag),
        Kind::Number(number) => number_to_json(&number.to_string()),
        Kind::Text(text) => text_to_json(text),
        Kind::List(list) => {
            let mut items: Vec<Json> = list.iter().map(|item| to_json(&item, depth + 1)).collect();
            if let Some(rest) = &list.rest {
                items.push(json!({ "$more": rest.reason() }));
            }
            Json::Array(items)
        }
        Kind::Object(object) => object_to_json(object, depth),
        Kind::Unknown(unknown) => unknown_to_json(unknown),
    }
}

fn object_to_json(object: &Object, depth: usize) -> Json {
    // Of a name that stands twice, the last counts; the order is that of the source.
    let mut last: BTreeMap<&str, &Member> = BTreeMap::new();
    for member in object.members() {
        last.insert(&member.name, member);
    }
    let mut members = Map::new();
    for member in object.members() {
        if members.contains_key(&*member.name) {
            continue;
        }
        let value = last[&*member.name].value.get();
        if !value.is_null() {
            members.insert(member.name.to_string(), to_json(&value, depth + 1));
        }
    }
    if let Some(rest) = &object.rest {
        members.insert("$more".to_owned(), json!(rest.reason()));
    }
    Json::Object(members)
}

fn number_to_json(digits: &str) -> Json {
    serde_json::from_str(digits).unwrap_or_else(|_| json!(digits))
}

fn unknown_to_json(unknown: &Unknown) -> Json {
    json!({ "$unknown": unknown.reason() })
}

fn text_to_json(text: &Text) -> Json {
    let expanded = text.expanded();
    let mut parts: Vec<Json> = Vec::new();
    let mut known = String::new();
    let mut marks = Marks::NONE;
    for piece in expanded.pieces() {
        marks |= piece.marks;
        match &piece.kind {
            PieceKind::Literal(literal) => known.push_str(literal.as_str()),
            PieceKind::Hole(unknown) => {
                if !known.is_empty() {
                    parts.push(json!(std::mem::take(&mut known)));
                }
                parts.push(unknown_to_json(unknown));
            }
            PieceKind::Encoded(_) => unreachable!("an expanded rope holds no encoded piece"),
        }
    }
    if marks.is_sensitive() {
        return json!({ "$sensitive": true });
    }
    match &parts[..] {
        [] => return json!(known),
        [one] if known.is_empty() && expanded.pieces().len() == 1 => return one.clone(),
        _ => {}
    }
    if !known.is_empty() {
        parts.push(json!(known));
    }
    json!({ "$text": parts })
}
