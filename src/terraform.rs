//! The Terraform front end: root modules to task definitions.

mod attributes;
mod containers;
mod data;
mod environment;
pub mod eval;
mod functions;
mod inputs;
mod installed;
mod instances;
mod json;
mod library;
mod lower;
mod mentions;
mod module;
mod operators;
mod registry;
mod roots;
pub mod scan;
pub mod syntax;
pub mod types;
mod typing;
mod unify;

pub use inputs::{Input, is_values_file};
pub use library::Library;
pub use mentions::{Mention, Mentions, Search};
pub use roots::{Root, Surveyed, callers, survey, uncalled};

use crate::finding::ProblemKind;
use crate::ledger::{Gap, Partial};
use crate::model::TaskDefinition;
use crate::source::{EntryKind, SourceMap, Span};
use crate::value::{Unknown, UnknownKind};
use crate::worlds::World;
use environment::ModuleInstance;
use eval::Unit;
use foldhash::{HashMap, HashSet};
use inputs::Inputs;
use installed::Installed;
use instances::{Instance, InstanceKey};
use module::{
    Declaration, Merged, Module, TASK_DEFINITION, broken, call_source, call_version,
    local_directory,
};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use syntax::Name;
use types::Constraint;

/// What the command line and the configuration say about Terraform.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Options {
    /// `--var` and `--var-file`, in the order of the command line.
    pub inputs: Vec<Input>,
    /// `TF_VAR_…` of the process environment, when asked for.
    pub environment: Vec<(String, String)>,
    /// `terraform.workspace`; none: `default`.
    pub workspace: Option<String>,
    /// Sources of modules that hold no task definitions, so that they need not be on disk.
    pub no_task_definitions: Vec<glob::Pattern>,
    pub engine: Engine,
}

/// Whose language it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Engine {
    /// Reads no `.tofu` files.
    #[default]
    Terraform,
    /// Reads `x.tofu` in the place of `x.tf`.
    Tofu,
}

/// Reads a root module and the modules it calls. The task definitions are evaluated when they
/// are read. The engine is that of the library.
pub fn load(
    library: &Arc<Library>,
    root: &Root,
    options: &Options,
) -> Partial<Vec<TaskDefinition>> {
    let sources = &library.sources;
    let module = library.read(root.directory());
    let mut gaps = module.gaps.clone();
    let Some(span) = module.anchor else {
        return Partial::new(Vec::new(), gaps);
    };
    let survey = Survey::of(library, &module, options);
    gaps.extend(survey.gaps);
    if !survey.holding.contains(root.directory()) {
        return Partial::new(Vec::new(), gaps);
    }
    let inputs = Inputs::read(sources, root.directory(), options, span);
    gaps.extend(inputs.gaps.iter().cloned());
    gaps.extend(inputs.unused(&module.variables));
    let context = Rc::new(Context {
        unit: Rc::new(Unit {
            sources: sources.clone(),
            world: World::new(),
            directory: root.directory().to_path_buf(),
            fuel: Cell::new(eval::FUEL),
            may_mark: Cell::new(survey.modules.values().any(|module| module.may_mark)),
        }),
        workspace: options.workspace.as_deref().unwrap_or("default").into(),
        library: library.clone(),
        inputs,
        span,
        depth: Cell::new(0),
        instances: RefCell::default(),
        counted: Cell::new(1),
        modules: RefCell::new(survey.modules),
        constraints: RefCell::default(),
        holding: survey.holding,
        manifest: survey.manifest,
    });
    let keep = Rc::new(Keep(context.clone()));
    let mut walk = Walk {
        keep,
        tasks: Vec::new(),
        gaps,
        modules: 0,
        task_definitions: 0,
        exhausted: false,
    };
    walk.module(&ModuleInstance::root(&context, module));
    Partial::new(walk.tasks, walk.gaps)
}

/// The names that `--var` sets and none of the root modules declares, which Terraform refuses.
/// With several roots, a value is for those that have the variable.
pub fn undeclared<'a>(
    sources: &SourceMap,
    roots: impl IntoIterator<Item = &'a Root>,
    options: &'a Options,
) -> Vec<&'a str> {
    let names = options.inputs.iter().filter_map(|input| match input {
        Input::Value { name, .. } => Some(name.as_str()),
        Input::Configured { .. } | Input::File(_) => None,
    });
    let mut left: Vec<&str> = names.collect();
    for root in roots {
        if left.is_empty() {
            break;
        }
        let module = Module::read(sources, root.directory(), options.engine);
        // What could not be read may declare it.
        let is_read = module
            .gaps
            .iter()
            .all(|gap| gap.kind != ProblemKind::Unreadable);
        left.retain(|name| is_read && module.variables.get(name).is_none());
    }
    left
}

/// Whether the module in a directory has a variable of this name.
pub fn has_variable(sources: &SourceMap, directory: &Path, name: &str, engine: Engine) -> bool {
    let module = Module::read(sources, directory, engine);
    module.variables.get(name).is_some()
}

/// Instances of modules in one unit; the rest is undetermined.
const MAX_MODULE_INSTANCES: usize = 10_000;

/// Instances of task definitions in one unit; the rest is undetermined.
const MAX_TASK_DEFINITIONS: usize = 20_000;

/// Calls that lead from the root to a module, one from another.
const MAX_MODULE_DEPTH: usize = 100;

/// The type constraint of a variable, if it has one.
type TypeOf = Result<Option<Rc<Constraint>>, Unknown>;

/// What the module instances of one unit share.
pub struct Context {
    pub unit: Rc<Unit>,
    pub inputs: Inputs,
    pub workspace: Arc<str>,
    library: Arc<Library>,
    /// A place that stands for the root module.
    pub span: Span,
    /// How many computations are under way, each for the one before.
    pub depth: Cell<usize>,
    pub instances: RefCell<Vec<Weak<ModuleInstance>>>,
    /// Module instances that were made, without those that stand for others.
    counted: Cell<usize>,
    modules: RefCell<HashMap<PathBuf, Arc<Module>>>,
    /// The types of variables, by the places of their names.
    constraints: RefCell<HashMap<Span, TypeOf>>,
    /// Directories of modules in which task definitions are, or which call such modules.
    holding: HashSet<PathBuf>,
    manifest: Manifest,
}

impl Context {
    /// The module in a directory, read once.
    pub fn module(&self, directory: &Path) -> Arc<Module> {
        if let Some(known) = self.modules.borrow().get(directory) {
            return known.clone();
        }
        let module = self.library.called(directory);
        if module.may_mark {
            self.unit.may_mark.set(true);
        }
        let mut modules = self.modules.borrow_mut();
        modules.insert(directory.to_path_buf(), module.clone());
        module
    }

    /// The type constraint of a variable, read once for all instances of its module.
    ///
    /// # Errors
    /// Where it is no type.
    pub fn constraint(&self, declaration: &Declaration) -> Result<Option<Rc<Constraint>>, Unknown> {
        let place = declaration.name.span;
        if let Some(known) = self.constraints.borrow().get(&place) {
            return known.clone();
        }
        let read = || {
            let Some(argument) = declaration.body().argument("type") else {
                return Ok(None);
            };
            let constraint =
                Constraint::parse(&argument.expr()?).map_err(|fault| broken(&fault))?;
            Ok(Some(Rc::new(constraint)))
        };
        let constraint = read();
        let mut constraints = self.constraints.borrow_mut();
        constraints.insert(place, constraint.clone());
        constraint
    }

    /// The directory of a called module.
    ///
    /// # Errors
    /// Where it is not on disk.
    pub fn called_directory(
        &self,
        caller: &ModuleInstance,
        declaration: &Declaration,
    ) -> Result<PathBuf, Unknown> {
        let name = &declaration.name;
        let path = match caller.call_path() {
            root if root.is_empty() => name.text.to_string(),
            path => format!("{path}.{}", name.text),
        };
        let sources = &self.unit.sources;
        let directory = &caller.module.directory;
        match resolve(
            sources,
            &self.manifest,
            directory,
            &path,
            declaration.body(),
        ) {
            Called::Directory(directory) => Ok(directory),
            Called::NotRead { reason, span, .. } => Err(Unknown::new(
                UnknownKind::NotRead,
                format!("module `{}` was not read: {reason}", name.text),
                span.unwrap_or(name.span),
            )),
        }
    }

    /// Lets one more module instance be made. One that stands for others is not counted.
    ///
    /// # Errors
    /// Where there are too many, or too many around it.
    pub fn count_module_instance(
        &self,
        depth: usize,
        call: &Name,
        is_counted: bool,
    ) -> Result<(), Unknown> {
        if depth > MAX_MODULE_DEPTH {
            let reason = format!("modules call one another more than {MAX_MODULE_DEPTH} deep");
            return Err(Unknown::limit(reason, call.span));
        }
        if is_counted {
            if self.counted.get() >= MAX_MODULE_INSTANCES {
                return Err(too_many_modules(call));
            }
            self.counted.set(self.counted.get() + 1);
        }
        Ok(())
    }
}

fn too_many_modules(call: &Name) -> Unknown {
    let reason = format!("there are more than {MAX_MODULE_INSTANCES} instances of modules");
    Unknown::limit(reason, call.span)
}

/// Lets go of what was evaluated in a unit when its last task definition goes: the instances and
/// the computations in them refer to one another.
struct Keep(Rc<Context>);

impl Drop for Keep {
    fn drop(&mut self) {
        for instance in self.0.instances.take() {
            if let Some(instance) = instance.upgrade() {
                instance.forget();
            }
        }
    }
}

/// Where a call leads.
enum Called {
    Directory(PathBuf),
    NotRead {
        reason: String,
        /// Of the source, where there is one.
        span: Option<Span>,
        source: Option<Arc<str>>,
        /// What mends it, where the source is a literal.
        remedy: String,
    },
}

fn resolve(
    sources: &SourceMap,
    manifest: &Manifest,
    caller: &Path,
    path: &str,
    body: &Merged,
) -> Called {
    let Some((source, span)) = call_source(body) else {
        return Called::NotRead {
            reason: "its `source` is not a literal string".to_owned(),
            span: body.argument("source").map(|source| source.span),
            source: None,
            remedy: String::new(),
        };
    };
    let not_read = |reason: String, remedy: String| Called::NotRead {
        reason,
        span: Some(span),
        source: Some(source.clone()),
        remedy,
    };
    if let Some(directory) = local_directory(sources, caller, &source) {
        if sources.is_directory(&directory) {
            return Called::Directory(directory);
        }
        let reason = format!("there is no directory `{}`", sources.display(&directory));
        let from = sources.display(caller);
        let remedy = format!("correct the path, which starts in `{from}`");
        return not_read(reason, remedy);
    }
    let not_installed = |reason: String| {
        let reason = format!("{reason} (`terraform init` puts it there)");
        not_read(reason, "run `terraform init`".to_owned())
    };
    match manifest.modules.get(path) {
        Some((directory, installed)) => {
            if let Some(reason) = installed.is_not(&source, call_version(body).as_deref()) {
                return not_installed(reason);
            }
            if sources.is_directory(directory) {
                return Called::Directory(directory.clone());
            }
            let shown = sources.display(directory);
            not_installed(format!("there is no directory `{shown}`"))
        }
        None if sources.is_directory(&sources.absolute(&caller.join(&*source))) => not_read(
            "a source without `./` or `../` at its start is no directory of the project".to_owned(),
            format!("write `./{source}` if that directory is meant"),
        ),
        None => not_installed("its source is not on disk".to_owned()),
    }
}

/// `.terraform/modules/modules.json`: where `terraform init` has put the modules.
#[derive(Default)]
struct Manifest {
    /// By the names of the calls, joined with dots.
    modules: HashMap<String, (PathBuf, Installed)>,
}

#[derive(serde::Deserialize)]
struct ManifestFile {
    #[serde(rename = "Modules")]
    modules: Vec<ManifestEntry>,
}

#[derive(serde::Deserialize)]
struct ManifestEntry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    directory: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version")]
    version: Option<String>,
}

impl Manifest {
    fn read(sources: &SourceMap, root: &Path) -> (Manifest, Option<Gap>) {
        let path = root.join(".terraform/modules/modules.json");
        let names = sources.list(root).unwrap_or_default();
        let is_initialised = names.iter().any(|entry| entry.name == ".terraform");
        if !is_initialised || sources.kind(&path) != Some(EntryKind::File) {
            return (Manifest::default(), None);
        }
        let read = sources
            .open(&path)
            .map_err(|error| error.reason)
            .and_then(|file| {
                serde_json::from_str::<ManifestFile>(file.text()).map_err(|error| error.to_string())
            });
        match read {
            Ok(file) => {
                let entries = file.modules.into_iter();
                let modules = entries
                    .map(|entry| {
                        let directory = entry.directory.replace('\\', "/");
                        let installed = Installed {
                            source: entry.source,
                            version: entry.version,
                        };
                        let directory = sources.absolute(&root.join(directory));
                        (entry.key, (directory, installed))
                    })
                    .collect();
                (Manifest { modules }, None)
            }
            Err(reason) => {
                let message = format!("the list of installed modules could not be read: {reason}");
                let shown = sources.display(&path);
                let gap = Gap::of_path(ProblemKind::Unreadable, message, shown);
                (Manifest::default(), Some(gap))
            }
        }
    }
}

/// What the modules that a root reaches hold, told from their blocks alone: nothing is evaluated.
struct Survey {
    modules: HashMap<PathBuf, Arc<Module>>,
    holding: HashSet<PathBuf>,
    manifest: Manifest,
    gaps: Vec<Gap>,
}

impl Survey {
    fn of(library: &Library, root: &Arc<Module>, options: &Options) -> Survey {
        let sources = &library.sources;
        let (manifest, gap) = match root.calls.is_empty() {
            true => (Manifest::default(), None),
            false => Manifest::read(sources, &root.directory),
        };
        let mut survey = Survey {
            modules: HashMap::from_iter([(root.directory.clone(), root.clone())]),
            holding: HashSet::default(),
            manifest,
            gaps: gap.into_iter().collect(),
        };
        let mut callers: HashMap<PathBuf, Vec<PathBuf>> = HashMap::default();
        let mut calls: HashMap<PathBuf, Vec<(PathBuf, Name)>> = HashMap::default();
        let mut waiting = vec![(root.clone(), String::new())];
        while let Some((module, path)) = waiting.pop() {
            for declaration in module.calls.iter() {
                let name = &declaration.name.text;
                let path = match &*path {
                    "" => name.to_string(),
                    path => format!("{path}.{name}"),
                };
                let Some(directory) = survey.follow(sources, &module, declaration, &path, options)
                else {
                    continue;
                };
                let from = module.directory.clone();
                callers
                    .entry(directory.clone())
                    .or_default()
                    .push(from.clone());
                let call = (directory.clone(), declaration.name.clone());
                calls.entry(from).or_default().push(call);
                if !survey.modules.contains_key(&directory) {
                    let called = library.called(&directory);
                    survey.gaps.extend(called.gaps.iter().cloned());
                    survey.modules.insert(directory, called.clone());
                    waiting.push((called, path));
                }
            }
        }
        // From the modules that declare task definitions up to all that call them.
        let declaring = survey.modules.values();
        let mut waiting: Vec<PathBuf> = declaring
            .filter(|module| module.declares_task_definitions())
            .map(|module| module.directory.clone())
            .collect();
        while let Some(directory) = waiting.pop() {
            if let Some(callers) = callers.get(&directory) {
                waiting.extend(
                    callers
                        .iter()
                        .filter(|caller| !survey.holding.contains(*caller))
                        .cloned(),
                );
            }
            survey.holding.insert(directory);
        }
        survey.gaps.extend(circles(&root.directory, &calls));
        survey
    }

    /// Where a call leads; a gap where it leads nowhere and task definitions may be there.
    fn follow(
        &mut self,
        sources: &SourceMap,
        caller: &Module,
        declaration: &Declaration,
        path: &str,
        options: &Options,
    ) -> Option<PathBuf> {
        let body = declaration.body();
        let (reason, span, source, remedy) =
            match resolve(sources, &self.manifest, &caller.directory, path, body) {
                Called::Directory(directory) => return Some(directory),
                Called::NotRead {
                    reason,
                    span,
                    source,
                    remedy,
                } => (reason, span, source, remedy),
            };
        let name = &declaration.name;
        let mut message = format!("module `{}` was not read: {reason}", name.text);
        let mut help = None;
        if let Some(source) = &source {
            let configured = &options.no_task_definitions;
            if configured.iter().any(|pattern| pattern.matches(source))
                || registry::holds_no_task_definitions(source)
            {
                return None;
            }
            help = Some(format!(
                "{remedy}, or add `{source}` to `modules.no-task-definitions` in the \
                 configuration if it holds none"
            ));
        }
        message.push_str(", so its task definitions were not checked");
        let gap = Gap::new(
            ProblemKind::ModuleNotRead,
            message,
            span.unwrap_or(name.span),
        );
        self.gaps.push(match help {
            Some(help) => gap.help(help),
            None => gap,
        });
        None
    }
}

/// The calls that lead back into a module that leads to them.
fn circles(root: &Path, calls: &HashMap<PathBuf, Vec<(PathBuf, Name)>>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut done: HashSet<&Path> = HashSet::default();
    // The modules from the root to here, each with the call to look at next.
    let mut way: Vec<(&Path, usize)> = vec![(root, 0)];
    while let Some((directory, next)) = way.last_mut() {
        let call = calls.get(*directory).and_then(|calls| calls.get(*next));
        *next += 1;
        match call {
            None => {
                done.insert(directory);
                way.pop();
            }
            Some((called, name)) if way.iter().any(|(around, _)| around == called) => {
                let message = format!(
                    "module `{}` calls itself, so what it calls there was not checked",
                    name.text
                );
                gaps.push(Gap::new(ProblemKind::Refused, message, name.span));
            }
            Some((called, _)) if done.contains(&**called) => {}
            Some((called, _)) => way.push((called, 0)),
        }
    }
    gaps
}

/// Goes through the module instances of a unit and collects their task definitions.
struct Walk {
    keep: Rc<Keep>,
    tasks: Vec<TaskDefinition>,
    gaps: Vec<Gap>,
    /// Instances of modules that were entered, with all that one of them stands for.
    modules: usize,
    /// Instances of task definitions, likewise.
    task_definitions: usize,
    /// A bound was reached, which was told; nothing more is collected.
    exhausted: bool,
}

impl Walk {
    fn module(&mut self, owner: &Rc<ModuleInstance>) {
        self.modules += owner.count;
        let module = owner.module.clone();
        let faults = module.locals().refused.iter();
        let faults: Vec<Unknown> = faults.map(broken).collect();
        self.refused(&faults);
        if lower::is_there(owner) {
            self.refused(&owner.refused_inputs());
        }
        let declared = module.resources.of_type(TASK_DEFINITION);
        for declaration in declared.iter().flat_map(|declared| declared.iter()) {
            if !self.exhausted {
                self.task_definitions(owner, declaration);
            }
        }
        for declaration in module.calls.iter() {
            self.call(owner, declaration);
        }
    }

    fn task_definitions(&mut self, owner: &Rc<ModuleInstance>, declaration: &Declaration) {
        let body = declaration.body();
        self.refused(&lower::unknown_names(body));
        let name = format!("{TASK_DEFINITION}.{}", declaration.name.text);
        let repeated = owner.repeated(&name, body);
        let room = MAX_TASK_DEFINITIONS.saturating_sub(self.task_definitions);
        let (keys, cut) = judged_keys(&repeated, body, room / owner.count);
        for key in keys {
            let of = repeated.clone();
            let instance = Instance { of, key };
            self.task_definitions += owner.count * instance.keys().len();
            if self.task_definitions > MAX_TASK_DEFINITIONS {
                let reason = format!(
                    "there are more than {MAX_TASK_DEFINITIONS} instances of task definitions"
                );
                self.stop(
                    &declaration.name,
                    &reason,
                    &format!("instances of `{name}`"),
                );
                return;
            }
            let task = lower::task_definition(owner, declaration, instance, &self.keep);
            self.tasks.push(task);
        }
        if let Some(unknown) = cut {
            let task = lower::beyond_bound(owner, declaration, unknown);
            self.tasks.push(task);
        }
    }

    fn call(&mut self, owner: &Rc<ModuleInstance>, declaration: &Declaration) {
        let context = &owner.context;
        // Calls that lead nowhere or in a circle were told by the survey.
        match context.called_directory(owner, declaration) {
            Ok(directory)
                if context.holding.contains(&directory) && !owner.is_inside(&directory) => {}
            _ => return,
        }
        if let Some(fault) = declaration.body().syntax_fault() {
            let message = format!(
                "{}, so the task definitions of module `{}` were not checked",
                fault.reason(),
                declaration.name.text
            );
            let gap = Gap::new(ProblemKind::Unreadable, message, fault.span());
            self.gaps.push(gap);
            return;
        }
        let name = format!("module.{}", declaration.name.text);
        let repeated = owner.repeated(&name, declaration.body());
        let room = MAX_MODULE_INSTANCES.saturating_sub(self.modules);
        let (keys, cut) = judged_keys(&repeated, declaration.body(), room / owner.count);
        let call = &declaration.name;
        let behind = format!("task definitions of module `{}`", call.text);
        for key in keys {
            if self.exhausted {
                return;
            }
            match owner.child(declaration, &repeated, &key) {
                Ok(child) if self.modules + child.count > MAX_MODULE_INSTANCES => {
                    self.stop(call, too_many_modules(call).reason(), &behind);
                }
                Ok(child) => {
                    self.refused(&child.refused_arguments(declaration));
                    self.module(&child);
                }
                Err(unknown) => self.stop(call, unknown.reason(), &behind),
            }
        }
        if let Some(unknown) = cut {
            self.stop(call, unknown.reason(), &behind);
        }
    }

    fn refused(&mut self, all: &[Unknown]) {
        let gaps = all.iter().map(|unknown| {
            let reason = unknown.reason().to_owned();
            Gap::new(ProblemKind::Refused, reason, unknown.span())
        });
        self.gaps.extend(gaps);
    }

    /// Tells that not all of some instances are judged, and collects nothing more.
    fn stop(&mut self, name: &Name, reason: &str, of: &str) {
        if self.exhausted {
            return;
        }
        self.exhausted = true;
        let message = format!("{reason}, so not all {of} and of those after it were checked");
        self.gaps
            .push(Gap::new(ProblemKind::Undetermined, message, name.span));
    }
}

/// The keys of the instances to judge. Something that is not instantiated is judged too, as one
/// that does not exist, so that it is counted. Where nothing but their keys tells them apart, one
/// stands for all, if these are no more than there is room for.
fn judged_keys(
    repeated: &instances::Repeated,
    body: &Merged,
    room: usize,
) -> (Vec<InstanceKey>, Option<Unknown>) {
    let (mut keys, cut) = repeated.keys();
    match keys.len() {
        0 => keys.push(InstanceKey::None),
        count if count > 1 && count <= room && repeated.is_settled() && !body.may_differ() => {
            keys = vec![InstanceKey::All];
        }
        _ => {}
    }
    (keys, cut)
}

#[cfg(test)]
mod tests;
