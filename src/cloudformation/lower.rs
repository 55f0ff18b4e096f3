//! `AWS::ECS::TaskDefinition` to the model: names, and types as CloudFormation coerces them.

use super::intrinsics::{Eval, Item};
use super::resources::Declared;
use super::template::is_function;
use super::text::{READER, resolve_dynamic_references};
use crate::model::schema::{self, Struct, Type};
use crate::model::{Existence, SourceKind, TaskDefinition, refusals};
use crate::source::Span;
use crate::value::{
    Deferred, Kind, Member, Number, Object, Slot, Text, Trail, Value, placeholders,
};
use crate::worlds::{Memo, World, mapped_once};
use std::rc::Rc;

/// The task definition that a resource declares.
pub fn lower_task_definition(
    eval: &Eval,
    declared: &Declared,
    properties: Option<Value>,
    condition: Option<Value>,
) -> TaskDefinition {
    let resource = &declared.resource;
    let turns = declared.turns.clone();
    let world = eval.stack().world.clone();
    let definition: Slot = match properties {
        Some(properties) => Form::of(&TASK_DEFINITION).slot(eval, properties, &Trail::default()),
        None => {
            let nothing = Kind::Object(Object::new(Vec::new()));
            Value::new(nothing, resource.id_span).into()
        }
    };
    let task = TaskDefinition::new(
        eval.stack().address(&resource.id),
        SourceKind::CloudFormation,
        resource.id_span,
        world,
        definition,
    );
    let eval = eval.clone();
    task.existing(move || match eval.has(&turns, condition.as_ref()) {
        Ok(true) => Existence::Exists,
        Ok(false) => Existence::NotInstantiated,
        Err(unknown) => Existence::Unknown(unknown),
    })
}

/// The type that the API gives the properties of the resource.
pub static TASK_DEFINITION: Type = Type::Struct(&schema::TASK_DEFINITION);

/// The form that the API has a value in.
#[derive(Clone, Copy)]
struct Form {
    of: &'static Type,
    /// Whose member it is, and which.
    member: Option<(&'static Struct, &'static schema::Member)>,
}

impl Form {
    fn of(of: &'static Type) -> Form {
        Form { of, member: None }
    }

    fn of_member(shape: &'static Struct, member: &'static schema::Member) -> Form {
        Form {
            of: &member.value,
            member: Some((shape, member)),
        }
    }

    /// Whether it is found where it is written, not where it comes from: what has a name is found
    /// where it says it.
    fn stays(self) -> bool {
        self.member.is_some_and(|(_, member)| member.name == "name")
    }

    /// A part of the template in this form, evaluated when somebody reads it.
    fn slot(self, eval: &Eval, raw: Value, via: &Trail) -> Slot {
        match raw.kind {
            Kind::List(_) | Kind::Object(_) => Slot::Deferred(Rc::new(Lowered {
                form: self,
                eval: eval.clone(),
                raw,
                via: via.clone(),
                memo: Memo::default(),
            })),
            _ => Slot::Ready(self.value(eval.scalar(raw, via), &eval.stack().world)),
        }
    }

    /// A value in this form.
    fn value(self, value: Value, world: &Rc<World>) -> Value {
        self.without_marks(lower(value, self.of, world))
    }

    /// A value that has its type, without what other tools fill in.
    fn without_marks(self, value: Value) -> Value {
        if !self.member.is_some_and(|(_, member)| member.takes_marks) {
            return value;
        }
        let span = value.span;
        let value = placeholders::taken_out(value, placeholders::engines, READER);
        Value { span, ..value }
    }
}

/// A list, object or function of the template in the form that the API has it in. It is evaluated
/// and brought into this form in one step, so that each of its parts is made once.
struct Lowered {
    form: Form,
    eval: Eval,
    raw: Value,
    via: Trail,
    memo: Memo<Value>,
}

impl Lowered {
    fn value(&self) -> Value {
        let value = match self.parts_in_form() {
            Some(value) => self.form.without_marks(value),
            None => {
                let value = self.eval.eval(&self.raw, &self.via);
                self.form.value(value, &self.eval.stack().world)
            }
        };
        let span = match self.form.stays() {
            true => self.raw.span,
            false => value.span,
        };
        Value { span, ..value }
    }

    /// What is no function and of the kind that is wanted, with its parts in their forms.
    fn parts_in_form(&self) -> Option<Value> {
        let Lowered { eval, raw, via, .. } = self;
        if is_function(raw) {
            return None;
        }
        let value = match (&raw.kind, self.form.of) {
            (Kind::Object(object), Type::Struct(of)) => {
                eval.object_of(object, raw, via, |member, via| {
                    let known = of.cloudformation_member(&member.name)?;
                    let form = Form::of_member(of, known);
                    Some(Member {
                        name: known.name.into(),
                        name_span: member.name_span,
                        value: form.slot(eval, member.value.get(), via),
                    })
                })
            }
            (Kind::Object(object), Type::Map(of)) => {
                eval.object_of(object, raw, via, |member, via| {
                    Some(Member {
                        value: Form::of(of).slot(eval, member.value.get(), via),
                        ..member.clone()
                    })
                })
            }
            (Kind::List(list), Type::List(of)) => {
                eval.list_of(list, raw, via, |item, via| match item {
                    Item::Raw(raw) => Form::of(of).slot(eval, raw, via),
                    Item::Value(value) => Form::of(of).value(value, &eval.stack().world).into(),
                })
            }
            _ => return None,
        };
        Some(value)
    }
}

impl Deferred for Lowered {
    fn get(&self) -> Value {
        let world = &self.eval.stack().world;
        self.memo.value(world, self.raw.span, || self.value())
    }

    fn span(&self) -> Span {
        self.raw.span
    }

    fn parts(&self) -> Option<Vec<Slot>> {
        let (parts, via) = self.eval.list_parts(&self.raw, &self.via)?;
        let parts = parts.into_iter();
        let slot = |part| self.form.slot(&self.eval, part, &via);
        Some(parts.map(slot).collect())
    }

    fn is_taken(&self) -> bool {
        let is_allowed = |(shape, member): (&'static Struct, &'static schema::Member)| {
            refusals::allows(shape, member, &self.raw)
        };
        self.form.member.is_none_or(is_allowed) && self.eval.takes(&self.raw, self.form.of)
    }
}

/// A value in the form that the API has it in.
fn lower(value: Value, to: &'static Type, world: &Rc<World>) -> Value {
    let kind = match (&value.kind, to) {
        (Kind::Object(object), Type::Struct(of)) => Kind::Object(lower_struct(object, of, world)),
        (Kind::Object(_), Type::Map(of)) | (Kind::List(_), Type::List(of)) => {
            return value.map_parts(|part| lowered(part, Form::of(of), world));
        }
        (Kind::Text(text), _) => match (resolve_dynamic_references(text), to) {
            (Some(text), _) => lower_text(&text, to),
            (None, Type::String) => return value,
            (None, _) => lower_text(text, to),
        },
        (Kind::Number(number), Type::String) => {
            Kind::Text(Text::computed(number.to_string(), value.span))
        }
        (Kind::Bool(truth), Type::String) => {
            Kind::Text(Text::computed(truth.to_string(), value.span))
        }
        _ => return value,
    };
    Value { kind, ..value }
}

/// What a string means where another type is wanted.
fn lower_text(text: &Text, to: &Type) -> Kind {
    let wanted = match to {
        Type::Boolean | Type::Integer => text.render(),
        Type::List(_) | Type::Map(_) | Type::Struct(_) => match text.first_hole() {
            // All of it is one reference.
            Some(hole) if text.pieces().len() == 1 => return Kind::Unknown(hole.clone()),
            _ => return Kind::Text(text.clone()),
        },
        Type::String => return Kind::Text(text.clone()),
    };
    let rendered = match wanted {
        Ok(rendered) => rendered.text,
        Err(hole) => return Kind::Unknown(hole),
    };
    let coerced = match to {
        Type::Integer => Number::parse(&rendered).map(Kind::Number),
        _ if rendered.eq_ignore_ascii_case("true") => Some(Kind::Bool(true)),
        _ if rendered.eq_ignore_ascii_case("false") => Some(Kind::Bool(false)),
        _ => None,
    };
    coerced.unwrap_or_else(|| Kind::Text(text.clone()))
}

/// Names are exact. What CloudFormation does not know, it refuses: see [`super::refusals`].
fn lower_struct(object: &Object, of: &'static Struct, world: &Rc<World>) -> Object {
    let members = object.members().iter().filter_map(|member| {
        let known = of.cloudformation_member(&member.name)?;
        Some(Member {
            name: known.name.into(),
            name_span: member.name_span,
            value: lowered(&member.value, Form::of_member(of, known), world),
        })
    });
    with_rest(Object::new(members.collect()), object)
}

/// What a function has given, in a form. What has no parts is made as fast as it is remembered.
fn lowered(slot: &Slot, form: Form, world: &Rc<World>) -> Slot {
    let inner = world.clone();
    let place = form.stays().then(|| slot.span());
    let change = move |value: Value| {
        let value = form.value(value, &inner);
        let span = place.unwrap_or(value.span);
        Value { span, ..value }
    };
    match (slot, form.of) {
        (Slot::Deferred(_), Type::List(_) | Type::Map(_) | Type::Struct(_)) => {
            mapped_once(slot, world, change)
        }
        _ => slot.map(change),
    }
}

fn with_rest(mut object: Object, of: &Object) -> Object {
    object.rest = of.rest.clone();
    object
}
