//! Expressions and templates to values, one world at a time.

use super::syntax::Expr;
use crate::source::{SourceMap, Span};
use crate::value::{Slot, Unknown, Value};
use crate::worlds::World;
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// What everything that evaluates in one root module shares.
pub struct Unit {
    pub sources: Arc<SourceMap>,
    pub world: Rc<World>,
    /// The root module's directory, absolute: where a bare relative path of `file` starts.
    pub directory: PathBuf,
    /// Work that is left before evaluation gives up, in elements and kilobytes made.
    pub fuel: Cell<u64>,
}

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
}

/// An environment and the variables of the `for` expressions and templates around.
#[derive(Clone)]
pub struct Scope {
    environment: Rc<dyn Environment>,
}

impl Scope {
    pub fn new(environment: Rc<dyn Environment>) -> Scope {
        Scope { environment }
    }
}

/// The value of an expression, evaluated to its outermost shape. What Terraform would refuse is
/// an unknown of the kind `Invalid`.
pub fn eval(_expr: &Expr, _scope: &Scope) -> Value {
    todo!()
}

/// The expression put off until somebody reads it.
pub fn defer(_expr: &Expr, _scope: &Scope) -> Slot {
    todo!()
}
