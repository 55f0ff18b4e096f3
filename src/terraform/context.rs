//! What the module instances of one unit share.

use super::calls::{Called, NotRead, Reached, resolve};
use super::environment::ModuleInstance;
use super::eval::{self, Unit};
use super::inputs::Inputs;
use super::installed::Manifest;
use super::library::Library;
use super::module::{Declaration, Module, broken};
use super::syntax::Name;
use super::types::Constraint;
use crate::source::{Directory, Span};
use crate::value::{Unknown, UnknownKind};
use crate::worlds::World;
use foldhash::{HashMap, HashSet};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// Instances of modules in one unit; the rest is undetermined.
pub const MAX_MODULE_INSTANCES: usize = 10_000;

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
    modules: RefCell<HashMap<Directory, Arc<Module>>>,
    /// The types of variables, by the places of their names.
    constraints: RefCell<HashMap<Span, TypeOf>>,
    /// Directories of modules in which task definitions are, or which call such modules.
    pub holding: HashSet<Directory>,
    manifest: Manifest,
}

impl Context {
    /// Of a root module, which `span` stands for, with what it reaches and is given.
    pub fn new(
        library: &Arc<Library>,
        root: &Path,
        workspace: &str,
        reached: Reached,
        inputs: Inputs,
        span: Span,
    ) -> Rc<Context> {
        let may_mark = reached.modules.values().any(|module| module.may_mark);
        Rc::new(Context {
            unit: Rc::new(Unit {
                sources: library.sources.clone(),
                world: World::new(),
                directory: root.to_path_buf(),
                fuel: Cell::new(eval::FUEL),
                may_mark: Cell::new(may_mark),
            }),
            workspace: workspace.into(),
            library: library.clone(),
            inputs,
            span,
            depth: Cell::new(0),
            instances: RefCell::default(),
            counted: Cell::new(1),
            modules: RefCell::new(reached.modules),
            constraints: RefCell::default(),
            holding: reached.holding,
            manifest: reached.manifest,
        })
    }

    /// The module in a directory, read once.
    pub fn module(&self, directory: &Directory) -> Arc<Module> {
        if let Some(known) = self.modules.borrow().get(directory) {
            return known.clone();
        }
        let module = self.library.called(directory);
        if module.may_mark {
            self.unit.may_mark.set(true);
        }
        let mut modules = self.modules.borrow_mut();
        modules.insert(directory.clone(), module.clone());
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
    ) -> Result<Directory, Unknown> {
        let name = &declaration.name;
        let path = match caller.call_path() {
            root if root.is_empty() => name.text.to_string(),
            path => format!("{path}.{}", name.text),
        };
        let sources = &self.unit.sources;
        let directory = &caller.module.directory;
        match resolve(sources, &self.manifest, directory, &path, declaration) {
            Called::Directory(directory) => Ok(directory),
            Called::Installed(directory) => {
                caller.reads_outside();
                Ok(directory)
            }
            Called::NotRead(NotRead { reason, span, .. }) => Err(Unknown::new(
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

/// Where a call makes more module instances than that.
pub fn too_many_modules(call: &Name) -> Unknown {
    let reason = format!("there are more than {MAX_MODULE_INSTANCES} instances of modules");
    Unknown::limit(reason, call.span)
}

/// Lets go of what was evaluated in a unit when its last task definition goes: the instances and
/// the computations in them refer to one another.
pub struct Keep(Rc<Context>);

impl Keep {
    /// For the task definitions of a unit to hold on to.
    pub fn of(context: &Rc<Context>) -> Rc<Keep> {
        Rc::new(Keep(context.clone()))
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        for instance in self.0.instances.take() {
            if let Some(instance) = instance.upgrade() {
                instance.forget();
            }
        }
    }
}
