//! Task definitions as a Terraform plan has them, reduced to what can be compared, and the
//! comparison with what `inspect` says.
//!
//! The reduced form keeps Terraform's names. `{"$unknown": true}` stands for what is known only
//! after apply and `{"$sensitive": value}` for what the plan marks sensitive; the containers are
//! decoded. What is not set is left out.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Attributes that are about Terraform or only known after apply, and no members of the ECS API.
const NOT_COMPARED: &[&str] = &[
    "arn",
    "arn_without_revision",
    "id",
    "revision",
    "skip_destroy",
    "tags_all",
    "track_latest",
];

/// Set by AWS when the source sets nothing.
const COMPUTED: &[&str] = &["configure_at_launch", "enable_fault_injection"];

/// Attributes with names of the user's own, whose empty values are values.
const MAPS: &[&str] = &["driver_opts", "labels", "properties", "tags"];

/// The planned task definitions by address.
pub fn reduce(plan: &Json) -> BTreeMap<String, Json> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let tasks = changes.filter(|change| {
        change["type"] == "aws_ecs_task_definition" && change["mode"] == "managed"
    });
    tasks
        .map(|task| {
            let address = task["address"].as_str().expect("a change has an address");
            let change = &task["change"];
            let after = overlay(
                &change["after"],
                &change["after_unknown"],
                &change["after_sensitive"],
                false,
            );
            let Json::Object(mut attributes) = after else {
                panic!("the plan creates `{address}`");
            };
            attributes.retain(|name, _| !NOT_COMPARED.contains(&&**name));
            if let Some(containers) = attributes.get_mut("container_definitions") {
                decode(containers);
            }
            (address.to_owned(), Json::Object(attributes))
        })
        .collect()
}

/// Puts the marks into the values, and leaves out what is not set: the provider writes null, an
/// empty list, an empty string, zero or false for it.
fn overlay(value: &Json, unknown: &Json, sensitive: &Json, is_map: bool) -> Json {
    if *unknown == true {
        return json!({ "$unknown": true });
    }
    if *sensitive == true {
        return json!({ "$sensitive": value });
    }
    match value {
        Json::Object(members) => {
            let marked = unknown.as_object().into_iter().flatten();
            let marked = marked.filter(|(_, mark)| **mark == true);
            let names = members.keys().chain(marked.map(|(name, _)| name));
            let mut all = Map::new();
            for name in names {
                let of_map = MAPS.contains(&&**name);
                let one = overlay(&value[name], &unknown[name], &sensitive[name], of_map);
                let is_computed = one == json!({ "$unknown": true });
                let is_left_out = match is_map {
                    true => one.is_null(),
                    false => is_unset(&one) || is_computed && COMPUTED.contains(&&**name),
                };
                if !is_left_out {
                    all.insert(name.clone(), one);
                }
            }
            Json::Object(all)
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| overlay(item, &unknown[at], &sensitive[at], false));
            Json::Array(items.collect())
        }
        _ => value.clone(),
    }
}

fn is_unset(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Bool(true) => false,
    }
}

/// The list in the JSON of the containers.
fn decode(containers: &mut Json) {
    if let Some(inner) = containers.get_mut("$sensitive") {
        return decode(inner);
    }
    if let Some(text) = containers.as_str() {
        *containers = serde_json::from_str(text).expect("the provider writes JSON");
    }
}

/// How what `inspect` says differs from a reduced task definition.
pub fn differences(planned: &Json, known: &Json) -> Vec<String> {
    let mut comparison = Comparison::default();
    comparison.value("", &as_api(planned), known);
    comparison.differences
}

/// A reduced task definition in the names and the structure of the API.
fn as_api(planned: &Json) -> Json {
    let Some(attributes) = planned.as_object() else {
        return planned.clone();
    };
    let mut members = Map::new();
    for (name, value) in attributes {
        let (api, value) = match &**name {
            "container_definitions" => ("containerDefinitions".to_owned(), value.clone()),
            "inference_accelerator" => ("inferenceAccelerators".to_owned(), blocks(value)),
            "volume" => ("volumes".to_owned(), blocks(value)),
            "placement_constraints" => (camel_case(name), blocks(value)),
            "host_path" => ("host".to_owned(), json!({ "sourcePath": value })),
            "configure_at_launch" => ("configuredAtLaunch".to_owned(), value.clone()),
            "size_in_gib" => ("sizeInGiB".to_owned(), value.clone()),
            "properties" => (camel_case(name), pairs(value, "name")),
            "tags" => (camel_case(name), pairs(value, "key")),
            "driver_opts" | "labels" | "requires_compatibilities" => {
                (camel_case(name), value.clone())
            }
            // The others are blocks that may stand once.
            _ => match blocks(value) {
                Json::Array(blocks) => (camel_case(name), blocks[0].clone()),
                value => (camel_case(name), value),
            },
        };
        members.insert(api, value);
    }
    Json::Object(members)
}

fn blocks(value: &Json) -> Json {
    match value {
        Json::Array(blocks) => Json::Array(blocks.iter().map(as_api).collect()),
        _ => value.clone(),
    }
}

/// A map as the list of pairs that the API takes.
fn pairs(value: &Json, key: &str) -> Json {
    match value.as_object() {
        Some(map) if !is_mark(value) => {
            let pairs = map.iter().map(|(name, value)| {
                let mut pair = Map::new();
                pair.insert(key.to_owned(), json!(name));
                pair.insert("value".to_owned(), value.clone());
                Json::Object(pair)
            });
            Json::Array(pairs.collect())
        }
        _ => value.clone(),
    }
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        camel.extend(part[..1].to_uppercase().chars().chain(part[1..].chars()));
    }
    camel
}

fn is_mark(value: &Json) -> bool {
    ["$unknown", "$sensitive", "$text", "$more"]
        .iter()
        .any(|mark| value.get(mark).is_some())
}

/// Lists that the provider keeps as sets or sorts.
const UNORDERED: &[&str] = &[
    "containerDefinitions",
    "environment",
    "inferenceAccelerators",
    "placementConstraints",
    "properties",
    "requiresCompatibilities",
    "secrets",
    "tags",
    "volumes",
];

/// What the provider fills in.
const DEFAULTS: &[(&str, &str)] = &[("rootDirectory", "/"), ("type", "APPMESH")];

#[derive(Default)]
struct Comparison {
    differences: Vec<String>,
    /// Inside something that the plan marks as a whole.
    sensitive: bool,
}

impl Comparison {
    fn say(&mut self, path: &str, planned: &Json, known: &Json) {
        let difference = format!("`{path}` is {planned} in the plan and {known} here");
        self.differences.push(difference);
    }

    fn value(&mut self, path: &str, planned: &Json, known: &Json) {
        if planned.get("$unknown").is_some() {
            return;
        }
        if let Some(inner) = planned.get("$sensitive") {
            if !holds_sensitive(known) {
                self.say(path, planned, known);
            }
            let around = std::mem::replace(&mut self.sensitive, true);
            self.value(path, inner, known);
            self.sensitive = around;
            return;
        }
        if known.get("$sensitive").is_some() && self.sensitive {
            return;
        }
        if is_mark(known) {
            return self.say(path, planned, known);
        }
        let in_container = path.starts_with(".containerDefinitions");
        match (planned, known) {
            (Json::Object(left), Json::Object(right)) => {
                for (name, planned) in left {
                    let known = &known[name];
                    let is_default = DEFAULTS
                        .iter()
                        .any(|(of, value)| of == name && planned == value);
                    if !(is_default && known.is_null()) {
                        self.value(&format!("{path}.{name}"), planned, known);
                    }
                }
                for (name, known) in right {
                    if !left.contains_key(name) {
                        self.value(&format!("{path}.{name}"), &Json::Null, known);
                    }
                }
            }
            (Json::Array(left), Json::Array(right)) => {
                let name = path.rsplit('.').next().unwrap_or_default();
                if UNORDERED.contains(&name) {
                    self.unordered(path, left, right);
                } else if left.len() == right.len() {
                    for (at, (planned, known)) in left.iter().zip(right).enumerate() {
                        self.value(&format!("{path}[{at}]"), planned, known);
                    }
                } else {
                    self.say(path, planned, known);
                }
            }
            (Json::Array(items), Json::Null) if items.is_empty() && !in_container => {}
            (Json::Object(members), Json::Null) if members.is_empty() && !in_container => {}
            // The provider can't tell an empty argument from none.
            (Json::Null, known) if is_unset(known) && !in_container => {}
            (Json::Number(left), Json::Number(right)) if left.as_f64() == right.as_f64() => {}
            _ if planned == known => {}
            _ => self.say(path, planned, known),
        }
    }

    fn unordered(&mut self, path: &str, planned: &[Json], known: &[Json]) {
        let mut left: Vec<&Json> = planned.iter().collect();
        let mut right: Vec<&Json> = known.iter().filter(|one| !one.is_null()).collect();
        // What agrees goes together, then what has one name, then one after the other.
        let sensitive = self.sensitive;
        let agree = |planned: &Json, known: &Json| {
            let mut apart = Comparison {
                sensitive,
                ..Comparison::default()
            };
            apart.value(path, planned, known);
            apart.differences.is_empty()
        };
        let same_name = |planned: &Json, known: &Json| {
            let names = ["name", "key"].iter();
            let mut named = names.filter(|name| planned.get(name).is_some());
            named
                .next()
                .is_some_and(|name| planned[name] == known[name])
        };
        left.retain(
            |planned| match right.iter().position(|known| agree(planned, known)) {
                Some(at) => {
                    right.remove(at);
                    false
                }
                None => true,
            },
        );
        for planned in left {
            let partner = right.iter().position(|known| same_name(planned, known));
            let known = match partner {
                Some(at) => right.remove(at),
                None => &Json::Null,
            };
            let name = &planned["name"];
            self.value(&format!("{path}[{name}]"), planned, known);
        }
        for known in right {
            self.say(path, &Json::Null, known);
        }
    }
}

fn holds_sensitive(value: &Json) -> bool {
    match value {
        Json::Object(members) => {
            members.contains_key("$sensitive") || members.values().any(holds_sensitive)
        }
        Json::Array(items) => items.iter().any(holds_sensitive),
        _ => false,
    }
}
