//! Goes through the module instances of a root and collects their task definitions.

use super::circles;
use super::context::{Context, Keep, MAX_MODULE_INSTANCES, too_many_modules};
use super::environment::ModuleInstance;
use super::instances::{Instance, InstanceKey, Repeated};
use super::lower;
use super::module::{Declaration, Merged, Module, TASK_DEFINITION, broken};
use super::syntax::Name;
use super::unread;
use crate::finding::ProblemKind;
use crate::ledger::{Gap, Partial};
use crate::model::TaskDefinition;
use crate::value::Unknown;
use std::rc::Rc;
use std::sync::Arc;

/// Instances of task definitions in one unit; the rest is undetermined.
pub const MAX_TASK_DEFINITIONS: usize = 20_000;

/// The task definitions of a root module and of the modules that it calls.
pub fn task_definitions(context: &Rc<Context>, root: Arc<Module>) -> Partial<Vec<TaskDefinition>> {
    let mut walk = Walk {
        keep: Keep::of(context),
        tasks: Vec::new(),
        gaps: Vec::new(),
        modules: 0,
        task_definitions: 0,
        exhausted: false,
    };
    walk.module(&ModuleInstance::root(context, root));
    Partial::new(walk.tasks, walk.gaps)
}

/// Where the walk is.
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
        let is_there = lower::is_there(owner);
        if is_there {
            self.refused(&owner.refused_inputs());
        }
        let declared = module.resources.of_type(TASK_DEFINITION);
        let likeness = declared.and_then(|_| owner.likeness());
        // Where equal calls are judged once, that is found out there.
        if is_there && likeness.is_none() {
            self.refused(&unread::refused(owner));
        }
        for declaration in declared.iter().flat_map(|declared| declared.iter()) {
            if !self.exhausted {
                self.task_definitions(owner, declaration, likeness.as_deref());
            }
        }
        for declaration in module.calls.iter() {
            self.call(owner, declaration);
        }
    }

    /// Of one declaration. `likeness` is that of the module instance.
    fn task_definitions(
        &mut self,
        owner: &Rc<ModuleInstance>,
        declaration: &Declaration,
        likeness: Option<&[u8]>,
    ) {
        let body = declaration.body();
        self.refused(&lower::unknown_names(body));
        let circle = declaration.circle(|| circles::of(&owner.module, &declaration.name));
        self.refused(&circle.map(broken).into_iter().collect::<Vec<Unknown>>());
        let name = format!("{TASK_DEFINITION}.{}", declaration.name.text);
        let repeated = owner.repeated(&name, body);
        let room = MAX_TASK_DEFINITIONS.saturating_sub(self.task_definitions);
        let (keys, cut) = judged_keys(&repeated, body, room / owner.count);
        for key in keys {
            let likeness = likeness.map(|module| owner.likeness_of(module, declaration, &key));
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
            self.tasks.push(task.like(likeness));
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
    repeated: &Repeated,
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
