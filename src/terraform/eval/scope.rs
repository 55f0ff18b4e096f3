//! What evaluation works with: the unit that all of it shares, and what names mean.

use super::{Outcome, Reference};
use crate::source::{SourceMap, Span};
use crate::value::{Slot, Unknown, Value};
use crate::worlds::World;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// What everything that evaluates in one root module shares.
pub struct Unit {
    pub sources: Arc<SourceMap>,
    pub world: Rc<World>,
    /// The root module's directory, absolute: where a bare relative path of `file` starts.
    pub directory: PathBuf,
    /// Work that is left before evaluation gives up, in elements and quarters of a kilobyte made.
    pub fuel: Cell<u64>,
    /// Something in it may be sensitive or ephemeral: elsewhere, nobody looks for marks.
    pub may_mark: Cell<bool>,
}

impl Unit {
    /// Takes fuel for work about to be done.
    ///
    /// # Errors
    /// When not enough is left; then nothing is left for anything else either.
    pub fn charge(&self, amount: u64, span: Span) -> Outcome<()> {
        match self.fuel.get().checked_sub(amount) {
            Some(left) => {
                self.fuel.set(left);
                Ok(())
            }
            None => {
                self.fuel.set(0);
                Err(Unknown::limit(
                    "it takes more elements than ecslint is willing to make",
                    span,
                ))
            }
        }
    }

    /// Takes fuel for a string of so many bytes.
    pub fn charge_bytes(&self, bytes: usize, span: Span) -> Outcome<()> {
        self.charge(1 + bytes as u64 / 256, span)
    }
}

/// Fuel for one root module: enough for hundreds of thousands of elements, spent in about a
/// second and two hundred megabytes.
pub const FUEL: u64 = 1 << 20;

/// What the names at the root of a traversal mean in one module instance.
pub trait Environment {
    fn unit(&self) -> &Rc<Unit>;

    /// The value of `var`, `local`, `each`, `count`, `path`, `terraform`, `module`, `data`, `self`
    /// or a resource type: an object whose members are deferred, so that only the one that the
    /// traversal names is evaluated. Nothing where the name means nothing here.
    fn root(&self, name: &str) -> Option<Value>;

    /// What to say of a member that the object `root` does not have, such as an undeclared
    /// variable.
    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown;

    /// Tells that a file is read, at a path from the root module's directory.
    fn reads_file(&self, path: &Path);

    /// How many names must stand after one at the root before there is a value: one in `var.x`.
    fn names_after(&self, root: &str) -> usize;

    /// Why Terraform refuses to read something that is declared in the way of a reference, where its
    /// form alone tells.
    fn refused(&self, _: &Reference) -> Option<Unknown> {
        None
    }

    /// Whether it is a template file, which must not render template files.
    fn is_template(&self) -> bool {
        false
    }
}

/// An environment and the variables of the `for` expressions and templates around.
#[derive(Clone)]
pub struct Scope {
    environment: Rc<dyn Environment>,
    variables: Option<Rc<Binding>>,
}

impl Scope {
    /// The scope of an expression with no `for` around it.
    pub fn new(environment: Rc<dyn Environment>) -> Scope {
        Scope {
            environment,
            variables: None,
        }
    }

    /// What everything in the root module shares.
    pub fn unit(&self) -> &Rc<Unit> {
        self.environment.unit()
    }

    /// What names mean that no `for` around binds.
    pub fn environment(&self) -> &Rc<dyn Environment> {
        &self.environment
    }

    /// The scope in which `name` means `value`.
    pub fn bind(&self, name: &Arc<str>, value: Slot) -> Scope {
        Scope {
            environment: self.environment.clone(),
            variables: Some(Rc::new(Binding {
                name: name.clone(),
                value,
                outer: self.variables.clone(),
            })),
        }
    }

    /// What a `for`, a template or a splat around binds to a name.
    pub fn variable(&self, name: &str) -> Option<&Slot> {
        let mut next = self.variables.as_deref();
        while let Some(binding) = next {
            if &*binding.name == name {
                return Some(&binding.value);
            }
            next = binding.outer.as_deref();
        }
        None
    }
}

struct Binding {
    name: Arc<str>,
    value: Slot,
    outer: Option<Rc<Binding>>,
}
