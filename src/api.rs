//! Task-definition JSON of the ECS API to the model.
//!
//! Read are the output of `aws ecs describe-task-definition`, with and without its
//! `taskDefinition` wrapper, the input of `aws ecs register-task-definition`, and a bare array of
//! container definitions. Names are exact camelCase.

use crate::finding::ProblemKind;
use crate::json;
use crate::ledger::{Gap, Partial};
use crate::model::{SourceKind, TaskDefinition};
use crate::source::File;
use crate::value::{Kind, List, Member, Object, Slot, Value};
use crate::worlds::World;
use memchr::memmem;

/// Whether a file may hold what this front end reads, by its bytes alone. `named`: the user asked
/// for this file, so a bare array of containers counts.
pub fn may_hold(file: &File, named: bool) -> bool {
    let text = file.text();
    let first = text[file.bom()..].trim_start().bytes().next();
    match first {
        Some(b'{') => {
            memmem::find(text.as_bytes(), b"ontainerDefinitions").is_some()
                || (text.contains("\\u") && text.contains("efinitions"))
        }
        Some(b'[') => named,
        _ => false,
    }
}

/// Reads a file. Nothing where it is JSON of another kind.
pub fn load(file: &File, named: bool) -> Option<Partial<Vec<TaskDefinition>>> {
    let range = file.bom()..file.text().len();
    let is_array = file.text()[range.clone()].trim_start().starts_with('[');
    if !is_array {
        // Told by the names at the top, before the whole is parsed.
        let members = match json::members(file, range.clone()) {
            Ok(members) => members,
            Err(_) if !named => return None,
            Err(error) => return Some(unreadable(error)),
        };
        let has = |name: &str| members.iter().any(|member| member.name == name);
        if !has("containerDefinitions") && !has("taskDefinition") {
            return None;
        }
    }
    let value = match json::parse_file(file, range) {
        Ok(value) => value,
        Err(error) => return Some(unreadable(error)),
    };
    let definition = match value.kind {
        Kind::List(ref list) if named => from_containers(list, &value),
        Kind::Object(ref object) => {
            let wrapped = object.get("taskDefinition", value.span);
            match wrapped {
                Some(inner) if inner.as_object().is_some() => inner,
                Some(_) => return None,
                None => value,
            }
        }
        _ => return None,
    };
    let object = definition.as_object()?;
    // An array of another kind, or a wrapper around something else.
    object.member("containerDefinitions")?;
    let family = object.member("family").map(|member| member.value.get());
    let name = family.as_ref().and_then(Value::as_str);
    let address = match name {
        Some(name) => name.into_owned(),
        None => stem(file),
    };
    let span = family.map_or(
        file.span(
            definition.span.start as usize,
            definition.span.start as usize + 1,
        ),
        |family| family.span,
    );
    let task = TaskDefinition::new(
        address,
        SourceKind::Api,
        span,
        World::new(),
        Slot::Ready(definition),
    );
    Some(Partial::whole(vec![task]))
}

/// The task definition that a bare array of containers belongs to: all else is not set.
fn from_containers(list: &List, value: &Value) -> Value {
    let is_object = |slot: &Slot| matches!(slot.get().kind, Kind::Object(_));
    let members = if list.items.iter().all(is_object) {
        vec![Member {
            name: "containerDefinitions".into(),
            name_span: value.span,
            value: Slot::Ready(value.clone()),
        }]
    } else {
        Vec::new()
    };
    Value::new(Kind::Object(Object::new(members)), value.span)
}

fn stem(file: &File) -> String {
    let stem = file.path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn unreadable(error: json::SyntaxError) -> Partial<Vec<TaskDefinition>> {
    let gap = Gap::new(
        ProblemKind::Unreadable,
        format!(
            "{}, so the task definition in this file was not checked",
            error.message
        ),
        error.span,
    );
    Partial::new(Vec::new(), vec![gap])
}
