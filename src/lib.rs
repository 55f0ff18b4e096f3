//! Finds dangerous settings in AWS ECS task definitions in Terraform and CloudFormation source.
//!
//! # The map
//!
//! ```text
//! discover ─► terraform ─────┐
//!         └─► cloudformation ├─► model ─► rules ─► findings ─► report
//!         └─► api ───────────┘
//! ```
//!
//! A unit of work is one Terraform root module, one CloudFormation template or one JSON file of
//! the ECS API. Units run in parallel; inside a unit everything is single-threaded and lazy: only
//! what a rule reads of a task definition is parsed and evaluated.
//!
//! - [`source`]: files, spans, positions. A span is a range of bytes in a file.
//! - [`value`]: values that know where they came from; strings are ropes; unknown is a value.
//! - [`json`], [`yaml`]: text to values without losing a place.
//! - [`worlds`]: what is asked when a computation depends on something that nobody has decided.
//! - [`terraform`], [`cloudformation`], [`api`]: the front ends; each lowers to the [`model`].
//! - [`model`]: a task definition in the nouns of the ECS API, evaluated on demand.
//! - [`rules`]: one file a rule. [`check`] explores each rule over all worlds.
//! - [`finding`], [`ledger`]: what a run has to say; the ledger alone yields the exit code.
//! - [`suppress`]: exceptions and the baseline, applied to findings before they are merged.
//! - [`discover`], [`config`]: paths to units; the configuration file.
//! - [`environments`]: in which environments a unit is judged, with which values.
//! - [`date`]: a day of the calendar.
//! - [`report`]: one file a format. [`inspect`]: the resolved model as JSON. [`explain`]: the rules
//!   as text. [`cli`]: the flags.
//!
//! # Invariants
//!
//! - *Green means that every task definition was read and decided.* What was not is a
//!   [`ledger::Gap`] in a [`ledger::Partial`], and only [`ledger::Ledger`] takes gaps.
//! - A label's position is in the value; it is never looked up afterwards.
//! - Rules use `model`, `value`, `finding` (and `worlds` for questions) only. The front ends never
//!   use each other.
//! - HCL parsers are named in `terraform/syntax.rs` only, the YAML parser in `yaml.rs` and
//!   `yaml/decode.rs`, serde_yaml in `config.rs`, miette in `report/` and `main.rs`.
//! - Nothing below `main.rs` prints or exits. Only `source`, `discover`, `config` and `main` touch
//!   the file system.
//! - One unreadable file makes a run incomplete and stops nothing else. Nothing recurses without a
//!   depth guard; nothing loops without a bound.

pub mod api;
pub mod check;
pub mod cli;
pub mod cloudformation;
pub mod config;
pub mod date;
pub mod discover;
pub mod environments;
pub mod explain;
pub mod finding;
pub mod inspect;
pub mod json;
pub mod ledger;
pub mod model;
pub mod report;
pub mod rules;
pub mod source;
pub mod suppress;
pub mod terraform;
pub mod value;
pub mod worlds;
pub mod yaml;

use cloudformation::Options as CloudFormationOptions;
use environments::{Environments, Opened, words::Told};
use finding::{Place, Problem, ProblemKind};
use ledger::{Entries, Gap, GapAt, Ledger, Leniency, Partial, Summary};
use model::TaskDefinition;
use rayon::prelude::*;
use source::SourceMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use suppress::Gathered;
use suppress::baseline::Baseline;
use terraform::Options as TerraformOptions;

pub use discover::UsageError;

/// What a run is asked to do. By default: everything below the working directory, as the command
/// line does without flags.
#[derive(Default)]
pub struct Request {
    /// Directories, files and patterns; none: the working directory.
    pub paths: Vec<PathBuf>,
    pub exclude: discover::Exclude,
    pub settings: rules::Settings,
    pub leniency: Leniency,
    pub suppress: suppress::Options,
    pub terraform: TerraformOptions,
    pub cloudformation: CloudFormationOptions,
    pub environments: Environments,
}

/// What a run has found.
#[derive(Debug)]
pub struct Report {
    /// Sorted, so that no output depends on which thread was first.
    pub entries: Entries,
    pub summary: Summary,
    /// The baseline to be written, if that was asked for.
    pub baseline: Option<Baseline>,
}

/// Judges everything below the paths of a request. `progress` is told how many units are done, of
/// how many.
///
/// # Errors
/// A path that does not exist.
pub fn run(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, UsageError> {
    let gathered = Mutex::new(Gathered::default());
    let mut entries = each_unit(sources, request, progress, |unit, name, tasks, entries| {
        let mut gathered = gathered
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        gathered.add(unit, name, tasks);
        drop(gathered);
        let judged = check::check(sources, &request.settings, unit, name, tasks);
        entries.findings.extend(judged.findings);
        entries.undetermined.extend(judged.undetermined);
        entries.problems.extend(judged.problems);
        entries.task_definitions.extend(judged.task_definitions);
    })?;
    let gathered = gathered
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let told = Told::of(&entries);
    let baseline = suppress::apply(
        sources,
        &request.suppress,
        &request.settings,
        &request.paths,
        &request.environments,
        gathered,
        &mut entries,
    );
    entries.findings = check::merge(std::mem::take(&mut entries.findings));
    entries.sort();
    told.tell(&mut entries);
    let summary = entries.sum_up(&request.leniency);
    Ok(Report {
        entries,
        summary,
        baseline,
    })
}

/// Resolves every task definition below the paths of a request, in the order of unit and address,
/// with the problems met on the way.
///
/// # Errors
/// A path that does not exist.
pub fn inspect(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Vec<inspect::Inspected>, Vec<Problem>), UsageError> {
    let inspected = Mutex::new(Vec::new());
    let mut entries = each_unit(sources, request, progress, |unit, name, tasks, _| {
        let own = tasks
            .iter()
            .map(|task| inspect::inspect(sources, unit, name, task));
        let own: Vec<_> = own.collect();
        let mut all = inspected
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        all.extend(own);
    })?;
    entries.sort();
    let mut inspected = inspected
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    inspected.sort_by(|a, b| {
        let place = (&a.unit, &a.location).cmp(&(&b.unit, &b.location));
        place.then_with(|| (&a.address, &a.environment).cmp(&(&b.address, &b.environment)))
    });
    Ok((inspected, entries.problems))
}

/// One unit of work, or a file that has yet to show that it is one.
enum Job {
    Module(terraform::Root),
    File { path: PathBuf, named: bool },
}

/// Opens every unit below the paths, on all cores, and hands its task definitions to `take`, as
/// they are in each of its environments.
fn each_unit(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
    take: impl Fn(&Arc<str>, Option<&Arc<str>>, &[TaskDefinition], &mut Entries) + Sync,
) -> Result<Entries, UsageError> {
    let here = [PathBuf::from(".")];
    let paths = match &request.paths[..] {
        [] => &here[..],
        paths => paths,
    };
    let found = discover::discover(sources, paths, &request.exclude)?;
    let mut ledger = Ledger::default();
    let unwalked = found.unreadable.iter().map(|(path, reason)| {
        let message =
            format!("this could not be walked: {reason}, so nothing below it was checked");
        Gap::of_path(ProblemKind::Unreadable, message, sources.display(path))
    });
    ledger.absorb(Partial::new((), unwalked.collect()));
    let mut all = Entries::default();
    close(sources, ledger, &mut all);

    let environments = Opened::new(
        sources,
        &request.environments,
        &request.terraform,
        &request.cloudformation,
    );
    let total = found.modules.len() + found.files.len();
    let done = AtomicUsize::new(0);
    let judge = |job: &Job| {
        let entries = open(sources, &environments, job, &take);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        entries
    };
    // What is certainly a root is judged at once, while its files are at hand.
    let survey = |directory: &PathBuf| {
        let is_named = found.named_modules.contains(directory);
        let surveyed = terraform::survey(sources, directory, is_named)?;
        let root = surveyed.certain_root().map(Job::Module);
        Some((surveyed, root.map(|root| judge(&root)).unwrap_or_default()))
    };
    let (surveyed, parts): (Vec<_>, Vec<_>) = found.modules.par_iter().filter_map(survey).unzip();
    parts.into_iter().for_each(|part| all.extend(part));

    let callers = callers(sources, request, &found);
    let roots = terraform::uncalled(&surveyed).into_iter().chain(callers);
    let roots = roots.map(Job::Module);
    let nested = cloudformation::nested_only(sources, &found.files, &found.named_files, |path| {
        environments.every_way(path)
    });
    let files = found
        .files
        .into_iter()
        .filter(|path| !nested.contains(path));
    let files = files.map(|path| Job::File {
        named: found.named_files.contains(&path),
        path,
    });
    let jobs: Vec<Job> = roots.chain(files).collect();
    done.store(total - jobs.len(), Ordering::Relaxed);
    let parts: Vec<Entries> = jobs.par_iter().map(judge).collect();
    parts.into_iter().for_each(|part| all.extend(part));
    let mut ledger = Ledger::default();
    ledger.absorb(Partial::new((), environments.unmet(paths)));
    close(sources, ledger, &mut all);
    if all.units == 0 && all.problems.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| sources.display(path)).collect();
        all.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            message: "no Terraform module, CloudFormation template or task-definition JSON here, so nothing was checked".to_owned(),
            place: None,
            path: Some(shown.join(" ")),
            help: Some("name the directory that holds the sources".to_owned()),
        });
    }
    Ok(all)
}

/// The roots elsewhere in the repository that call a module of which a file is named: that file
/// means them too.
fn callers(
    sources: &Arc<SourceMap>,
    request: &Request,
    found: &discover::Candidates,
) -> Vec<terraform::Root> {
    let called: BTreeSet<PathBuf> = found
        .modules_of_files
        .iter()
        .filter(|directory| terraform::Surveyed::looks_called(sources, directory))
        .cloned()
        .collect();
    let around: BTreeSet<PathBuf> = called
        .iter()
        .filter_map(|directory| discover::around(sources, directory))
        .collect();
    let around: Vec<PathBuf> = around.into_iter().collect();
    let Ok(around) = discover::discover(sources, &around, &request.exclude) else {
        return Vec::new();
    };
    let surveyed: Vec<terraform::Surveyed> = around
        .modules
        .par_iter()
        .filter_map(|directory| terraform::survey(sources, directory, false))
        .collect();
    let callers = terraform::callers(&surveyed, &called).into_iter();
    callers
        .filter(|root| !found.modules.contains(root.directory()))
        .collect()
}

fn open(
    sources: &Arc<SourceMap>,
    environments: &Opened,
    job: &Job,
    take: &impl Fn(&Arc<str>, Option<&Arc<str>>, &[TaskDefinition], &mut Entries),
) -> Entries {
    let mut entries = Entries::default();
    let mut ledger = Ledger::default();
    match job {
        Job::Module(root) => {
            let unit: Arc<str> = sources.display(root.directory()).into();
            let selection = environments.of_root(root.directory());
            if !selection.is_left_out() {
                ledger.count_unit();
            }
            for run in selection.runs {
                let tasks = ledger.absorb(terraform::load(sources, root, &run.options));
                for name in &run.names {
                    take(&unit, name.as_ref(), &tasks, &mut entries);
                }
            }
            ledger.absorb(Partial::new((), selection.gaps));
        }
        Job::File { path, named } => {
            let loaded = load_file(sources, environments, path, *named);
            if let Some((unit, runs)) = ledger.absorb(loaded) {
                ledger.count_unit();
                for (names, partial) in runs {
                    let tasks = ledger.absorb(partial);
                    for name in &names {
                        take(&unit, name.as_ref(), &tasks, &mut entries);
                    }
                }
            }
        }
    }
    close(sources, ledger, &mut entries);
    entries
}

/// A unit, and its task definitions in the environments that share them.
type Loaded = Option<(Arc<str>, Vec<(Names, Partial<Vec<TaskDefinition>>)>)>;
type Names = Vec<Option<Arc<str>>>;

/// Tells by its content what a file is, and reads it. Nothing where it is none of ours.
fn load_file(
    sources: &Arc<SourceMap>,
    environments: &Opened,
    path: &Path,
    named: bool,
) -> Partial<Loaded> {
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
    if cloudformation::may_hold(&file) {
        let selection = environments.of_template(path);
        if selection.is_left_out() {
            return Partial::whole(None);
        }
        let runs = selection.runs.iter();
        let runs = runs.map(|run| {
            let tasks = cloudformation::load(sources, &file, &run.options)?;
            Some((run.names.clone(), tasks))
        });
        // Whether it is a template, no values change.
        if let Some(runs) = runs.collect::<Option<Vec<_>>>() {
            environments.met_template(&selection);
            return Partial::new(Some((file.shown.clone(), runs)), selection.gaps);
        }
    }
    if api::may_hold(&file, named)
        && let Some(tasks) = api::load(&file, named)
    {
        let runs = vec![(vec![None], tasks)];
        return Partial::whole(Some((file.shown.clone(), runs)));
    }
    if named {
        return unreadable("this is no CloudFormation template and no task-definition JSON, so nothing in it was checked".to_owned());
    }
    Partial::whole(None)
}

/// Turns the gaps of a ledger into problems with positions.
fn close(sources: &SourceMap, ledger: Ledger, entries: &mut Entries) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use source::Memory;

    #[test]
    fn a_file_of_a_called_module_means_its_callers_too() {
        let task = "variable \"user\" { default = \"1000\" }\nresource \"aws_ecs_task_definition\" \"t\" {\n  family = \"t\"\n  network_mode = \"host\"\n  container_definitions = jsonencode([{ name = \"a\", image = \"a\", user = var.user }])\n}\n";
        let call =
            |user: &str| format!("module \"m\" {{\n  source = \"../m\"\n  user = \"{user}\"\n}}\n");
        let files = [
            ("/w/m/main.tf", task.to_owned()),
            ("/w/a/main.tf", call("root")),
            ("/w/b/main.tf", call("1000")),
            ("/w/c/main.tf", "locals { x = 1 }".to_owned()),
        ];
        let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
        let mut all = BTreeSet::new();
        all.extend(["/w/a", "/w/b", "/w/c", "/w/m"].map(PathBuf::from));
        let surveyed: Vec<_> = all
            .iter()
            .filter_map(|directory| terraform::survey(&sources, directory, false))
            .collect();
        let called = BTreeSet::from([PathBuf::from("/w/m")]);
        let callers = terraform::callers(&surveyed, &called);
        let shown: Vec<String> = callers
            .iter()
            .map(|root| sources.display(root.directory()))
            .collect();
        assert_eq!(shown, ["a", "b"]);
        assert!(terraform::Surveyed::looks_called(
            &sources,
            Path::new("/w/m")
        ));
        assert!(!terraform::Surveyed::looks_called(
            &sources,
            Path::new("/w/c")
        ));
    }
}
