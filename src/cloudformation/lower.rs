//! `AWS::ECS::TaskDefinition` to the model: names, and types as CloudFormation coerces them.

use super::intrinsics::Eval;
use super::resources::Declared;
use super::text::{READER, resolve_dynamic_references};
use crate::model::schema::{self, Struct, Type};
use crate::model::{Existence, SourceKind, TaskDefinition};
use crate::value::{Kind, Member, Number, Object, Slot, Text, Trail, Value, placeholders};
use crate::worlds::{World, mapped_once};
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
        Some(properties) => {
            let properties = eval.defer(properties, &Trail::default());
            let inner = world.clone();
            mapped_once(&properties, &world, move |value| {
                lower(value, &TASK_DEFINITION, &inner)
            })
        }
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

/// A value in the form that the API has it in.
fn lower(value: Value, to: &'static Type, world: &Rc<World>) -> Value {
    let kind = match (&value.kind, to) {
        (Kind::Object(object), Type::Struct(of)) => Kind::Object(lower_struct(object, of, world)),
        (Kind::Object(_), Type::Map(of)) | (Kind::List(_), Type::List(of)) => {
            return value.map_parts(|part| {
                lowered(part, of, world, move |value, world| lower(value, of, world))
            });
        }
        (Kind::Text(text), _) => match resolve_dynamic_references(text) {
            Some(text) => lower_text(&text, to),
            None => lower_text(text, to),
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
        // What has a name is found where it says it, not where the name comes from.
        let place = (known.name == "name").then(|| member.value.span());
        let is_judged = placeholders::count_in(known.name);
        let change = move |value: Value, world: &Rc<World>| {
            let span = place.unwrap_or(value.span);
            let value = lower(value, &known.value, world);
            let value = match is_judged {
                true => placeholders::taken_out(value, placeholders::engines, READER),
                false => value,
            };
            Value { span, ..value }
        };
        Some(Member {
            name: known.name.into(),
            name_span: member.name_span,
            value: lowered(&member.value, &known.value, world, change),
        })
    });
    with_rest(Object::new(members.collect()), object)
}

/// A slot whose value `change` makes. What has no parts is made as fast as it is remembered.
fn lowered(
    slot: &Slot,
    to: &Type,
    world: &Rc<World>,
    change: impl Fn(Value, &Rc<World>) -> Value + 'static,
) -> Slot {
    let inner = world.clone();
    let change = move |value| change(value, &inner);
    match (slot, to) {
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
