//! A run, from paths to a report.

use crate::discover::{Candidates, UsageError};
use crate::environments::words::Told;
use crate::environments::{Environments, Name, Opened};
use crate::finding::{Problem, ProblemKind};
use crate::inspect::Inspected;
use crate::ledger::{Entries, Gap, Ledger, Leniency, Partial, Summary};
use crate::model::{SourceKind, TaskDefinition};
use crate::source::SourceMap;
use crate::suppress::Gathered;
use crate::suppress::baseline::Baseline;
use crate::terraform::{Library, Root, Surveyed};
use crate::unit::{Done, Job};
use crate::{check, cloudformation, discover, rules, since, suppress, terraform, unit, users};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    pub terraform: terraform::Options,
    pub cloudformation: cloudformation::Options,
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
    let precedents = check::Precedents::default();
    let make = |unit: &Arc<str>, name: Name, tasks: &[TaskDefinition], entries: &mut Entries| {
        let judged = check::check(sources, &request.settings, unit, name, &precedents, tasks);
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
) -> Result<(Vec<Inspected>, Vec<Problem>), UsageError> {
    let (mut entries, inspected) =
        each_unit(sources, request, progress, |unit, name, tasks, _| {
            let own = tasks.iter();
            let own = own.flat_map(|task| crate::inspect::inspect(sources, unit, name, task));
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
fn each_unit<T, M>(
    sources: &Arc<SourceMap>,
    request: &Request,
    progress: &(dyn Fn(usize, usize) + Sync),
    make: M,
) -> Result<(Entries, Vec<T>), UsageError>
where
    T: Send,
    M: Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T + Sync,
{
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

    let units = Units {
        request,
        environments: &environments,
        found: &found,
        library: Library::new(sources.clone(), request.terraform.engine),
        make,
        progress,
        done: AtomicUsize::new(0),
    };
    let mut all = Entries::default();
    let mut made = Vec::new();
    let modules = units.modules(users)?;
    let (files, parameters) = units.files();
    for done in modules.into_iter().chain(files) {
        all.extend(done.entries);
        made.extend(done.made);
    }
    let mut gaps = users::unused_values(sources, request, &found);
    gaps.extend(unwalked(sources, &found));
    gaps.extend(environments.left_over(paths));
    gaps.extend(undeclared_parameters(sources, request, &parameters, paths));
    gaps.extend(values_of_terragrunt(sources, request, &found, &all));
    gaps.extend(modules_of_terragrunt(sources, request, &found, paths));
    let mut ledger = Ledger::default();
    ledger.absorb(Partial::new((), gaps));
    unit::close(sources, ledger, &mut all);
    let is_remark = |problem: &Problem| problem.kind == ProblemKind::Note;
    if all.units == 0 && all.problems.iter().all(is_remark) {
        all.problems.push(nothing_here(shown(sources, paths)));
    }
    Ok((all, made))
}

/// All units of a run, with what they are opened with.
struct Units<'a, M> {
    request: &'a Request,
    environments: &'a Opened<'a>,
    found: &'a Candidates,
    library: Arc<Library>,
    make: M,
    progress: &'a (dyn Fn(usize, usize) + Sync),
    /// How many are.
    done: AtomicUsize,
}

impl<M> Units<'_, M> {
    fn open<T>(&self, job: &Job) -> Done<T>
    where
        M: Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T,
    {
        let done = unit::open(&self.library, self.environments, job, &self.make);
        let total = self.found.modules.len() + self.found.files.len();
        (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, total);
        done
    }

    /// Opens the root modules, and the modules that nobody calls. What is certainly a root is
    /// judged at once, while its files are at hand.
    fn modules<T: Send>(&self, users: BTreeSet<Root>) -> Result<Vec<Done<T>>, UsageError>
    where
        M: Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T + Sync,
    {
        let survey = |directory: &PathBuf| {
            let is_named = self.found.named_modules.contains(directory)
                || self.environments.names_root(directory);
            let engine = self.library.engine;
            let surveyed = terraform::survey(&self.library.sources, directory, is_named, engine)?;
            let root = surveyed.certain_root().map(Job::Module);
            Some((surveyed, root.map(|root| self.open(&root))))
        };
        let directories = &self.found.modules;
        let (surveyed, certain): (Vec<_>, Vec<_>) =
            directories.par_iter().filter_map(survey).unzip();
        let uncalled = terraform::uncalled(&surveyed).into_iter();
        let others: BTreeSet<Root> = uncalled.chain(users).collect();
        self.refuse_undeclared_variables(&surveyed, &others)?;
        let others: Vec<Job> = others.into_iter().map(Job::Module).collect();
        let surveyed_only = directories.len().saturating_sub(others.len());
        self.done.store(surveyed_only, Ordering::Relaxed);
        let others: Vec<Done<T>> = others.par_iter().map(|job| self.open(job)).collect();
        Ok(certain.into_iter().flatten().chain(others).collect())
    }

    /// Refuses a variable on the command line that no root module declares, as Terraform does.
    fn refuse_undeclared_variables(
        &self,
        surveyed: &[Surveyed],
        others: &BTreeSet<Root>,
    ) -> Result<(), UsageError> {
        if self.request.may_miss {
            return Ok(());
        }
        let certain = surveyed.iter().filter_map(Surveyed::certain_root);
        let certain: Vec<Root> = certain.collect();
        let all = certain.iter().chain(others);
        let sources = &self.library.sources;
        match terraform::undeclared(sources, all, &self.request.terraform).first() {
            None => Ok(()),
            Some(name) => Err(UsageError(format!(
                "no root module declares the variable `{name}`, which `--var` sets"
            ))),
        }
    }

    /// Opens templates and files of the ECS API, and tells the parameters that they have among those
    /// that somebody gives a value. What a template nests is judged there.
    fn files<T: Send>(&self) -> (Vec<Done<T>>, BTreeSet<String>)
    where
        M: Fn(&Arc<str>, Name, &[TaskDefinition], &mut Entries) -> T + Sync,
    {
        let files: Vec<&PathBuf> = self.found.files.iter().collect();
        let open = |path: &&PathBuf| {
            let named = self.found.named_files.contains(*path);
            let path = (*path).clone();
            self.open(&Job::File { path, named })
        };
        let mut opened: Vec<Done<T>> = files.par_iter().map(open).collect();
        let nests = opened
            .iter_mut()
            .map(|done| std::mem::take(&mut done.nests));
        let nests = files.iter().copied().zip(nests).collect();
        let nested = cloudformation::nested_only(&nests, &self.found.named_files);
        let parameters = opened.iter().flat_map(|done| done.given.iter().cloned());
        let parameters = parameters.collect();
        let units = files.into_iter().zip(opened);
        let units = units.filter(|(path, _)| !nested.contains(path));
        let units = units.map(|(_, done)| done).inspect(|done| {
            (self.environments).has_template(&done.template_of, &done.given);
        });
        (units.collect(), parameters)
    }
}

/// What discovery could not look into.
fn unwalked(sources: &SourceMap, found: &Candidates) -> Vec<Gap> {
    let unwalked = found.unreadable.iter().map(|(path, reason)| {
        let message =
            format!("this could not be walked: {reason}, so nothing below it was checked");
        Gap::of_path(ProblemKind::Unreadable, message, sources.display(path))
    });
    unwalked.collect()
}

/// The values that Terragrunt gives modules in which task definitions were judged, unless these were
/// given values in another way.
fn values_of_terragrunt(
    sources: &SourceMap,
    request: &Request,
    found: &Candidates,
    judged: &Entries,
) -> Vec<Gap> {
    if found.terragrunt.is_empty() || !request.terraform.inputs.is_empty() {
        return Vec::new();
    }
    let judged = judged.task_definitions.iter();
    let judged =
        judged.filter(|task| task.source == SourceKind::Terraform && task.environment.is_none());
    let units = judged.map(|task| sources.absolute(Path::new(&*task.unit)));
    terraform::terragrunt::unread_inputs(sources, &found.terragrunt, &units.collect())
}

/// The modules that Terragrunt fetches. Of a file that is named, it is told that it is not read.
fn modules_of_terragrunt(
    sources: &SourceMap,
    request: &Request,
    found: &Candidates,
    paths: &[PathBuf],
) -> Vec<Gap> {
    let named: BTreeSet<PathBuf> = paths.iter().map(|path| sources.absolute(path)).collect();
    let met = found.terragrunt.difference(&named).cloned();
    let without = &request.terraform.no_task_definitions;
    terraform::terragrunt::unread_modules(sources, &met.collect(), without)
}

/// The parameters on the command line that are not among those that the templates have, which
/// CloudFormation refuses. With several templates, a value is for those that have the parameter.
fn undeclared_parameters(
    sources: &SourceMap,
    request: &Request,
    parameters: &BTreeSet<String>,
    paths: &[PathBuf],
) -> Vec<Gap> {
    if request.may_miss {
        return Vec::new();
    }
    let given = request.cloudformation.given.iter();
    let undeclared = given.filter(|name| !name.starts_with("AWS::") && !parameters.contains(*name));
    let undeclared = undeclared.map(|name| {
        let message = format!("no template has the parameter `{name}`, which `--parameter` sets");
        Gap::of_path(ProblemKind::Refused, message, shown(sources, paths))
    });
    undeclared.collect()
}

/// Nothing below the paths is ours, which is never green.
fn nothing_here(path: String) -> Problem {
    Problem {
        kind: ProblemKind::Unreadable,
        message: "no Terraform module, CloudFormation template or task definition of the ECS API here, so nothing was checked".to_owned(),
        place: None,
        path: Some(path),
        help: Some("name the directory that holds the sources".to_owned()),
    }
}

/// The paths of a request as messages show them.
fn shown(sources: &SourceMap, paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| sources.display(path)).collect();
    shown.join(" ")
}
