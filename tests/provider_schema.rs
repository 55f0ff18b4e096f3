//! What ecslint has of arguments against the schema of the AWS provider: types, and what is sensitive.
//!
//! It is asked where Terraform is installed and `ECSLINT_TF_PLUGINS` names a directory of providers
//! (as `terraform init -plugin-dir` takes it). `UPDATE=1` writes the types.

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Nested blocks whose arguments others refer to, as `attributes.rs` has them.
const BLOCKS: &[(&str, &str)] = &[
    ("aws_ecs_service", "network_configuration"),
    ("aws_efs_access_point", "posix_user"),
    ("aws_efs_access_point", "root_directory"),
    ("aws_lambda_function", "environment"),
    ("aws_lambda_function", "vpc_config"),
    ("aws_lb_target_group", "health_check"),
    ("aws_lb_target_group", "stickiness"),
    ("aws_service_discovery_service", "dns_config"),
];

/// The longest line of the file.
const WIDTH: usize = 100;

#[test]
fn types_of_arguments_are_those_of_the_provider() {
    let Some(plugins) = std::env::var_os("ECSLINT_TF_PLUGINS") else {
        println!("skipped: ECSLINT_TF_PLUGINS names no directory of providers");
        return;
    };
    let schema = schema(&plugins);
    let (mut types, mut sensitive) = (Kinds::new(), Kinds::new());
    let resources = schema["resource_schemas"].as_object().expect("resources");
    for (kind, resource) in resources {
        let block = &resource["block"];
        gather(kind, block, &mut types, &mut sensitive);
        for (_, name) in BLOCKS.iter().filter(|(of, _)| of == kind) {
            let nested = &block["block_types"][*name]["block"];
            gather(
                &format!("{kind}.{name}"),
                nested,
                &mut types,
                &mut sensitive,
            );
        }
    }
    let text = text(&types, &sensitive);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/terraform/attributes/arguments.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).expect("the source can be written");
    } else {
        let written = fs::read_to_string(path).expect("the file is there");
        assert!(written == text, "`UPDATE=1` writes the types anew");
    }
}

/// The resources that have an argument, by its kind: a type, or whether it is sensitive.
type Kinds<'a> = BTreeMap<&'a str, BTreeMap<String, BTreeSet<String>>>;

/// Takes down the resources in which an argument is of a type, and sensitive or not.
fn gather<'a>(kind: &str, block: &'a Json, types: &mut Kinds<'a>, sensitive: &mut Kinds<'a>) {
    let attributes = block["attributes"].as_object().into_iter().flatten();
    for (name, attribute) in attributes {
        if attribute["optional"] == true || attribute["required"] == true {
            let add = |to: &mut Kinds<'a>, of: String| {
                let kinds = to.entry(name).or_default().entry(of).or_default();
                kinds.insert(kind.to_owned());
            };
            add(types, written(&attribute["type"]));
            let is_sensitive = attribute["sensitive"] == true;
            let of = if is_sensitive { "sensitive" } else { "" };
            add(sensitive, of.to_owned());
        }
    }
}

/// A type as Terraform writes it; what is no scalar and no collection of these is `any`.
fn written(of: &Json) -> String {
    match of {
        Json::String(scalar) => scalar.clone(),
        Json::Array(parts) => match &parts[..] {
            [Json::String(collection), Json::String(element)] => {
                format!("{collection}({element})")
            }
            _ => "any".to_owned(),
        },
        _ => "any".to_owned(),
    }
}

fn text(types: &Kinds, sensitive: &Kinds) -> String {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, of) in types {
        let most = of.iter().max_by_key(|(_, kinds)| kinds.len());
        let (usual, _) = most.expect("it is of some type");
        for (of, kinds) in of {
            let listed = names.entry(of).or_default();
            if of != usual {
                listed.extend(kinds.iter().map(|kind| format!("{kind}.{name}")));
            } else if of != "string" {
                listed.insert((*name).to_owned());
            }
        }
    }
    let listed = names.entry("sensitive").or_default();
    for (name, of) in sensitive {
        match of.get("sensitive") {
            Some(_) if of.len() == 1 => drop(listed.insert((*name).to_owned())),
            Some(kinds) => listed.extend(kinds.iter().map(|kind| format!("{kind}.{name}"))),
            None => {}
        }
    }
    let mut text = String::new();
    for (of, names) in names {
        let mut line = of.to_owned();
        for name in names {
            if line.len() + 1 + name.len() > WIDTH {
                let _ = writeln!(text, "{line}");
                line = of.to_owned();
            }
            let _ = write!(line, " {name}");
        }
        if line != of {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// What Terraform says of the AWS provider.
fn schema(plugins: &OsString) -> Json {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    fs::create_dir_all(&work).expect("the target directory can be written");
    fs::write(work.join("main.tf"), "provider \"aws\" {}\n").expect("it can be written");
    let mut plugin_dir = OsString::from("-plugin-dir=");
    plugin_dir.push(plugins);
    let terraform = |arguments: &[&std::ffi::OsStr]| {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(&work)
            .env_remove("TF_CLI_CONFIG_FILE")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .expect("terraform is installed");
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    terraform(&["init".as_ref(), &plugin_dir]);
    let said = terraform(&["providers", "schema", "-json"].map(AsRef::as_ref));
    let said: Json = serde_json::from_slice(&said).expect("Terraform writes JSON");
    said["provider_schemas"]["registry.terraform.io/hashicorp/aws"].clone()
}
