//! What ecslint has of arguments against the schema of the AWS provider: types, what is sensitive, and
//! what the provider chooses where nothing is set.
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
    let mut arguments = Arguments::default();
    let resources = schema["resource_schemas"].as_object().expect("resources");
    for (kind, resource) in resources {
        let block = &resource["block"];
        arguments.gather(kind, block);
        for (_, name) in BLOCKS.iter().filter(|(of, _)| of == kind) {
            let nested = &block["block_types"][*name]["block"];
            arguments.gather(&format!("{kind}.{name}"), nested);
        }
    }
    let text = arguments.text();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/terraform/attributes/arguments.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).expect("the source can be written");
    } else {
        let written = fs::read_to_string(path).expect("the file is there");
        assert!(written == text, "`UPDATE=1` writes the types anew");
    }
}

/// The resources that have an argument, by what is asked of it.
type Kinds<'a> = BTreeMap<&'a str, BTreeMap<String, BTreeSet<String>>>;

/// The arguments of all resources: their types, and whether they are sensitive. Of those that are
/// strings, whether the provider chooses one where none is set.
#[derive(Default)]
struct Arguments<'a> {
    types: Kinds<'a>,
    sensitive: Kinds<'a>,
    chosen: Kinds<'a>,
}

impl<'a> Arguments<'a> {
    /// Takes down those of a resource, or of a block in it.
    fn gather(&mut self, kind: &str, block: &'a Json) {
        let attributes = block["attributes"].as_object().into_iter().flatten();
        for (name, attribute) in attributes {
            let is_optional = attribute["optional"] == true;
            if !is_optional && attribute["required"] != true {
                continue;
            }
            let add = |to: &mut Kinds<'a>, of: String| {
                let kinds = to.entry(name).or_default().entry(of).or_default();
                kinds.insert(kind.to_owned());
            };
            let flag = |of: &str, holds: bool| if holds { of } else { "" }.to_owned();
            add(&mut self.types, written(&attribute["type"]));
            let is_sensitive = attribute["sensitive"] == true;
            add(&mut self.sensitive, flag("sensitive", is_sensitive));
            if attribute["type"] == "string" {
                let is_chosen = is_optional && attribute["computed"] == true;
                add(&mut self.chosen, flag("chosen", is_chosen));
            }
        }
    }

    fn text(&self) -> String {
        let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (name, of) in &self.types {
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
        let mut list = |flag, name: &str, kinds: Option<&BTreeSet<String>>| {
            let listed: &mut BTreeSet<String> = names.entry(flag).or_default();
            match kinds {
                Some(kinds) => listed.extend(kinds.iter().map(|kind| format!("{kind}.{name}"))),
                None => drop(listed.insert(name.to_owned())),
            }
        };
        let none = BTreeSet::new();
        for (name, of) in &self.sensitive {
            match (of.get("sensitive"), of.get("")) {
                (Some(_), None) => list("sensitive", name, None),
                (kinds, _) => list("sensitive", name, Some(kinds.unwrap_or(&none))),
            }
        }
        for (name, of) in &self.chosen {
            let chosen = of.get("chosen").unwrap_or(&none);
            let others = of.get("").unwrap_or(&none);
            if chosen.len() > others.len() {
                list("chosen", name, None);
                list("unchosen", name, Some(others));
            } else {
                list("chosen", name, Some(chosen));
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
