//! Trees in which one thing grows.

use super::cloudformation::to_json;
use super::terraform::noise;
use super::{Random, Tree, fill};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A task definition for each of some hundred keys, one of which is root.
pub fn instances(count: usize) -> Tree {
    let mut tree = one_unit(&format!("instances-{count}"), count);
    // `range` gives 1024 numbers at most.
    let text = fill(
        r#"locals {
  numbers = flatten([for hundred in range(@hundreds@) : [for one in range(100) : 100 * hundred + one]])
  users   = { for number in local.numbers : "key${number}" => number == 42 ? "root" : "1000" }
}

resource "aws_ecs_task_definition" "web" {
  for_each     = local.users
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "web", image = "web:1", memory = 64, user = each.value },
  ])
}
"#,
        &[("hundreds", &(count / 100))],
    );
    tree.write("main.tf", &text);
    tree
}

/// A module that is called for each of some hundred keys with the same user, which is root.
pub fn alike(count: usize) -> Tree {
    let mut tree = one_unit(&format!("alike-{count}"), count);
    let call = fill(
        r#"module "web" {
  source   = "./modules/web"
  for_each = toset(flatten([for hundred in range(@hundreds@) : [for one in range(100) : "key${100 * hundred + one}"]]))
  user     = "root"
}
"#,
        &[("hundreds", &(count / 100))],
    );
    tree.write("main.tf", &call);
    let task = task("[{ name = \"web\", image = \"web:1\", memory = 64, user = var.user }]");
    tree.write("modules/web/main.tf", &format!("{USER_VARIABLE}{task}"));
    tree
}

/// One task definition with many containers, the last of which is root.
pub fn containers(count: usize) -> Tree {
    let mut tree = one_unit(&format!("containers-{count}"), 1);
    let mut list = String::new();
    for index in 0..count {
        let user = if index + 1 == count { "0" } else { "1000" };
        let _ = writeln!(
            list,
            "    {{ name = \"web{index}\", image = \"web:1\", memory = 64, user = \"{user}\" }},"
        );
    }
    tree.write("main.tf", &task(&format!("[\n{list}  ]")));
    tree
}

/// One task definition below many module calls that hand its user down.
pub fn module_depth(depth: usize) -> Tree {
    let mut tree = one_unit(&format!("module-depth-{depth}"), 1);
    for level in 0..depth {
        let directory = if level == 0 {
            "root".to_owned()
        } else {
            format!("level{level}")
        };
        let user = if level == 0 { "\"root\"" } else { "var.user" };
        let call = fill(
            "module \"next\" {\n  source = \"../level@next@\"\n  user   = @user@\n}\n",
            &[("next", &(level + 1)), ("user", &user)],
        );
        let variable = if level == 0 { "" } else { USER_VARIABLE };
        tree.write(
            &format!("{directory}/main.tf"),
            &format!("{variable}{call}"),
        );
    }
    let task = task("[{ name = \"web\", image = \"web:1\", memory = 64, user = var.user }]");
    tree.write(
        &format!("level{depth}/main.tf"),
        &format!("{USER_VARIABLE}{task}"),
    );
    tree
}

/// Many roots that call one module with a user of their own; every hundredth gives root.
pub fn callers(count: usize) -> Tree {
    let mut tree = Tree::new(&format!("scaling/callers-{count}"));
    (tree.units, tree.instances) = (count, count);
    for number in 0..count {
        let user = if number % 100 == 0 { 0 } else { 1000 + number };
        let call = fill(
            "module \"web\" {\n  source = \"../../modules/web\"\n  user   = \"@user@\"\n}\n",
            &[("user", &user)],
        );
        tree.write(&format!("roots/root{number}/main.tf"), &call);
    }
    let task = task("[{ name = \"web\", image = \"web:1\", memory = 64, user = var.user }]");
    tree.write("modules/web/main.tf", &format!("{USER_VARIABLE}{task}"));
    tree
}

/// A template with many conditions, each deciding an environment variable and none a member that
/// a rule reads.
pub fn conditions(count: usize) -> Tree {
    let mut tree = one_unit(&format!("conditions-{count}"), 1);
    let numbers = || 0..count;
    let parameters: Map<String, Value> = numbers()
        .map(|number| {
            (
                format!("Switch{number}"),
                json!({ "Type": "String", "Default": "off" }),
            )
        })
        .collect();
    let conditions: Map<String, Value> = numbers()
        .map(|number| {
            let switch = format!("Switch{number}");
            (
                format!("Is{number}"),
                json!({ "Fn::Equals": [{ "Ref": switch }, "on"] }),
            )
        })
        .collect();
    let environment: Vec<Value> = numbers()
        .map(|number| {
            let value = json!({ "Fn::If": [format!("Is{number}"), "yes", "no"] });
            json!({ "Name": format!("SETTING_{number}"), "Value": value })
        })
        .collect();
    let template = json!({
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": {
            "Task": {
                "Type": "AWS::ECS::TaskDefinition",
                "Properties": {
                    "NetworkMode": "host",
                    "ContainerDefinitions": [
                        { "Name": "web", "Image": "web:1", "User": "root", "Environment": environment },
                    ],
                },
            },
        },
    });
    tree.write("template.json", &to_json(&template));
    tree
}

/// One task definition at the end of a large file.
pub fn file_size(kilobytes: usize) -> Tree {
    let mut tree = one_unit(&format!("file-size-{kilobytes}"), 1);
    let mut random = Random(kilobytes as u64);
    let mut text = String::new();
    for index in 0.. {
        if text.len() >= kilobytes * 1000 {
            break;
        }
        text += &noise(&mut random, index).concat();
    }
    text += &task("[{ name = \"web\", image = \"web:1\", memory = 64, user = \"root\" }]");
    tree.write("main.tf", &text);
    tree
}

fn one_unit(name: &str, instances: usize) -> Tree {
    let mut tree = Tree::new(&format!("scaling/{name}"));
    (tree.units, tree.instances) = (1, instances);
    tree
}

fn task(containers: &str) -> String {
    fill(
        r#"resource "aws_ecs_task_definition" "web" {
  family                = "web"
  network_mode          = "host"
  container_definitions = jsonencode(@containers@)
}
"#,
        &[("containers", &containers)],
    )
}

const USER_VARIABLE: &str = "variable \"user\" {\n  type = string\n}\n\n";
