//! Task definitions of the ECS API, in JSON and YAML, to the model.
//!
//! Read are the output of `aws ecs describe-task-definition`, with and without its
//! `taskDefinition` wrapper, the input of `aws ecs register-task-definition` (`--cli-input-json`,
//! `--cli-input-yaml`), and a bare array of container definitions. Names are exact camelCase.
//! Such files are often made ready by a pipeline first (`"user": "${UID}"`): what it fills in is not
//! known.

use crate::finding::ProblemKind;
use crate::json;
use crate::ledger::{Gap, Partial};
use crate::model::{SourceKind, TaskDefinition};
use crate::source::{File, Span};
use crate::value::{Kind, List, Member, Object, Slot, Unknown, UnknownKind, Value, placeholders};
use crate::worlds::World;
use crate::yaml;
use memchr::memmem;
use std::rc::Rc;

/// Whether a file may hold what this front end reads, by its bytes alone. `named`: the user asked
/// for this file, so a bare array of containers counts.
pub fn may_hold(file: &File, named: bool) -> bool {
    let text = file.text();
    let first = text[file.bom()..].trim_start().bytes().next();
    if let Some(letters) = file.utf16_letters() {
        return has_containers(&letters);
    }
    match first {
        Some(b'{') => {
            memmem::find(text.as_bytes(), b"ontainerDefinitions").is_some()
                || (text.contains("\\u") && text.contains("efinitions"))
        }
        Some(b'[') => named,
        _ if is_called_json(file) => has_containers(text),
        _ => {
            // YAML, with the key at the start of a line.
            let is_key = |name: &[u8]| {
                let mut found = memmem::find_iter(text.as_bytes(), name);
                found.any(|at| at == file.bom() || text.as_bytes()[at - 1] == b'\n')
            };
            is_key(b"containerDefinitions:")
                || is_key(b"taskDefinition:") && text.contains(" containerDefinitions:")
        }
    }
}

fn is_json(file: &File) -> bool {
    let text = file.text()[file.bom()..].trim_start();
    text.starts_with(['{', '['])
}

/// By its name, also where the text does not begin so.
fn is_called_json(file: &File) -> bool {
    file.path.extension().is_some_and(|ending| ending == "json")
}

/// Reads a file. Nothing where it is JSON or YAML of another kind.
pub fn load(file: &File, named: bool) -> Option<Partial<Vec<TaskDefinition>>> {
    let range = file.bom()..file.text().len();
    if file.utf16_letters().is_some() {
        let message = "expected text in UTF-8, this is UTF-16";
        return Some(unreadable(file, message, file.span(0, 1)));
    }
    if !is_json(file) {
        return match yaml::read(file, range, &mut |_, value| value) {
            Ok(document) => {
                let start = document.root.span;
                let task = task_of(file, document.root, named);
                let broken = || unreadable(file, "expected an object in braces", start);
                task.or_else(|| is_called_json(file).then(broken))
            }
            Err(error) => Some(unreadable(file, &error.message, error.span)),
        };
    }
    let is_array = file.text()[range.clone()].trim_start().starts_with('[');
    if !is_array {
        // Told by the names at the top, before the whole is parsed.
        let members = match json::members(file, range.clone()) {
            Ok(members) => members,
            Err(_) if !named && !has_containers(file.text()) => return None,
            Err(error) => return Some(unreadable(file, &error.message, error.span)),
        };
        let has = |name: &str| members.iter().any(|member| *member.name == *name);
        if !has("containerDefinitions") && !has("taskDefinition") {
            return None;
        }
    }
    match json::parse_file(file, range) {
        Ok(value) => task_of(file, value, named),
        Err(error) => Some(unreadable(file, &error.message, error.span)),
    }
}

/// The task definition that a file's value is or wraps.
fn task_of(file: &File, value: Value, named: bool) -> Option<Partial<Vec<TaskDefinition>>> {
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
        Slot::Ready(made_ready(definition)),
    );
    Some(Partial::whole(vec![task]))
}

/// What a definition is once everything is filled in.
fn made_ready(definition: Value) -> Value {
    let Kind::Object(object) = &definition.kind else {
        return definition;
    };
    let members = object.members().iter().map(|member| {
        let made: fn(Value) -> Value = match &*member.name {
            "containerDefinitions" => |list| match &list.kind {
                Kind::List(own) => {
                    let items = own.items.iter().map(|item| item.map(made_ready));
                    let items = Rc::new(items.collect());
                    let own = List {
                        items,
                        ..own.clone()
                    };
                    Value {
                        kind: Kind::List(own),
                        ..list
                    }
                }
                _ => list,
            },
            "runtimePlatform" => made_ready,
            name if placeholders::count_in(name) => {
                |value| placeholders::taken_out(value, placeholders::all, "ECS")
            }
            _ => return member.clone(),
        };
        Member {
            value: member.value.map(made),
            ..member.clone()
        }
    });
    let mut made = Object::new(members.collect());
    made.rest = object.rest.clone();
    Value {
        kind: Kind::Object(made),
        ..definition
    }
}

/// The task definition that a bare array of containers belongs to. What else it sets, its network
/// mode among it, is not in the file.
fn from_containers(list: &List, value: &Value) -> Value {
    let is_object = |slot: &Slot| matches!(slot.get().kind, Kind::Object(_));
    if !list.items.iter().all(is_object) {
        return Value::null(value.span);
    }
    let mut object = Object::new(vec![Member {
        name: "containerDefinitions".into(),
        name_span: value.span,
        value: Slot::Ready(value.clone()),
    }]);
    let bracket = value.span.within(0, 1);
    object.rest = Some(Unknown::new(
        UnknownKind::NotRead,
        "a list of container definitions alone does not say what its task sets",
        bracket,
    ));
    Value::new(Kind::Object(object), value.span)
}

fn stem(file: &File) -> String {
    let stem = file.path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Whether text that is no JSON may have been meant as a task definition.
fn has_containers(text: &str) -> bool {
    text.contains("containerDefinitions")
}

fn unreadable(file: &File, message: &str, at: Span) -> Partial<Vec<TaskDefinition>> {
    let message = format!("{message}, so the task definition in this file was not checked");
    let mut gap = Gap::new(ProblemKind::Unreadable, message, at);
    if placeholders::all(file.text()).is_some() {
        gap = gap.help("another tool fills in this file: check what it makes of it");
    }
    Partial::new(Vec::new(), vec![gap])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NetworkMode, State};
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    fn load_text(text: &str, named: bool) -> Option<TaskDefinition> {
        let sources = SourceMap::new(Memory::new([("/w/web.json", text)]), "/w");
        let file = sources.open(Path::new("web.json")).expect("in memory");
        if !may_hold(&file, named) {
            return None;
        }
        let mut gaps = Vec::new();
        load(&file, named)?.take(&mut gaps).pop()
    }

    #[test]
    fn a_wrapper_is_seen_through() {
        for text in [
            r#"{"family": "f", "networkMode": "host", "containerDefinitions": []}"#,
            r#"{"tags": [], "taskDefinition": {"family": "f", "networkMode": "host", "containerDefinitions": []}}"#,
            r#"{"family": "f", "networkMode": "host", "container\u0044efinitions": []}"#,
        ] {
            let task = load_text(text, false).expect("it is a task definition");
            assert_eq!(&*task.address, "f");
            let mode = task.network_mode.read().state;
            assert!(matches!(mode, State::Known(NetworkMode::Host)), "{mode:?}");
        }
    }

    #[test]
    fn a_bare_list_leaves_the_network_mode_open() {
        let text = r#"[{"name": "a", "user": "0"}]"#;
        assert!(load_text(text, false).is_none(), "nobody asked for it");
        let task = load_text(text, true).expect("it is named");
        assert_eq!(&*task.address, "web");
        assert_eq!(task.containers().list.len(), 1);
        assert!(matches!(task.network_mode.read().state, State::Unknown(_)));
    }

    #[test]
    fn yaml_is_read_as_well() {
        for text in [
            "family: f\nnetworkMode: host\ncontainerDefinitions: []\n",
            "# c\ntags: []\ntaskDefinition:\n  containerDefinitions:\n  - name: a\n  family: f\n  networkMode: host\n",
        ] {
            let task = load_text(text, false).expect("it is a task definition");
            assert_eq!(&*task.address, "f");
            let mode = task.network_mode.read().state;
            assert!(matches!(mode, State::Known(NetworkMode::Host)), "{mode:?}");
        }
    }

    #[test]
    fn what_is_no_json_before_it_is_filled_in_is_told() {
        let text = r#"{"memory": ${MEMORY}, "containerDefinitions": []}"#;
        let sources = SourceMap::new(Memory::new([("/w/web.json", text)]), "/w");
        let file = sources.open(Path::new("/w/web.json")).expect("in memory");
        let mut gaps = Vec::new();
        let tasks = load(&file, false).expect("it has containers");
        assert!(tasks.take(&mut gaps).is_empty());
        assert_eq!(gaps[0].kind, ProblemKind::Unreadable);
        assert!(gaps[0].help.is_some());
        assert!(load_text(r#"{"a": 1, // c"#, false).is_none());
    }

    #[test]
    fn utf_16_is_told() {
        let text = r#"{"containerDefinitions": []}"#;
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let sources = SourceMap::new(Memory::new([("/w/web.json", &bytes[..])]), "/w");
        let file = sources.open(Path::new("/w/web.json")).expect("in memory");
        assert!(may_hold(&file, false));
        let mut gaps = Vec::new();
        let tasks = load(&file, false).expect("it has containers");
        assert!(tasks.take(&mut gaps).is_empty());
        assert!(gaps[0].message.contains("UTF-16"));
    }

    #[test]
    fn other_json_is_none_of_ours() {
        for text in [
            "x:\n  containerDefinitions: []\n",
            "taskDefinition:\n  family: f\n",
            "# containerDefinitions:\n",
            r#"{"a": 1}"#,
            r#"{"x": {"containerDefinitions": []}}"#,
            "[1, 2]",
            "7",
        ] {
            assert!(load_text(text, true).is_none(), "{text}");
        }
    }
}
