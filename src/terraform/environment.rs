//! Module instances: how they come of one another, and what is computed in them.

mod names;
mod roots;

pub use names::Names;
pub use roots::relative;

use super::context::Context;
use super::eval::Scope;
use super::instances::{Instance, InstanceKey, Repeated};
use super::module::{Declaration, Merged, Module};
use crate::source::{Directory, Span};
use crate::value::{Deferred, Member, Slot, Unknown, Value};
use crate::worlds::Memo;
use foldhash::HashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// A module with the inputs of one call, or the root module.
pub struct ModuleInstance {
    pub context: Rc<Context>,
    pub module: Arc<Module>,
    /// Empty for the root module, else `module.api["eu"]`.
    pub address: Arc<str>,
    /// How many instances it is: one, unless it or a module around it stands for all instances of
    /// its call.
    pub count: usize,
    pub call: Option<Call>,
    /// See [`ModuleInstance::reads_outside`].
    pub has_read_outside: Cell<bool>,
    roots: RefCell<Roots>,
}

/// The call that made a module instance.
pub struct Call {
    pub caller: Rc<ModuleInstance>,
    pub name: Arc<str>,
    pub name_span: Span,
    pub body: Arc<Merged>,
    pub instance: Instance,
}

/// What was made of the instance's names so far. It and the computations in it refer to one
/// another; [`ModuleInstance::forget`] lets go of them.
#[derive(Default)]
struct Roots {
    values: HashMap<Arc<str>, Value>,
    repeated: HashMap<Arc<str>, Rc<Repeated>>,
    children: HashMap<(Arc<str>, InstanceKey), Rc<ModuleInstance>>,
}

impl ModuleInstance {
    /// The root module, which nobody calls.
    pub fn root(context: &Rc<Context>, module: Arc<Module>) -> Rc<ModuleInstance> {
        ModuleInstance::new(context, module, "".into(), 1, None)
    }

    fn new(
        context: &Rc<Context>,
        module: Arc<Module>,
        address: Arc<str>,
        count: usize,
        call: Option<Call>,
    ) -> Rc<ModuleInstance> {
        let instance = Rc::new(ModuleInstance {
            context: context.clone(),
            module,
            address,
            count,
            call,
            has_read_outside: Cell::new(false),
            roots: RefCell::default(),
        });
        context
            .instances
            .borrow_mut()
            .push(Rc::downgrade(&instance));
        instance
    }

    /// What stands before the address of something in it: `module.api["eu"].`.
    pub fn prefix(&self) -> String {
        match &*self.address {
            "" => String::new(),
            address => format!("{address}."),
        }
    }

    /// What stands before the addresses of something in each of the instances that it is.
    pub fn prefixes(&self) -> Vec<String> {
        let Some(call) = self.call.as_ref().filter(|_| self.count > 1) else {
            return vec![self.prefix()];
        };
        let keys = call.instance.keys();
        let around = call.caller.prefixes().into_iter();
        let all = around.flat_map(|around| {
            let call = |key| format!("{around}module.{}{key}.", call.name);
            keys.iter().map(call).collect::<Vec<String>>()
        });
        all.collect()
    }

    /// A place that stands for the whole: the call's name.
    pub fn module_span(&self) -> Span {
        match &self.call {
            Some(call) => call.name_span,
            None => self.context.span,
        }
    }

    /// The names in the declarations of the calls that lead here.
    pub fn call_spans(&self) -> Vec<Span> {
        let calls = std::iter::successors(self.call.as_ref(), |call| call.caller.call.as_ref());
        calls.map(|call| call.name_span).collect()
    }

    /// How many calls lead here.
    pub fn depth(&self) -> usize {
        let mut depth = 0;
        let mut at = self;
        while let Some(call) = &at.call {
            depth += 1;
            at = &call.caller;
        }
        depth
    }

    /// Whether the directory is that of this instance or of one that leads here.
    pub fn is_inside(&self, directory: &Directory) -> bool {
        let mut at = self;
        loop {
            if at.module.directory == *directory {
                return true;
            }
            match &at.call {
                Some(call) => at = &call.caller,
                None => return false,
            }
        }
    }

    /// The names of the calls that lead here, as `.terraform/modules/modules.json` joins them.
    pub fn call_path(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let mut at = self;
        while let Some(call) = &at.call {
            names.push(&call.name);
            at = &call.caller;
        }
        names.reverse();
        names.join(".")
    }

    /// Lets go of everything that was evaluated.
    pub fn forget(&self) {
        let roots = self.roots.take();
        drop(roots);
    }

    /// The scope of an expression in this module outside anything repeated.
    pub fn scope(self: &Rc<Self>) -> Scope {
        Scope::new(Names::of_module(self))
    }

    /// What `count` or `for_each` of a block gives; `name` is unique in the module.
    pub fn repeated(self: &Rc<Self>, name: &str, body: &Merged) -> Rc<Repeated> {
        if let Some(known) = self.roots.borrow().repeated.get(name) {
            return known.clone();
        }
        let repeated = Rc::new(Repeated::new(self, name, body));
        let mut roots = self.roots.borrow_mut();
        roots.repeated.insert(name.into(), repeated.clone());
        repeated
    }

    /// The instance that a call of this module makes under a key, or why there is none.
    pub fn child(
        self: &Rc<Self>,
        declaration: &Declaration,
        repeated: &Rc<Repeated>,
        key: &InstanceKey,
    ) -> Result<Rc<ModuleInstance>, Unknown> {
        let name = &declaration.name;
        let known = (name.text.clone(), key.clone());
        if let Some(child) = self.roots.borrow().children.get(&known) {
            return Ok(child.clone());
        }
        let directory = self.context.called_directory(self, declaration)?;
        if self.is_inside(&directory) {
            self.reads_outside();
            return Err(Unknown::invalid(
                format!("module `{}` calls itself", name.text),
                name.span,
            ));
        }
        let is_counted = *key != InstanceKey::All;
        self.context
            .count_module_instance(self.depth() + 1, name, is_counted)?;
        let instance = Instance {
            of: repeated.clone(),
            key: key.clone(),
        };
        let child = ModuleInstance::new(
            &self.context,
            self.context.module(&directory),
            format!("{}module.{}{key}", self.prefix(), name.text).into(),
            self.count.saturating_mul(instance.keys().len()),
            Some(Call {
                caller: self.clone(),
                name: name.text.clone(),
                name_span: name.span,
                body: declaration.body().clone(),
                instance,
            }),
        );
        self.roots
            .borrow_mut()
            .children
            .insert(known, child.clone());
        Ok(child)
    }

    /// A computation that is put off until it is read, and then remembered.
    pub fn thunk(self: &Rc<Self>, span: Span, compute: impl Fn() -> Value + 'static) -> Slot {
        Slot::Deferred(Rc::new(Thunk {
            context: self.context.clone(),
            memo: Memo::default(),
            span,
            compute,
        }))
    }
}

/// A computation of a module instance, remembered world by world.
struct Thunk<F> {
    context: Rc<Context>,
    memo: Memo<Value>,
    span: Span,
    compute: F,
}

/// Computations that wait for one another; a chain of locals is one each.
const MAX_DEPTH: usize = 20_000;
const RED_ZONE: usize = 256 * 1024;
const STACK: usize = 4 * 1024 * 1024;

impl<F: Fn() -> Value> Deferred for Thunk<F> {
    fn get(&self) -> Value {
        let depth = &self.context.depth;
        if depth.get() >= MAX_DEPTH {
            return Value::unknown(Unknown::limit(
                format!("more than {MAX_DEPTH} values depend on one another here"),
                self.span,
            ));
        }
        depth.set(depth.get() + 1);
        let value = stacker::maybe_grow(RED_ZONE, STACK, || {
            let world = &self.context.unit.world;
            self.memo.value(world, self.span, || (self.compute)())
        });
        depth.set(depth.get() - 1);
        value
    }

    fn span(&self) -> Span {
        self.span
    }
}

pub(super) fn member(name: impl AsRef<str>, span: Span, value: Slot) -> Member {
    Member {
        name: name.as_ref().into(),
        name_span: span,
        value,
    }
}
