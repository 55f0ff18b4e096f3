//! Templates resolve to what moto resolves them to, under each recorded set of parameters.
//!
//! The answers below `testdata/cloudformation/moto` are moto's. They are compared everywhere;
//! where Python with moto is at hand, it is also asked again whether they still are its own.
//! `UPDATE=1` records them anew.

use ecslint::cloudformation::{self, Options};
use ecslint::inspect::inspect;
use ecslint::source::{Disk, SourceMap};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// What the templates are deployed as.
const PSEUDO: [(&str, &str); 6] = [
    ("AWS::AccountId", "123456789012"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "us-east-1"),
    ("AWS::StackId", "stack-id"),
    ("AWS::StackName", "stack"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The recorded answers, sorted.
fn recorded() -> Vec<PathBuf> {
    let directory = repository().join("testdata/cloudformation/moto");
    let entries = fs::read_dir(directory).expect("testdata can be listed");
    let paths = entries.map(|entry| entry.expect("testdata can be listed").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 60);
    paths
}

fn read(path: &Path) -> Json {
    let text = fs::read_to_string(path).expect("testdata can be read");
    serde_json::from_str(&text).expect("recorded answers are JSON")
}

#[test]
fn templates_resolve_as_recorded() {
    let mut mismatches = Vec::new();
    for path in recorded() {
        let cases = read(&path);
        for case in cases.as_array().expect("a list of cases") {
            let parameters = case["parameters"].as_object().expect("an object");
            let found = resolved(&path.with_extension("yaml"), parameters);
            let expected = as_api(&case["resources"]);
            if found != expected {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let parameters = &case["parameters"];
                mismatches.push(format!(
                    "{name} with {parameters}:\n  moto {expected}\n  own  {found}"
                ));
            }
        }
    }
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
}

#[test]
fn recorded_answers_are_those_of_moto() {
    let paths = recorded();
    let script = repository().join("tests/support/moto_resolve.py");
    let output = Command::new("python3").arg(script).args(&paths).output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(error.contains("ModuleNotFoundError"), "{error}");
            eprintln!("skipped: Python has no moto, so the recorded answers were not asked again");
            return;
        }
        Err(error) => {
            eprintln!("skipped: python3 did not start ({error}), so moto was not asked");
            return;
        }
    };
    let answers: Json = serde_json::from_slice(&output.stdout).expect("the script prints JSON");
    let update = std::env::var_os("UPDATE").is_some();
    for path in paths {
        let mut cases = read(&path);
        let list = cases.as_array_mut().expect("a list of cases");
        let answers = &answers[&*path.to_string_lossy()];
        for (at, case) in list.iter_mut().enumerate() {
            if update {
                case["resources"] = answers[at].clone();
            } else {
                assert_eq!(case["resources"], answers[at], "{}", path.display());
            }
        }
        if update {
            let text = serde_json::to_string_pretty(&cases).expect("it was JSON");
            fs::write(&path, text + "\n").expect("testdata can be written");
        }
    }
}

/// What ecslint resolves a template to: its task definitions by their logical ids.
fn resolved(template: &Path, parameters: &Map<String, Json>) -> Json {
    let sources = Arc::new(SourceMap::new(Disk, repository()));
    let file = sources.open(template).expect("the template lies beside");
    let given = parameters.iter().map(|(name, value)| {
        let value = value.as_str().expect("parameters are strings");
        (name.clone(), value.to_owned())
    });
    let pseudo = PSEUDO.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = Options {
        parameters: given.chain(pseudo).collect::<BTreeMap<String, String>>(),
        ..Options::default()
    };
    let mut gaps = Vec::new();
    let loaded = cloudformation::load(&sources, &file, &options).expect("it is a template");
    let tasks = loaded.tasks.take(&mut gaps);
    assert!(gaps.is_empty(), "{}: {gaps:?}", template.display());
    let unit: Arc<str> = "template".into();
    let mut resources = Map::new();
    for task in &tasks {
        for inspected in inspect(&sources, &unit, None, task) {
            let mut worlds = inspected.worlds.into_iter();
            let definition = worlds.next().map(|world| comparable(&world.definition));
            assert!(worlds.next().is_none(), "all parameters are given");
            let address = inspected.address.to_string();
            resources.insert(address, definition.unwrap_or(Json::Null));
        }
    }
    Json::Object(resources)
}

/// Properties of resources in the names of the API.
fn as_api(resources: &Json) -> Json {
    let resources = resources.as_object().expect("an object");
    let lowered = resources.iter().map(|(id, properties)| {
        let properties = comparable(&rename(properties));
        (id.clone(), properties)
    });
    Json::Object(lowered.collect())
}

fn rename(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let mut name = name.clone();
                name[..1].make_ascii_lowercase();
                (name, rename(value))
            });
            Json::Object(members.collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(rename).collect()),
        _ => value.clone(),
    }
}

/// Scalars as text, since CloudFormation turns one into another; without what is null.
fn comparable(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(name, value)| (name.clone(), comparable(value)));
            let sorted: BTreeMap<String, Json> = members.collect();
            Json::Object(sorted.into_iter().collect())
        }
        // moto leaves a null where `AWS::NoValue` takes an element out of a list.
        Json::Array(items) => {
            let items = items.iter().filter(|item| !item.is_null());
            Json::Array(items.map(comparable).collect())
        }
        Json::Bool(_) | Json::Number(_) => Json::String(value.to_string()),
        _ => value.clone(),
    }
}
