//! What `inspect` knows of the Terraform cases against what a real `terraform plan` says.
//!
//! Runs where `ECSLINT_TF_PLUGINS` names a directory of providers (as `terraform init -plugin-dir`
//! takes it) and `terraform` is installed; elsewhere it says that it did not.

use ecslint::source::{Disk, SourceMap};
use ecslint::{Request, inspect};
use serde_json::Value as Json;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// The provider as it is asked without an account.
const PROVIDER: &str = r#"
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}
"#;

/// `CASE=part-of-a-path` in the environment runs those cases only. Without it at least this many task definitions must have been compared, or the test tests nothing.
const ENOUGH: usize = 40;

#[test]
fn inspect_knows_what_a_plan_knows() {
    let Some(plugins) = std::env::var_os("ECSLINT_TF_PLUGINS") else {
        println!("skipped: ECSLINT_TF_PLUGINS names no directory of providers");
        return;
    };
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: terraform is not installed");
        return;
    }
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("truth");
    let only = std::env::var("CASE").unwrap_or_default();
    let mut differences = Vec::new();
    let mut compared = 0;
    let mut refused = Vec::new();
    for case in cases(&rules) {
        let shown = case.strip_prefix(&rules).expect("it was found there");
        let shown = shown.display().to_string();
        if !shown.contains(&only) {
            continue;
        }
        let _ = fs::remove_dir_all(&work);
        copy(&case, &work);
        for (unit, tasks) in inspected(&work) {
            let root = work.join(&unit);
            match plan(&root, &plugins) {
                Ok(plan) => {
                    for task in tasks {
                        compared += compare(&shown, &task, &plan, &mut differences);
                    }
                }
                Err(why) => refused.push(format!("{shown}: {why}")),
            }
        }
    }
    println!("no plan of:\n{}", refused.join("\n"));
    println!("{compared} task definitions compared");
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        compared >= ENOUGH || !only.is_empty(),
        "only {compared} were compared"
    );
}

/// The outermost directories that hold files, if Terraform's are among them.
fn cases(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in entries(below).into_iter().filter(|path| path.is_dir()) {
        if entries(&directory).iter().any(|path| path.is_file()) {
            if holds_terraform(&directory) {
                found.push(directory);
            }
        } else {
            found.extend(cases(&directory));
        }
    }
    found
}

fn holds_terraform(directory: &Path) -> bool {
    entries(directory).iter().any(|path| match path.is_dir() {
        true => holds_terraform(path),
        false => path.extension() == Some(OsStr::new("tf")),
    })
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("testdata can be listed");
    let entries = entries.map(|entry| entry.expect("testdata can be listed").path());
    let mut all: Vec<PathBuf> = entries.collect();
    all.sort();
    all
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target directory can be written");
    for path in entries(from) {
        let to = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("the target directory can be written");
        }
    }
}

/// The task definitions of each root module.
fn inspected(work: &Path) -> Vec<(String, Vec<inspect::Inspected>)> {
    let sources = Arc::new(SourceMap::new(Disk, work));
    let request = Request::default();
    let (all, _) = ecslint::inspect(&sources, &request, &|_, _| {}).expect("the case is there");
    let mut units: Vec<(String, Vec<inspect::Inspected>)> = Vec::new();
    for task in all {
        match units.iter_mut().find(|(unit, _)| **unit == *task.unit) {
            Some((_, tasks)) => tasks.push(task),
            None => units.push((task.unit.to_string(), vec![task])),
        }
    }
    units
}

/// # Errors
/// Why Terraform makes no plan.
fn plan(root: &Path, plugins: &OsStr) -> Result<Json, String> {
    fs::write(root.join("zz_provider.tf"), PROVIDER).expect("the copy can be written");
    let mut plugin_dir = std::ffi::OsString::from("-plugin-dir=");
    plugin_dir.push(plugins);
    terraform(
        root,
        &[OsStr::new("init"), "-input=false".as_ref(), &plugin_dir],
    )?;
    terraform(
        root,
        &["plan", "-input=false", "-refresh=false", "-out=plan"].map(OsStr::new),
    )?;
    let shown = terraform(root, &["show", "-json", "plan"].map(OsStr::new))?;
    serde_json::from_slice(&shown.stdout).map_err(|error| error.to_string())
}

fn terraform(root: &Path, arguments: &[&OsStr]) -> Result<Output, String> {
    let output = Command::new("terraform")
        .args(arguments)
        .arg("-no-color")
        .current_dir(root)
        .env_remove("TF_CLI_CONFIG_FILE")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| line.contains("Error: "));
    Err(first.unwrap_or("it failed without a word").to_owned())
}

/// Compares one task definition, if it has one world and the plan has it; tells how many were.
fn compare(
    case: &str,
    task: &inspect::Inspected,
    plan: &Json,
    differences: &mut Vec<String>,
) -> usize {
    let [world] = &task.worlds[..] else {
        return 0;
    };
    let changes = plan["resource_changes"].as_array();
    let change = changes
        .into_iter()
        .flatten()
        .find(|change| change["address"] == *task.address);
    let Some(change) = change else {
        differences.push(format!("{case}: the plan has no `{}`", task.address));
        return 0;
    };
    let planned = &change["change"]["after"];
    let known = &world.definition;
    let mut say = |what: &str, planned: &Json, known: &Json| {
        differences.push(format!(
            "{case}: {what} of `{}` is {planned} in the plan and {known} here",
            task.address
        ));
    };
    for (argument, member) in [
        ("network_mode", "networkMode"),
        ("pid_mode", "pidMode"),
        ("ipc_mode", "ipcMode"),
        ("family", "family"),
        ("cpu", "cpu"),
        ("memory", "memory"),
    ] {
        // What the plan does not know is not in it.
        let unknown = &change["change"]["after_unknown"][argument];
        if *unknown != true && differ(&planned[argument], &known[member]) {
            say(member, &planned[argument], &known[member]);
        }
    }
    let Some(text) = planned["container_definitions"].as_str() else {
        return 1;
    };
    let planned: Vec<Json> = serde_json::from_str(text).expect("the provider writes JSON");
    let known = known["containerDefinitions"].as_array();
    let known: Vec<&Json> = known.into_iter().flatten().collect();
    if planned.len() != known.len() {
        say(
            "the number of containers",
            &planned.len().into(),
            &known.len().into(),
        );
        return 1;
    }
    // The provider sorts containers by name.
    for planned in &planned {
        let named = |one: &&&Json| !differ(&planned["name"], &member(one, "name"));
        let Some(known) = known.iter().find(named) else {
            say("a container", planned, &Json::Null);
            continue;
        };
        for name in [
            "user",
            "image",
            "privileged",
            "readonlyRootFilesystem",
            "essential",
            "memory",
            "cpu",
        ] {
            // True unless it is set.
            let filled_in = name == "essential" && member(known, name).is_null();
            if differ(&planned[name], &member(known, name)) && !(filled_in && planned[name] == true)
            {
                let what = format!("`{name}` of container {}", planned["name"]);
                say(&what, &planned[name], &member(known, name));
            }
        }
    }
    1
}

/// A member in whatever letter case, the last of them.
fn member(container: &Json, name: &str) -> Json {
    // The provider folds letters as Unicode does.
    let folded = |found: &str| found.replace('ſ', "s").eq_ignore_ascii_case(name);
    let members = container.as_object().into_iter().flatten().rev();
    let mut found = members.filter(|(found, _)| folded(found));
    found.next().map_or(Json::Null, |(_, value)| value.clone())
}

/// Null, zero and false are the same: the provider writes any for something that is not set.
fn differ(planned: &Json, known: &Json) -> bool {
    if known["$sensitive"] == true {
        return false;
    }
    let plain = |value: &Json| match value {
        Json::Number(number) if number.as_f64() == Some(0.0) => Json::Null,
        Json::Bool(false) => Json::Null,
        other => other.clone(),
    };
    let (planned, known) = (plain(planned), plain(known));
    planned != known
}
