//! The Terraform front end: root modules to task definitions.

mod attributes;
mod calls;
mod circles;
mod containers;
mod context;
mod data;
mod dynamic;
mod environment;
pub mod eval;
mod functions;
mod inputs;
mod installed;
mod instances;
mod json;
mod library;
mod likeness;
mod lower;
mod mentions;
mod module;
mod operators;
mod printed;
mod registry;
mod roots;
pub mod scan;
pub mod syntax;
pub mod terragrunt;
pub mod types;
mod typing;
mod unify;
mod unread;
mod variables;
mod walk;

pub use inputs::{Input, is_values_file};
pub use library::Library;
pub use mentions::{Mention, Mentions, Search};
pub use printed::printed;
pub use roots::{Root, Surveyed, callers, survey, uncalled};

use crate::finding::ProblemKind;
use crate::ledger::Partial;
use crate::model::TaskDefinition;
use crate::source::SourceMap;
use calls::Reached;
use context::Context;
use inputs::Inputs;
use module::Module;
use std::path::Path;
use std::sync::Arc;

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
    let reached = Reached::from(library, &module, options);
    gaps.extend(reached.gaps.iter().cloned());
    if !reached.holding.contains(root.directory()) {
        return Partial::new(Vec::new(), gaps);
    }
    let inputs = Inputs::read(sources, root.directory(), options, span);
    gaps.extend(inputs.gaps.iter().cloned());
    gaps.extend(inputs.unused(&module.variables));
    let workspace = options.workspace.as_deref().unwrap_or("default");
    let directory = root.directory();
    let context = Context::new(library, directory, workspace, reached, inputs, span);
    let tasks = walk::task_definitions(&context, module).take(&mut gaps);
    Partial::new(tasks, gaps)
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
    let module = Module::read(sources, &directory.into(), engine);
    module.variables.get(name).is_some()
}

#[cfg(test)]
mod tests;
