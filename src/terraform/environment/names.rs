//! The names that an expression sees: those of its module instance, and `each` or `count` of its
//! block.

use super::super::eval::{Environment, Reference, Unit};
use super::*;
use crate::value::{Kind, Object};
use std::cell::OnceCell;
use std::path::Path;

/// The names in a module instance, or in one instance of a block of it.
pub struct Names {
    module: Rc<ModuleInstance>,
    instance: Option<Instance>,
    /// `each` or `count` of the instance.
    own: OnceCell<Value>,
    /// The type and the name of the resource that they stand in.
    itself: Option<(Arc<str>, Arc<str>)>,
}

impl Names {
    /// Those outside anything repeated.
    pub fn of_module(module: &Rc<ModuleInstance>) -> Rc<Names> {
        Names::new(module, None, None)
    }

    /// Those in one instance of a block: `each` and `count` besides.
    pub fn of_instance(module: &Rc<ModuleInstance>, instance: Instance) -> Rc<Names> {
        Names::new(module, Some(instance), None)
    }

    /// Those in one instance of a resource, which may not refer to itself.
    pub fn of_resource(
        module: &Rc<ModuleInstance>,
        instance: Instance,
        kind: &Arc<str>,
        name: &Arc<str>,
    ) -> Rc<Names> {
        Names::new(module, Some(instance), Some((kind.clone(), name.clone())))
    }

    fn new(
        module: &Rc<ModuleInstance>,
        instance: Option<Instance>,
        itself: Option<(Arc<str>, Arc<str>)>,
    ) -> Rc<Names> {
        Rc::new(Names {
            module: module.clone(),
            instance,
            own: OnceCell::new(),
            itself,
        })
    }

    /// The resources of the type that the resource has that they stand in.
    fn beside_itself(&self, kind: &str, name: &str) -> Option<Value> {
        let resources = self.module.root_value(kind)?;
        let members = resources.as_object()?.members().iter().map(|member| {
            if &*member.name != name {
                return member.clone();
            }
            let reason = format!("`{kind}.{name}` may not refer to itself");
            let refused = Unknown::invalid(reason, member.name_span);
            Member {
                value: Value::unknown(refused).into(),
                ..member.clone()
            }
        });
        let kind = Kind::Object(Object::new(members.collect()));
        Some(Value { kind, ..resources })
    }

    fn own(&self, members: impl FnOnce(&Instance) -> Vec<Member>) -> Option<Value> {
        let instance = self.instance.as_ref()?;
        let value = self.own.get_or_init(|| {
            Value::new(
                Kind::Object(Object::new(members(instance))),
                instance.span(),
            )
        });
        Some(value.clone())
    }

    fn own_member(&self, name: &str, instance: &Instance, read: fn(&Instance) -> Value) -> Member {
        let span = instance.span();
        let instance = instance.clone();
        let slot = self.module.thunk(span, move || read(&instance));
        member(name, span, slot)
    }
}

impl Environment for Names {
    fn unit(&self) -> &Rc<Unit> {
        &self.module.context.unit
    }

    fn root(&self, name: &str) -> Option<Value> {
        match name {
            "each" if self.instance.as_ref()?.has_each() => self.own(|instance| {
                vec![
                    self.own_member("key", instance, Instance::key),
                    self.own_member("value", instance, Instance::value),
                ]
            }),
            "count" if self.instance.as_ref()?.has_count() => {
                self.own(|instance| vec![self.own_member("index", instance, Instance::index)])
            }
            "each" | "count" | "self" => None,
            _ => match &self.itself {
                Some((kind, own)) if **kind == *name => self.beside_itself(kind, own),
                _ => self.module.root_value(name),
            },
        }
    }

    fn names_after(&self, root: &str) -> usize {
        match root {
            "data" | "ephemeral" | "resource" => 2,
            _ => 1,
        }
    }

    fn reads_file(&self, path: &Path) {
        self.module.reads_file(path);
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        self.module.missing_member(root, member, span)
    }

    fn refused(&self, reference: &Reference) -> Option<Unknown> {
        self.module.module.refused_instance(reference)
    }
}
