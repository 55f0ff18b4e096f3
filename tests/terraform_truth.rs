//! What `inspect` knows of Terraform modules against what a real `terraform plan` says.
//!
//! The roots below `testdata/terraform/plans` have Terraform's answers recorded beside them: what
//! each of some runs plans, or that it is refused. They are compared everywhere. Terraform itself
//! is asked where it is installed and `ECSLINT_TF_PLUGINS` names a directory of providers (as
//! `terraform init -plugin-dir` takes it): whether the recorded answers are still its own, and
//! what it says of the cases of `testdata/rules`. `UPDATE=1` records anew.
//!
//! `CASE=part-of-a-path` in the environment runs those cases only.

#[path = "support/planned.rs"]
mod planned;

use ecslint::model::TaskDefinition;
use ecslint::source::{Disk, SourceMap};
use ecslint::terraform::{self, Input, Options};
use ecslint::value::{List, Text, Value};
use ecslint::{Request, inspect};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// The provider as it is asked without an account, for roots that have none of their own.
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

/// What Terraform knows and `inspect` does not, or otherwise: the root, a part of the difference,
/// and why.
const NOT_ALIKE: &[(&str, &str, &str)] = &[
    (
        "refused-mode",
        "size_in_gib to be in the range (21 - 200), got 20",
        "the API takes 20, and the least that a provider takes changes with its version",
    ),
    (
        "refused-not-instantiated",
        "Terraform says",
        "the provider checks constants of a resource of which there is no instance",
    ),
    (
        "sensitive",
        "`.networkMode` is \"host\" in the plan and {\"$sensitive\":true} here",
        "Terraform 1.11 forgets that the output of a module is sensitive; it is not printed here",
    ),
];

/// Expressions that compute a user or a network mode, which stands nowhere as it is.
const COMPUTED: &[(&str, &str)] = &[
    ("data-shapes", "length({ a = 1, b = 2 })"),
    (
        "decoded-files",
        "csvdecode(file(\"${path.module}/containers.csv\"))",
    ),
    ("decoded-files", r"\u0072oot"),
    // A number between is not the text that was written.
    ("module-input-types", "\"0\""),
    ("module-outputs", "3"),
    ("numbers", "\"1e2\""),
    ("numbers", "1 / 4"),
    ("numbers", "1.5"),
    ("numbers", "1e-7"),
    ("numbers", "7"),
    ("numbers", "7 % 4"),
    ("numbers", "log(8, 2)"),
    ("placeholders", "\"$2-$1\""),
    ("placeholders", "lower(\"HOST\")"),
    ("providers-passed", "1e3"),
    ("splats-and-indexes", "local.list[1].ports[0] - 3"),
    ("strings", "base64decode(\"MA==\")"),
    ("strings", "regexall(\"^[0-9]+\", \"1000:0\")"),
    ("types-of-variables", "\"0\""),
];

#[test]
fn inspect_knows_what_recorded_plans_know() {
    let (mut mismatches, mut compared, mut refused) = (Vec::new(), 0, 0);
    for case in recorded() {
        for run in &case.runs {
            let shown = format!("{} {}", case.name, run.arguments());
            let found = Found::of(&case.directory.join(run.root()), run);
            let found = match run.0.get("refused") {
                Some(why) => {
                    refused += 1;
                    let is_green = found.complete.then(|| format!("Terraform says {why}"));
                    is_green
                        .into_iter()
                        .filter(|what| !excused(&case.name, what))
                        .collect()
                }
                None => {
                    compared += 1;
                    found.differences(&case.name, run)
                }
            };
            mismatches.extend(found.iter().map(|what| format!("{shown}: {what}")));
        }
    }
    println!("{compared} plans and {refused} refusals compared");
    assert!(
        mismatches.is_empty(),
        "{} mismatches:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
    assert!(only().is_some() || compared >= 60 && refused >= 10);
}

#[test]
fn recorded_plans_are_those_of_terraform() {
    let Some(plugins) = plugins() else {
        return;
    };
    let update = std::env::var_os("UPDATE").is_some();
    let mut mismatches = Vec::new();
    for mut case in recorded() {
        for run in &mut case.runs {
            let shown = format!("{} {}", case.name, run.arguments());
            let work = copied(&case.directory, "recorded");
            let asked = run.asked(&work, &plugins);
            if update {
                *run = asked;
            } else if asked.0 != run.0 {
                mismatches.push(format!("{shown}: {}", asked.text()));
            }
        }
        if update {
            case.write();
        }
    }
    assert!(
        mismatches.is_empty(),
        "Terraform says otherwise:\n{}",
        mismatches.join("\n")
    );
}

/// So many task definitions of the rules' cases must have been compared, or nothing was tested.
const ENOUGH: usize = 40;

#[test]
fn inspect_knows_what_plans_of_the_rules_cases_know() {
    let Some(plugins) = plugins() else {
        return;
    };
    let rules = repository().join("testdata/rules");
    let (mut differences, mut refused, mut compared) = (Vec::new(), Vec::new(), 0);
    for case in cases(&rules) {
        let shown = case.strip_prefix(&rules).expect("it was found there");
        let shown = shown.display().to_string();
        if !only().is_none_or(|only| shown.contains(&only)) {
            continue;
        }
        let work = copied(&case, "rules");
        for (unit, tasks) in inspected(&work) {
            match plan(&work.join(&unit), &plugins, &Run::default()) {
                Ok(plan) => {
                    let plan = planned::reduce(&plan);
                    for task in tasks {
                        // Where inputs are not set, there is nothing to compare with.
                        let [world] = &task.worlds[..] else {
                            continue;
                        };
                        compared += 1;
                        let address = &task.address;
                        let found = match plan.get(&**address) {
                            Some(planned) => planned::differences(planned, &world.definition),
                            None => vec!["the plan does not have it".to_owned()],
                        };
                        let found = found.iter();
                        differences
                            .extend(found.map(|what| format!("{shown}: `{address}`: {what}")));
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
    assert!(only().is_some() || compared >= ENOUGH, "only {compared}");
}

fn excused(name: &str, what: &str) -> bool {
    let mut known = NOT_ALIKE.iter();
    known.any(|(root, part, _)| *root == name && what.contains(part))
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn only() -> Option<String> {
    std::env::var("CASE").ok().filter(|only| !only.is_empty())
}

/// Where Terraform's providers are; nothing, and a word, where Terraform can't be asked.
fn plugins() -> Option<OsString> {
    let plugins = std::env::var_os("ECSLINT_TF_PLUGINS");
    if plugins.is_none() {
        println!("skipped: ECSLINT_TF_PLUGINS names no directory of providers");
    } else if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: terraform is not installed");
        return None;
    }
    plugins
}

/// A directory of `testdata/terraform/plans` and the answers beside it.
struct Recorded {
    name: String,
    directory: PathBuf,
    runs: Vec<Run>,
}

impl Recorded {
    fn write(&self) {
        let runs: Vec<String> = self.runs.iter().map(Run::text).collect();
        let text = format!("[\n{}\n]\n", runs.join(",\n"));
        fs::write(self.directory.with_extension("json"), text).expect("testdata can be written");
    }
}

/// All recorded roots, by name. One that was never recorded has one run without arguments.
fn recorded() -> Vec<Recorded> {
    let all = entries(&repository().join("testdata/terraform/plans"));
    let directories = all.into_iter().filter(|path| path.is_dir());
    let recorded = directories.map(|directory| {
        let name = directory.file_name().expect("an entry has a name");
        let name = name.to_string_lossy().into_owned();
        let runs = match fs::read_to_string(directory.with_extension("json")) {
            Ok(text) => serde_json::from_str::<Vec<Map<String, Json>>>(&text)
                .unwrap_or_else(|error| panic!("{name}.json: {error}")),
            Err(_) => vec![Map::new()],
        };
        Recorded {
            name,
            directory,
            runs: runs.into_iter().map(Run).collect(),
        }
    });
    recorded
        .filter(|case| only().is_none_or(|only| case.name.contains(&only)))
        .collect()
}

/// One call of Terraform and what it says: an object with `root`, the directory that is planned
/// if it is not the outermost; `arguments`, each `-var=…` or `-var-file=…`; `environment`;
/// `workspace`; and `tasks`, the planned task definitions by address, or `refused`, the first
/// error.
#[derive(Default)]
struct Run(Map<String, Json>);

impl Run {
    fn strings(&self, name: &str) -> Vec<&str> {
        let list = self.0.get(name).and_then(Json::as_array);
        let list = list.into_iter().flatten();
        list.map(|one| one.as_str().expect("a list of strings"))
            .collect()
    }

    fn root(&self) -> &str {
        self.0.get("root").and_then(Json::as_str).unwrap_or("")
    }

    fn workspace(&self) -> Option<&str> {
        self.0.get("workspace").and_then(Json::as_str)
    }

    fn environment(&self) -> Vec<(String, String)> {
        let all = self.0.get("environment").and_then(Json::as_object);
        let all = all.into_iter().flatten();
        all.map(|(name, value)| {
            let value = value.as_str().expect("the environment has strings");
            (name.clone(), value.to_owned())
        })
        .collect()
    }

    fn tasks(&self) -> &Map<String, Json> {
        let tasks = self.0.get("tasks").and_then(Json::as_object);
        tasks.expect("`UPDATE=1` with ECSLINT_TF_PLUGINS records what Terraform plans")
    }

    /// What it is run with, for messages.
    fn arguments(&self) -> String {
        let given = self.0.iter().filter(|(name, _)| !is_answer(name));
        json!(given.collect::<BTreeMap<_, _>>()).to_string()
    }

    fn options(&self) -> Options {
        let inputs = self.strings("arguments").into_iter().map(|argument| {
            if let Some(path) = argument.strip_prefix("-var-file=") {
                return Input::File(path.into());
            }
            let given = argument.strip_prefix("-var=").expect("`-var=` is left");
            let (name, value) = given.split_once('=').expect("a name and a value");
            Input::Value {
                name: name.to_owned(),
                value: value.to_owned(),
            }
        });
        Options {
            inputs: inputs.collect(),
            environment: self.environment(),
            workspace: self.workspace().map(str::to_owned),
            ..Options::default()
        }
    }

    /// Whether this is the name of a variable, in its declaration, that is given from outside: such
    /// a value stands nowhere else.
    fn gives(&self, slice: &str) -> bool {
        let flags = self.strings("arguments").into_iter();
        let flags = flags.filter_map(|flag| flag.strip_prefix("-var=")?.split_once('='));
        let environment = self.environment();
        let environment = environment
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("TF_VAR_"));
        let mut given = flags.map(|(name, _)| name).chain(environment);
        given.any(|name| format!("\"{name}\"") == slice)
    }

    /// The same run with what Terraform says now.
    fn asked(&self, work: &Path, plugins: &OsStr) -> Run {
        let given = self.0.iter().filter(|(name, _)| !is_answer(name));
        let mut run: Map<String, Json> = given
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let root = work.join(self.root());
        let answer = match plan(&root, plugins, self) {
            Ok(plan) => (
                "tasks",
                without_place(&json!(planned::reduce(&plan)), &root),
            ),
            Err(why) => ("refused", json!(why)),
        };
        run.insert(answer.0.to_owned(), answer.1);
        Run(run)
    }

    /// JSON with a line for each thing that is given and for each task definition.
    fn text(&self) -> String {
        let mut lines = Vec::new();
        for (name, value) in &self.0 {
            match value.as_object().filter(|_| name == "tasks") {
                Some(tasks) => {
                    let tasks = tasks
                        .iter()
                        .map(|(address, task)| format!("      {}: {task}", json!(address)));
                    let tasks: Vec<String> = tasks.collect();
                    lines.push(format!("    \"tasks\": {{\n{}\n    }}", tasks.join(",\n")));
                }
                None => lines.push(format!("    {}: {value}", json!(name))),
            }
        }
        let mut text = String::new();
        let _ = write!(text, "  {{\n{}\n  }}", lines.join(",\n"));
        text
    }
}

fn is_answer(name: &str) -> bool {
    matches!(name, "tasks" | "refused")
}

/// The JSON with the directory of the root, which is another everywhere, as `ROOT`.
fn without_place(json: &Json, root: &Path) -> Json {
    let root = fs::canonicalize(root).expect("the root is there");
    let text = json.to_string().replace(&*root.to_string_lossy(), "ROOT");
    serde_json::from_str(&text).expect("it was JSON")
}

/// What ecslint finds in a root.
struct Found {
    /// The definitions in all worlds that have the task, by address.
    tasks: BTreeMap<String, Vec<Json>>,
    problems: Vec<String>,
    /// Users and network modes that do not stand where their place is, with that place.
    misplaced: Vec<(String, String)>,
    complete: bool,
}

impl Found {
    fn of(directory: &Path, run: &Run) -> Found {
        let directory = fs::canonicalize(directory).expect("the root is there");
        let sources = Arc::new(SourceMap::new(Disk, &directory));
        let request = Request {
            paths: vec![directory.clone()],
            terraform: run.options(),
            ..Request::default()
        };
        let report = ecslint::run(&sources, &request, &|_, _| {}).expect("the root is there");
        let root = terraform::survey(&sources, &directory, true, request.terraform.engine);
        let root = root.and_then(|root| root.certain_root()).expect("a root");
        let library = terraform::Library::new(sources.clone(), request.terraform.engine);
        let mut gaps = Vec::new();
        let loaded = terraform::load(&library, &root, &request.terraform).take(&mut gaps);
        let mut found = Found {
            tasks: BTreeMap::new(),
            problems: gaps.into_iter().map(|gap| gap.message).collect(),
            misplaced: Vec::new(),
            complete: report.summary.complete,
        };
        for task in &loaded {
            for inspected in inspect::inspect(&sources, &"".into(), None, task) {
                let worlds = inspected.worlds.iter();
                let worlds: Vec<Json> = worlds
                    .map(|world| without_place(&world.definition, &directory))
                    .collect();
                if !worlds.is_empty() {
                    found.misplaced.extend(misplaced(&sources, task));
                    found.tasks.insert(inspected.address.to_string(), worlds);
                }
            }
            found
                .problems
                .extend(task.refused.iter().map(|why| why.reason().to_owned()));
        }
        found
    }

    /// How it differs from what Terraform plans.
    fn differences(&self, name: &str, run: &Run) -> Vec<String> {
        let mut all: Vec<String> = self.problems.clone();
        for (address, task) in run.tasks() {
            let found = match self.tasks.get(address).map(Vec::as_slice) {
                Some([world]) => {
                    if !self.complete && !world.to_string().contains("\"$unknown\"") {
                        all.push("all is known, and the run is not complete".to_owned());
                    }
                    planned::differences(task, world)
                }
                Some(worlds) => vec![format!("has {} worlds here", worlds.len())],
                None => vec!["is not here".to_owned()],
            };
            all.extend(found.iter().map(|what| format!("`{address}`: {what}")));
        }
        let surplus = self
            .tasks
            .keys()
            .filter(|address| !run.tasks().contains_key(*address));
        all.extend(surplus.map(|address| format!("`{address}` is not in the plan")));
        all.retain(|what| !excused(name, what));
        let misplaced = self
            .misplaced
            .iter()
            .filter(|(_, slice)| !COMPUTED.contains(&(name, &**slice)) && !run.gives(slice));
        all.extend(misplaced.map(|(what, slice)| format!("{what} stands at `{slice}`")));
        all
    }
}

/// The users and the network mode of a task whose places do not slice to their own text, each
/// with what stands there.
fn misplaced(sources: &SourceMap, task: &TaskDefinition) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let definition = task.definition().get();
    let mut look_at = |what: String, value: Option<Value>| {
        let Some(rendered) = value.as_ref().and_then(Value::as_text).map(Text::render) else {
            return;
        };
        let Ok(rendered) = rendered else {
            return;
        };
        for literal in rendered.slice(0..rendered.text.len()) {
            let text = literal.as_str();
            let span = literal.inner_span(0..text.len());
            let file = sources.file(span.file);
            if file.slice(span) != text {
                found.push((what.clone(), file.slice(span).to_owned()));
            }
        }
    };
    look_at(
        format!("`{}.networkMode`", task.address),
        member(&definition, "networkMode"),
    );
    let containers = member(&definition, "containerDefinitions");
    let containers = containers.as_ref().and_then(Value::as_list);
    for (at, container) in containers.into_iter().flat_map(List::iter).enumerate() {
        let what = format!("`{}[{at}].user`", task.address);
        look_at(what, member(&container, "user"));
    }
    found
}

fn member(of: &Value, name: &str) -> Option<Value> {
    of.as_object()?.get(name, of.span)
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

/// A fresh copy of a case in a directory of this name, to plan in.
fn copied(case: &Path, name: &str) -> PathBuf {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("truth")
        .join(name);
    let _ = fs::remove_dir_all(&work);
    copy(case, &work);
    work
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
fn plan(root: &Path, plugins: &OsStr, run: &Run) -> Result<Json, String> {
    let has_provider = entries(root)
        .iter()
        .any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("provider \"aws\"")));
    if !has_provider {
        fs::write(root.join("zz_provider.tf"), PROVIDER).expect("the copy can be written");
    }
    let environment = run.environment();
    let terraform = |arguments: &[&OsStr]| terraform(root, arguments, &environment);
    let mut plugin_dir = OsString::from("-plugin-dir=");
    plugin_dir.push(plugins);
    terraform(&[OsStr::new("init"), "-input=false".as_ref(), &plugin_dir])?;
    if let Some(name) = run.workspace() {
        terraform(&["workspace", "new", name].map(OsStr::new))?;
    }
    let mut arguments = vec!["plan", "-input=false", "-refresh=false", "-out=plan"];
    arguments.extend(run.strings("arguments"));
    let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).collect();
    terraform(&arguments)?;
    let shown = terraform(&["show", "-json", "plan"].map(OsStr::new))?;
    serde_json::from_slice(&shown.stdout).map_err(|error| error.to_string())
}

fn terraform(
    root: &Path,
    arguments: &[&OsStr],
    environment: &[(String, String)],
) -> Result<Output, String> {
    let output = Command::new("terraform")
        .args(arguments)
        .arg("-no-color")
        .current_dir(root)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env_remove("TF_CLI_CONFIG_FILE")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let errors = said.lines().filter_map(|line| line.split_once("Error: "));
    // `terraform init` tells that there are problems, and then the first of them.
    let first = errors
        .into_iter()
        .find(|(_, error)| !error.starts_with("Terraform encountered"));
    let first = first.map_or("it failed without a word", |(_, error)| error);
    Err(in_order(first))
}

/// The message with the members of a cycle, which Terraform names in any order, sorted.
fn in_order(message: &str) -> String {
    let Some(cycle) = message.strip_prefix("Cycle: ") else {
        return message.to_owned();
    };
    let mut members: Vec<&str> = cycle.split(", ").collect();
    members.sort_unstable();
    format!("Cycle: {}", members.join(", "))
}
