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
//!   [`source::git`]: files as they were at a commit. [`source::asked`]: what a run wanted to know.
//!   `kept`: the cache with a budget in which they stay.
//! - [`value`]: values that know where they came from; strings are ropes; unknown is a value.
//! - [`json`], [`yaml`]: text to values without losing a place.
//! - [`worlds`]: what is asked when a computation depends on something that nobody has decided.
//! - [`terraform`], [`cloudformation`], [`api`]: the front ends; each lowers to the [`model`].
//! - [`model`]: a task definition in the nouns of the ECS API, evaluated on demand.
//! - [`rules`]: one file a rule. [`check`] explores each rule over all worlds.
//! - [`finding`], [`ledger`]: what a run has to say; the ledger alone yields the exit code.
//! - [`suppress`]: exceptions and the baseline, applied to findings before they are merged.
//!   [`since`]: of what is left, what a change has brought.
//! - [`discover`], [`config`]: paths to units; the configuration file.
//! - [`users`]: who uses a file that is named. [`unit`]: one unit, opened.
//! - [`environments`]: in which environments a unit is judged, with which values.
//! - [`date`]: a day of the calendar.
//! - [`report`]: one file a format. [`inspect`]: the resolved model as JSON. [`explain`]: the rules
//!   as text. [`cli`]: the flags. [`schema`]: what is read and written, for editors and programs.
//!
//! # Invariants
//!
//! - *Green means that every task definition was read and decided.* What was not is a
//!   [`ledger::Gap`] in a [`ledger::Partial`], and only [`ledger::Ledger`] takes gaps.
//! - A label's position is in the value; it is never looked up afterwards.
//! - Rules use `model`, `value`, `finding` (and `worlds` for questions) only. The front ends never
//!   use each other.
//! - HCL parsers are named in `terraform/syntax` only, the YAML parser in `yaml.rs` and
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
mod kept;
pub mod ledger;
pub mod model;
pub mod report;
pub mod rules;
pub mod schema;
pub mod since;
pub mod source;
pub mod suppress;
pub mod terraform;
pub mod unit;
pub mod users;
pub mod value;
pub mod worlds;
pub mod yaml;

use cloudformation::Options as CloudFormationOptions;
use environments::words::Told;
use environments::{Environments, Name, Opened};
use finding::{Problem, ProblemKind};
use ledger::{Entries, Gap, Ledger, Leniency, Partial, Summary};
use model::TaskDefinition;
use rayon::prelude::*;
use source::SourceMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use suppress::Gathered;
use suppress::baseline::Baseline;
use terraform::Options as TerraformOptions;
use unit::{Done, Job};

pub use discover::UsageError;

/// What a run is asked to do. By default: everything below the working directory, as the command
/// line does without flags.
#[derive(Default)]
pub struct Request {
    /// Directories, files and patterns; none: the working directory.
    pub paths: Vec<PathBuf>,
    /// There need not be anything at a path.
    pub may_miss: bool,
    pub scope: discover::Scope,
    pub settings: rules::Settings,
    pub leniency: Leniency,
    pub suppress: suppress::Options,
    pub terraform: TerraformOptions,
    pub cloudformation: CloudFormationOptions,
    pub environments: Environments,
    /// Only what is new since a commit is wanted.
    pub since: Option<Box<since::Base>>,
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
/// A path that does not exist, or a commit that cannot be read.
pub fn run(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, UsageError> {
    let (mut entries, told, baseline) = judge(sources, request, progress)?;
    if let Some(base) = &request.since {
        let before = match base.is_same(sources) {
            true => None,
            false => Some(judge(&base.sources, &base.request, &|_, _| {})?.0),
        };
        if let Some(fault) = base.past.fault() {
            let commit = since::short(&base.commit);
            let message = format!("commit {commit} could not be judged: {fault}");
            return Err(UsageError(message));
        }
        since::compare(base, sources, before, &mut entries);
    }
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

/// Judges everything and hides what is excepted or known. Equal findings are not merged yet.
fn judge(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Entries, Told, Option<Baseline>), UsageError> {
    let make = |unit: &Arc<str>, name: Name, tasks: &[TaskDefinition], entries: &mut Entries| {
        let judged = check::check(sources, &request.settings, unit, name, tasks);
        entries.findings.extend(judged.findings);
        entries.undetermined.extend(judged.undetermined);
        entries.problems.extend(judged.problems);
        entries.task_definitions.extend(judged.task_definitions);
        Gathered::of(unit, name, tasks)
    };
    let (mut entries, gathered) = each_unit(sources, request, progress, make)?;
    let told = Told::of(&entries);
    let baseline = suppress::apply(
        sources,
        &request.suppress,
        &request.settings,
        &request.paths,
        &request.environments,
        gathered.into_iter().collect(),
        &mut entries,
    );
    Ok((entries, told, baseline))
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
    let (mut entries, inspected) =
        each_unit(sources, request, progress, |unit, name, tasks, _| {
            let own = tasks.iter();
            let own = own.map(|task| inspect::inspect(sources, unit, name, task));
            own.collect::<Vec<_>>()
        })?;
    entries.sort();
    let mut inspected: Vec<_> = inspected.into_iter().flatten().collect();
    inspected.sort_by(|a, b| {
        let place = (&a.unit, &a.location).cmp(&(&b.unit, &b.location));
        place.then_with(|| (&a.address, &a.environment).cmp(&(&b.address, &b.environment)))
    });
    Ok((inspected, entries.problems))
}

/// Opens every unit below the paths, on all cores, and hands its task definitions to `make`, as
/// they are in each of its environments.
fn each_unit<T: Send>(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
    make: impl Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T + Sync,
) -> Result<(Entries, Vec<T>), UsageError> {
    let here = [PathBuf::from(".")];
    let paths = match &request.paths[..] {
        [] => &here[..],
        paths => paths,
    };
    let environments = Opened::new(
        sources,
        &request.environments,
        &request.terraform,
        &request.cloudformation,
    );
    let mut found = discover::discover(sources, paths, &request.scope)?;
    if let Some(missing) = found.missing.first()
        && !request.may_miss
    {
        return Err(missing.clone());
    }
    let users = users::find(sources, request, &environments, paths, &mut found);
    let mut ledger = Ledger::default();
    let unused = users::unused_values(sources, request, &found);
    ledger.absorb(Partial::new((), unused));
    let unwalked = found.unreadable.iter().map(|(path, reason)| {
        let message =
            format!("this could not be walked: {reason}, so nothing below it was checked");
        Gap::of_path(ProblemKind::Unreadable, message, sources.display(path))
    });
    ledger.absorb(Partial::new((), unwalked.collect()));
    let mut all = Entries::default();
    unit::close(sources, ledger, &mut all);

    let total = found.modules.len() + found.files.len();
    let done = AtomicUsize::new(0);
    let library = terraform::Library::new(sources.clone(), request.terraform.engine);
    let judge = |job: &Job| {
        let judged = unit::open(&library, &environments, job, &make);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        judged
    };
    // What is certainly a root is judged at once, while its files are at hand.
    let survey = |directory: &PathBuf| {
        let is_named =
            found.named_modules.contains(directory) || environments.names_root(directory);
        let surveyed = terraform::survey(sources, directory, is_named, request.terraform.engine)?;
        let root = surveyed.certain_root().map(Job::Module);
        Some((surveyed, root.map(|root| judge(&root))))
    };
    let (surveyed, certain): (Vec<_>, Vec<_>) = found.modules.par_iter().filter_map(survey).unzip();
    let uncalled = terraform::uncalled(&surveyed).into_iter();
    let roots: BTreeSet<terraform::Root> = uncalled.chain(users).collect();
    declared(sources, request, &surveyed, &roots)?;
    let roots: Vec<Job> = roots.into_iter().map(Job::Module).collect();
    let surveyed_only = found.modules.len().saturating_sub(roots.len());
    done.store(surveyed_only, Ordering::Relaxed);
    let roots: Vec<Done<T>> = roots.par_iter().map(judge).collect();

    let files: Vec<&PathBuf> = found.files.iter().collect();
    let files = files.into_par_iter().map(|path| {
        let named = found.named_files.contains(path);
        let path = path.clone();
        judge(&Job::File { path, named })
    });
    let mut files: Vec<Done<T>> = files.collect();
    let has = |name: &String| files.iter().any(|done| done.given.contains(name));
    let given = request.cloudformation.given.iter();
    let undeclared = given.filter(|name| !name.starts_with("AWS::") && !has(name));
    let undeclared = undeclared.filter(|_| !request.may_miss);
    let undeclared: Vec<&String> = undeclared.collect();
    // What a template nests is judged there.
    let nests = files.iter_mut().map(|done| std::mem::take(&mut done.nests));
    let nests = found.files.iter().zip(nests).collect();
    let nested = cloudformation::nested_only(&nests, &found.named_files);
    let files = found.files.iter().zip(files);
    let files = files.filter(|(path, _)| !nested.contains(*path));
    let files = files.map(|(_, done)| done);
    let files = files.inspect(|done| environments.has_template(&done.template_of, &done.given));

    let mut made = Vec::new();
    for done in certain.into_iter().flatten().chain(roots).chain(files) {
        all.extend(done.entries);
        made.extend(done.made);
    }
    let mut ledger = Ledger::default();
    ledger.absorb(Partial::new((), environments.left_over(paths)));
    let undeclared = undeclared.into_iter().map(|name| {
        let message = format!("no template has the parameter `{name}`, which `--parameter` sets");
        Gap::of_path(ProblemKind::Refused, message, shown(sources, paths))
    });
    ledger.absorb(Partial::new((), undeclared.collect()));
    unit::close(sources, ledger, &mut all);
    if all.units == 0 && all.problems.is_empty() {
        all.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            message: "no Terraform module, CloudFormation template or task definition of the ECS API here, so nothing was checked".to_owned(),
            place: None,
            path: Some(shown(sources, paths)),
            help: Some("name the directory that holds the sources".to_owned()),
        });
    }
    Ok((all, made))
}

/// The paths of a request as messages show them.
fn shown(sources: &SourceMap, paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| sources.display(path)).collect();
    shown.join(" ")
}

/// Refuses a variable on the command line that no root module declares, as Terraform does.
fn declared(
    sources: &SourceMap,
    request: &Request,
    surveyed: &[terraform::Surveyed],
    roots: &BTreeSet<terraform::Root>,
) -> Result<(), UsageError> {
    if request.may_miss {
        return Ok(());
    }
    let certain: Vec<terraform::Root> = surveyed
        .iter()
        .filter_map(terraform::Surveyed::certain_root)
        .collect();
    let all = certain.iter().chain(roots);
    if let Some(name) = terraform::undeclared(sources, all, &request.terraform).first() {
        return Err(UsageError(format!(
            "no root module declares the variable `{name}`, which `--var` sets"
        )));
    }
    Ok(())
}
