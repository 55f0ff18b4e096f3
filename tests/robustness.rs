//! Damaged and hostile input: no panic, no hang, and never green for what was not read.
//!
//! Each byte of small valid sources is changed and each is cut off everywhere. What is left is
//! read by another parser, and where that one finds fault, or still finds a root container on the
//! host's network, ecslint must not call the source decided and clean.

use ecslint::source::{Memory, SourceMap};
use ecslint::{Report, Request};
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::fmt::Write;
use std::sync::Arc;

fn check(files: &[(&str, &[u8])]) -> Report {
    let held = files
        .iter()
        .map(|(path, text)| (format!("/w/{path}"), text.to_vec()));
    let sources = Arc::new(SourceMap::new(Memory::new(held), "/w"));
    let request = Request {
        paths: vec![files[0].0.into()],
        ..Request::default()
    };
    ecslint::run(&sources, &request, &|_, _| {}).expect("the file is there")
}

fn is_green(report: &Report) -> bool {
    report.summary.complete && report.entries.findings.is_empty()
}

/// What another reader makes of a source.
#[derive(PartialEq, Eq, Debug)]
enum Says {
    /// It is no text of its language.
    Nothing,
    /// A root container on the host's network.
    Root,
    Other,
}

const TERRAFORM: &str = r#"resource "aws_ecs_task_definition" "web" {
  family                = "web"
  network_mode          = "host"
  container_definitions = jsonencode([
    { name = "web", user = "0" },
  ])
}
"#;

const HEREDOC: &str = r#"resource "aws_ecs_task_definition" "web" {
  family                = "web"
  network_mode          = "host"
  container_definitions = <<-EOT
    [
      {"name": "web", "user": "0"}
    ]
  EOT
}
"#;

const YAML: &str = r#"Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: host
      ContainerDefinitions:
        - Name: web
          User: "0"
"#;

const JSON: &str = r#"{
  "Resources": {
    "Web": {
      "Type": "AWS::ECS::TaskDefinition",
      "Properties": {
        "NetworkMode": "host",
        "ContainerDefinitions": [{ "Name": "web", "User": "0" }]
      }
    }
  }
}"#;

const API: &str = r#"{
  "family": "web",
  "networkMode": "host",
  "containerDefinitions": [{ "name": "web", "user": "0" }]
}"#;

const TERRAFORM_JSON: &str = r#"{
  "resource": {
    "aws_ecs_task_definition": {
      "web": {
        "family": "web",
        "network_mode": "host",
        "container_definitions": "[{\"name\":\"web\",\"user\":\"0\"}]"
      }
    }
  }
}"#;

type Reader = fn(&str) -> Says;

const SOURCES: [(&str, &str, Reader); 6] = [
    ("main.tf", TERRAFORM, terraform_says),
    ("main.tf", HEREDOC, terraform_says),
    ("main.tf.json", TERRAFORM_JSON, terraform_json_says),
    ("web.yaml", YAML, yaml_says),
    ("web.json", JSON, json_says),
    ("web.json", API, api_says),
];

const REPLACEMENTS: &[u8] = b" \n\"\\{}[],:#$0a\0\xff";

#[test]
fn the_sources_fail_as_they_are() {
    for (name, text, says) in SOURCES {
        assert_eq!(says(text), Says::Root, "{name}");
        let report = check(&[(name, text.as_bytes())]);
        assert_eq!(report.entries.findings.len(), 1, "{name}");
        assert!(
            report.summary.complete,
            "{name}: {:?}",
            report.entries.problems
        );
    }
}

#[test]
fn a_changed_byte_makes_nothing_green_that_is_not() {
    for (name, text, says) in SOURCES {
        let faults: Vec<String> = (0..text.len())
            .into_par_iter()
            .flat_map_iter(|at| REPLACEMENTS.iter().map(move |&byte| (at, byte)))
            .filter_map(|(at, byte)| {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                let report = check(&[(name, &bytes)]);
                fault(&report, &bytes, says).map(|fault| {
                    let line = text[..at].matches('\n').count() + 1;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let changed = text.lines().nth(line - 1).unwrap_or_default();
                    format!(
                        "{name}: byte {at} as {:?}: {fault}: {changed}",
                        byte as char
                    )
                })
            })
            .collect();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }
}

#[test]
fn a_source_that_is_cut_off_is_not_green() {
    for (name, text, says) in SOURCES {
        for length in 0..text.len() {
            let bytes = &text.as_bytes()[..length];
            let report = check(&[(name, bytes)]);
            let fault = fault(&report, bytes, says);
            assert_eq!(fault, None, "{name} of {length} bytes");
        }
    }
}

fn fault(report: &Report, bytes: &[u8], says: Reader) -> Option<&'static str> {
    if !is_green(report) {
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some("it is green though it is not UTF-8");
    };
    match says(text) {
        Says::Nothing => Some("it is green though it cannot be parsed"),
        Says::Root => Some("it is green though root is on the host's network"),
        Says::Other => None,
    }
}

fn is_root(user: Option<&str>) -> bool {
    let user = user.unwrap_or_default();
    let (name, has_group) = match user.split_once(':') {
        Some((name, _)) => (name, true),
        None => (user, false),
    };
    let digits = name.strip_prefix(['+', '-']).unwrap_or(name);
    let zero = !digits.is_empty() && digits.bytes().all(|byte| byte == b'0');
    user.is_empty() || (name.is_empty() && has_group) || name == "root" || zero
}

fn judge(mode: Option<&str>, containers: &Json, user: &str, any_case: bool) -> Says {
    let on_host = mode == Some("host");
    let containers = containers.as_array().into_iter().flatten();
    let root = containers.filter_map(Json::as_object).any(|container| {
        let found = container.iter().rev().find(|(name, _)| match any_case {
            true => name.eq_ignore_ascii_case(user),
            false => *name == user,
        });
        match found {
            None | Some((_, Json::Null)) => true,
            Some((_, Json::Number(number))) => number.as_f64() == Some(0.0),
            Some((_, Json::String(text))) => is_root(Some(text)),
            Some(_) => false,
        }
    });
    if on_host && root {
        Says::Root
    } else {
        Says::Other
    }
}

fn terraform_says(text: &str) -> Says {
    let Ok(body) = text.parse::<Body>() else {
        return Says::Nothing;
    };
    for block in body.blocks() {
        let is_task = block.ident.as_str() == "resource"
            && block.labels.len() == 2
            && block.labels[0].as_str() == "aws_ecs_task_definition";
        if !is_task {
            continue;
        }
        let value = |name: &str| block.body.get_attribute(name).map(|found| &found.value);
        let mode = value("network_mode").and_then(Expression::as_str);
        // Without the argument a plan fails.
        let Some(containers) = value("container_definitions") else {
            return Says::Nothing;
        };
        let json = match containers {
            Expression::HeredocTemplate(heredoc) => {
                let literal = |element: &hcl_edit::template::Element| {
                    element.as_literal().map(|text| text.to_string())
                };
                let text: Option<String> = heredoc.template.iter().map(literal).collect();
                let Some(text) = text else {
                    continue;
                };
                match serde_json::from_str(&text) {
                    Ok(json) => json,
                    Err(_) if text.trim().is_empty() => Json::Null,
                    Err(_) => return Says::Nothing,
                }
            }
            Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
                match call.args.iter().next().map(hcl_to_json) {
                    Some(Some(json)) => json,
                    _ => continue,
                }
            }
            _ => continue,
        };
        if judge(mode, &json, "user", true) == Says::Root {
            return Says::Root;
        }
    }
    Says::Other
}

/// Literals only.
fn hcl_to_json(expression: &Expression) -> Option<Json> {
    match expression {
        Expression::Null(_) => Some(Json::Null),
        Expression::Bool(flag) => Some(Json::Bool(*flag.value())),
        Expression::Number(number) => number.value().as_f64().map(Json::from),
        Expression::String(text) => Some(Json::String(text.to_string())),
        Expression::Array(array) => {
            let items: Option<Vec<Json>> = array.iter().map(hcl_to_json).collect();
            items.map(Json::Array)
        }
        Expression::Object(object) => {
            let members = object.iter().map(|(key, value)| {
                let name = match key {
                    hcl_edit::expr::ObjectKey::Ident(name) => name.to_string(),
                    hcl_edit::expr::ObjectKey::Expression(name) => name.as_str()?.to_owned(),
                };
                Some((name, hcl_to_json(value.expr())?))
            });
            let members: Option<serde_json::Map<String, Json>> = members.collect();
            members.map(Json::Object)
        }
        _ => None,
    }
}

fn json_says(text: &str) -> Says {
    match serde_json::from_str(text) {
        Ok(json) => template_says(&json),
        Err(_) => Says::Nothing,
    }
}

fn terraform_json_says(text: &str) -> Says {
    let Ok(json) = serde_json::from_str::<Json>(text) else {
        return Says::Nothing;
    };
    let tasks = json["resource"]["aws_ecs_task_definition"].as_object();
    let root = tasks.into_iter().flatten().any(|(_, task)| {
        let containers = task["container_definitions"].as_str().unwrap_or_default();
        let containers = serde_json::from_str(containers).unwrap_or_default();
        judge(task["network_mode"].as_str(), &containers, "user", true) == Says::Root
    });
    if root { Says::Root } else { Says::Other }
}

fn yaml_says(text: &str) -> Says {
    match serde_yaml::from_str(text) {
        Ok(json) => template_says(&json),
        Err(_) => Says::Nothing,
    }
}

fn template_says(template: &Json) -> Says {
    let resources = template["Resources"].as_object();
    let root = resources.into_iter().flatten().any(|(_, resource)| {
        let properties = &resource["Properties"];
        resource["Type"] == "AWS::ECS::TaskDefinition"
            && judge(
                properties["NetworkMode"].as_str(),
                &properties["ContainerDefinitions"],
                "User",
                false,
            ) == Says::Root
    });
    if root { Says::Root } else { Says::Other }
}

fn api_says(text: &str) -> Says {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => judge(
            json["networkMode"].as_str(),
            &json["containerDefinitions"],
            "user",
            false,
        ),
        Err(_) => Says::Nothing,
    }
}

/// The root container stands beside something hostile: it is found, or the run says that it did
/// not get to the end.
fn survives(name: &str, files: &[(&str, String)]) {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    let report = check(&files);
    assert!(!is_green(&report), "{name}: {:?}", report.entries);
}

const DEPTH: usize = 10_000;

fn nested(open: &str, inside: &str, close: &str) -> String {
    open.repeat(DEPTH) + inside + &close.repeat(DEPTH)
}

#[test]
fn deep_nesting_in_terraform() {
    let expressions = [
        ("lists", nested("[", "1", "]")),
        ("parentheses", nested("(", "1", ")")),
        ("objects", nested("{ a = ", "1", " }")),
        ("negations", nested("!", "true", "")),
        ("templates", nested("\"${", "1", "}\"")),
        ("indices", "local.a".to_owned() + &"[0]".repeat(DEPTH)),
        ("calls", nested("abs(", "1", ")")),
        ("conditionals", nested("true ? 1 : ", "1", "")),
        ("sums", "1".to_owned() + &" + 1".repeat(DEPTH)),
        ("attributes", "local.a".to_owned() + &".b".repeat(DEPTH)),
    ];
    for (name, deep) in expressions {
        let beside = format!("locals {{\n  x = {deep}\n}}\n{TERRAFORM}");
        survives(name, &[("main.tf", beside)]);
        let inside = TERRAFORM.replace("\"0\"", &deep);
        survives(name, &[("main.tf", inside)]);
    }
    let blocks = nested("a {\n", "", "}\n") + TERRAFORM;
    survives("blocks", &[("main.tf", blocks)]);
    let json = HEREDOC.replace(
        "\"web\",",
        &format!("\"web\", \"x\": {},", nested("[", "", "]")),
    );
    survives("JSON in a heredoc", &[("main.tf", json)]);
}

#[test]
fn deep_nesting_in_templates() {
    let json = JSON.replace(
        "\"Type\"",
        &format!("\"Metadata\": {}, \"Type\"", nested("[", "", "]")),
    );
    survives("JSON", &[("web.json", json)]);
    let api = API.replace(
        "\"family\"",
        &format!("\"x\": {}, \"family\"", nested("[", "", "]")),
    );
    survives("API", &[("web.json", api)]);
    let flow = format!("{YAML}Metadata: {}\n", nested("[", "", "]"));
    survives("YAML flow", &[("web.yaml", flow)]);
    let mut block = format!("{YAML}Metadata:\n");
    for level in 1..DEPTH / 4 {
        writeln!(block, "{}a:", " ".repeat(level)).expect("a string can be written");
    }
    survives("YAML blocks", &[("web.yaml", block)]);
    let functions = nested("{\"Fn::Join\": [\"\", [", "\"0\"", "]]}");
    survives(
        "functions",
        &[("web.json", JSON.replace("\"0\"", &functions))],
    );
}

#[test]
fn aliases_that_grow_or_go_round() {
    let mut laughs = String::from("Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let all = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(laughs, "  a{level}: &a{level} [{all}]").expect("a string can be written");
    }
    survives("a billion laughs", &[("web.yaml", laughs.clone() + YAML)]);
    let read = YAML.replace("\"0\"", "*a11");
    survives("laughs that are read", &[("web.yaml", laughs + &read)]);
    let round = format!("Metadata: &m\n  again: *m\n{YAML}");
    survives("an alias of itself", &[("web.yaml", round)]);
}

#[test]
fn references_that_go_round() {
    let with_user = |user: &str| TERRAFORM.replace("\"0\"", user);
    let own = with_user("local.a") + "locals {\n  a = local.a\n}\n";
    survives("a local of itself", &[("main.tf", own)]);
    let mut cycle = with_user("local.a0") + "locals {\n";
    for at in 0..1000 {
        writeln!(cycle, "  a{at} = local.a{}", (at + 1) % 1000).expect("a string can be written");
    }
    survives("a thousand locals", &[("main.tf", cycle + "}\n")]);

    let call =
        |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n");
    survives(
        "a module of itself",
        &[("main.tf", call("a", "./") + TERRAFORM)],
    );
    survives(
        "two modules",
        &[
            ("main.tf", call("a", "./a") + TERRAFORM),
            ("a/main.tf", call("b", "../b")),
            ("b/main.tf", call("a", "../a")),
        ],
    );
    survives(
        "a template file of itself",
        &[
            (
                "main.tf",
                TERRAFORM.replace("\"0\"", "templatefile(\"${path.module}/t.tpl\", {})"),
            ),
            ("t.tpl", "${templatefile(\"t.tpl\", {})}".to_owned()),
        ],
    );
    let round = JSON.replace(
        "\"Resources\"",
        r#""Conditions": {"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}, "Resources""#,
    );
    let round = round.replace("\"0\"", r#"{"Fn::If": ["A", "0", "1000"]}"#);
    survives("two conditions", &[("web.json", round)]);
}

#[test]
fn values_that_grow() {
    let with =
        |user: &str, locals: &str| TERRAFORM.replace("\"0\"", user) + "locals {\n" + locals + "}\n";
    let mut strings = String::from("  s0 = \"xxxxxxxx\"\n");
    let mut lists = String::from("  s0 = [1, 2, 3]\n");
    for at in 1..48 {
        let before = at - 1;
        writeln!(
            strings,
            "  s{at} = \"${{local.s{before}}}${{local.s{before}}}\""
        )
        .expect("a string can be written");
        writeln!(lists, "  s{at} = concat(local.s{before}, local.s{before})")
            .expect("a string can be written");
    }
    let user = "local.s47 == \"\" ? \"1000\" : \"root\"";
    survives("strings", &[("main.tf", with(user, &strings))]);
    let user = "length(local.s47) == 1 ? \"1000\" : \"root\"";
    survives("lists", &[("main.tf", with(user, &lists))]);
    let product = "  x = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a * b * c]]]\n";
    let user = "length(local.x) == 1 ? \"1000\" : \"root\"";
    survives("nested loops", &[("main.tf", with(user, product))]);
    let many = TERRAFORM.replace("  family", "  count = 100000000\n  family");
    survives("instances", &[("main.tf", many)]);
    let mut modules: Vec<(String, String)> = vec![("main.tf".to_owned(), String::new())];
    for level in 0..24 {
        let calls: String = ["a", "b"]
            .iter()
            .map(|name| {
                let next = level + 1;
                let up = if level == 0 { "." } else { ".." };
                format!("module \"{name}\" {{\n  source = \"{up}/m{next}\"\n}}\n")
            })
            .collect();
        match level {
            0 => modules[0].1 = calls,
            _ => modules.push((format!("m{level}/main.tf"), calls)),
        }
    }
    modules.push(("m24/main.tf".to_owned(), TERRAFORM.to_owned()));
    let modules: Vec<(&str, String)> = modules
        .iter()
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    survives("module calls", &modules);
}

#[test]
fn many_conditions() {
    let mut template = String::from("Parameters:\n");
    for at in 0..64 {
        writeln!(template, "  P{at}: {{ Type: String, Default: n }}")
            .expect("a string can be written");
    }
    template.push_str("Conditions:\n");
    for at in 0..64 {
        writeln!(template, "  C{at}: !Equals [!Ref P{at}, y]").expect("a string can be written");
    }
    let mut mode = "host".to_owned();
    for at in 0..64 {
        mode = format!("!If [C{at}, awsvpc, {mode}]");
    }
    template.push_str(&YAML.replace("host", &mode));
    survives("conditions", &[("web.yaml", template)]);
}
