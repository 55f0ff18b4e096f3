//! Opens one unit of work: its task definitions, as they are in each of its environments.

use crate::discover::file_name;
use crate::environments::words;
use crate::environments::{Name, Names, Opened, Run};
use crate::finding::{Place, Problem, ProblemKind};
use crate::ledger::{Entries, Gap, GapAt, Ledger, Partial};
use crate::model::TaskDefinition;
use crate::source::{File, SourceMap};
use crate::{api, cloudformation, json, terraform};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One unit of work, or a file that has yet to show that it is one.
pub enum Job {
    Module(terraform::Root),
    File { path: PathBuf, named: bool },
}

/// What has come of a job.
pub struct Done<T> {
    pub entries: Entries,
    /// What was made of the task definitions, in each environment; nothing where the file was no
    /// unit.
    pub made: Vec<T>,
    pub nests: Vec<cloudformation::Nests>,
    /// The environments that a template is in.
    pub template_of: Vec<usize>,
    /// The parameters among those that somebody gives a value which a template has, or may have.
    pub given: BTreeSet<String>,
}

/// Opens a unit and hands its task definitions to `make`.
pub fn open<T>(
    library: &Arc<terraform::Library>,
    environments: &Opened,
    job: &Job,
    make: &impl Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T,
) -> Done<T> {
    let sources = &library.sources;
    let mut done = Done {
        entries: Entries::default(),
        made: Vec::new(),
        nests: Vec::new(),
        template_of: Vec::new(),
        given: BTreeSet::new(),
    };
    let mut ledger = Ledger::default();
    let mut problems = Vec::new();
    let mut judge = |unit: &Arc<str>, names: &[Option<Arc<str>>], tasks| {
        let mut own = Entries::default();
        let mut ledger = Ledger::default();
        let tasks: Vec<TaskDefinition> = ledger.absorb(tasks);
        for name in names {
            done.made.push(make(unit, name.as_ref(), &tasks, &mut own));
        }
        close(sources, ledger, &mut own);
        problems.push((names.to_vec(), std::mem::take(&mut own.problems)));
        done.entries.extend(own);
    };
    match job {
        Job::Module(root) => {
            let unit: Arc<str> = sources.display(root.directory()).into();
            let selection = environments.of_root(root.directory());
            if !selection.is_left_out() {
                ledger.count_unit();
            }
            for Run { names, options } in &selection.runs {
                judge(&unit, names, terraform::load(library, root, options));
            }
            ledger.absorb(Partial::new((), selection.gaps));
        }
        Job::File { path, named } => {
            let loaded = load_file(sources, environments, path, *named, &mut done.given);
            if let Some(mut loaded) = ledger.absorb(loaded) {
                if !loaded.is_left_out {
                    ledger.count_unit();
                }
                for (names, tasks) in loaded.runs {
                    judge(&loaded.unit, &names, tasks);
                }
                done.nests.append(&mut loaded.nests);
                done.template_of = loaded.template_of;
            }
        }
    }
    done.entries.problems = words::of_some(problems);
    close(sources, ledger, &mut done.entries);
    done
}

/// A file that is a unit.
struct Loaded {
    unit: Arc<str>,
    /// Its task definitions in the environments that share them.
    runs: Vec<(Names, Partial<Vec<TaskDefinition>>)>,
    nests: Vec<cloudformation::Nests>,
    template_of: Vec<usize>,
    /// The command line asks for other environments than its own.
    is_left_out: bool,
}

/// Tells by its content what a file is, and reads it. Nothing where it is none of ours. `given`
/// takes the parameters that it has of those that somebody gives a value.
fn load_file(
    sources: &Arc<SourceMap>,
    environments: &Opened,
    path: &Path,
    named: bool,
    given: &mut BTreeSet<String>,
) -> Partial<Option<Loaded>> {
    let unreadable = |message: String| {
        let gap = Gap::of_path(ProblemKind::Unreadable, message, sources.display(path));
        Partial::new(None, vec![gap])
    };
    let file = match sources.open(path) {
        Ok(file) => file,
        Err(error) => {
            return unreadable(format!(
                "this file could not be read: {}, so nothing in it was checked",
                error.reason
            ));
        }
    };
    let mut loaded = Loaded {
        unit: file.shown.clone(),
        runs: Vec::new(),
        nests: Vec::new(),
        template_of: Vec::new(),
        is_left_out: false,
    };
    let mentioned = || cloudformation::mentioned(&file, environments.cloudformation()).cloned();
    if cloudformation::may_hold(&file) {
        let selection = environments.of_template(path);
        if selection.runs.is_empty() {
            given.extend(mentioned());
        }
        for Run { names, options } in &selection.runs {
            // Whether it is a template, no values change.
            if let Some(template) = cloudformation::load(sources, &file, options) {
                loaded.nests.extend(template.nests);
                given.extend(template.given);
                loaded.runs.push((names.clone(), template.tasks));
            }
        }
        if !loaded.runs.is_empty() || !selection.gaps.is_empty() {
            loaded.is_left_out = selection.is_left_out();
            loaded.template_of = selection.entries;
            return Partial::new(Some(loaded), selection.gaps);
        }
    } else {
        given.extend(mentioned());
    }
    if named && let Some(gap) = of_another_tool(&file) {
        return Partial::new(None, vec![gap]);
    }
    if api::may_hold(&file, named)
        && let Some(tasks) = api::load(&file, named)
    {
        loaded.runs.push((vec![None], tasks));
        return Partial::whole(Some(loaded));
    }
    if named {
        return Partial::new(None, vec![of_another_kind(&file)]);
    }
    Partial::new(None, cloudformation::remark(&file).into_iter().collect())
}

/// What to say of a named file from which another tool makes task definitions.
fn of_another_tool(file: &File) -> Option<Gap> {
    let name = file_name(&file.path);
    let (stem, extension) = name.rsplit_once('.')?;
    let is_yaml = matches!(extension, "yml" | "yaml");
    let (what, help) = match stem {
        // Plain JSON is Jsonnet, too.
        _ if matches!(extension, "jsonnet" | "libsonnet") => {
            if json::parse_file(file, 0..file.text().len()).is_ok() {
                return None;
            }
            ("Jsonnet", "check what it renders")
        }
        "ecs-params" if is_yaml => (
            "files of the ECS CLI",
            "check the task definition that it registers, as `describe-task-definition` prints it",
        ),
        _ if is_yaml && (stem.starts_with("docker-compose") || stem.starts_with("compose")) => (
            "files of Docker Compose",
            "check the template or the task definition that is made of it",
        ),
        _ => return None,
    };
    let message = format!("ecslint does not read {what}, so nothing in this file was checked");
    let shown = file.shown.to_string();
    Some(Gap::of_path(ProblemKind::Unreadable, message, shown).help(help))
}

/// What to say of a named file that is none of ours.
fn of_another_kind(file: &File) -> Gap {
    let shown = file.shown.to_string();
    let gap = |message: String| Gap::of_path(ProblemKind::Unreadable, message, shown.clone());
    if let Some(what) = terraform::printed(file) {
        let message = format!(
            "this is a {what} of Terraform, and ecslint reads the source, so nothing in it was checked"
        );
        return gap(message).help("name the directory of the root module that Terraform ran in");
    }
    if file_name(&file.path) == terraform::terragrunt::FILE_NAME {
        let message =
            "ecslint does not read files of Terragrunt, so nothing in this one was checked";
        return gap(message.to_owned()).help("name the directory of the module that it deploys");
    }
    let kinds = "CloudFormation template and no task definition of the ECS API";
    let gap = gap(format!("this is no {kinds}, so nothing in it was checked"));
    match cloudformation::parameter_files::read(file) {
        Ok(_) => gap.help(format!(
            "if these are parameters, name the template, and give them with `--parameter-file {shown}`"
        )),
        Err(_) => gap,
    }
}

/// Turns the gaps of a ledger into problems with positions.
pub fn close(sources: &SourceMap, ledger: Ledger, entries: &mut Entries) {
    entries.units += ledger.units();
    for gap in ledger.into_gaps() {
        let (place, path) = match gap.at {
            GapAt::Span(span) => {
                let location = sources.location(span);
                (Some(Place { span, location }), None)
            }
            GapAt::Path(path) => (None, Some(path)),
        };
        entries.problems.push(Problem {
            kind: gap.kind,
            message: gap.message,
            place,
            path,
            help: gap.help,
        });
    }
}
