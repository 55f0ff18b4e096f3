//! `AWS::ECS::TaskDefinition` to the model: names, and types as CloudFormation coerces them.

use super::intrinsics::{Eval, arguments};
use super::resources::Declared;
use super::template::as_function;
use super::text::{READER, resolve_dynamic_references};
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::model::schema::{self, Struct, Type};
use crate::model::{Existence, SourceKind, TaskDefinition};
use crate::source::Span;
use crate::value::{
    Deferred, Kind, Member, Number, Object, Slot, Text, Trail, Value, placeholders,
};
use std::rc::Rc;
use std::sync::Arc;

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
        Some(properties) => Slot::Deferred(Rc::new(Properties {
            properties: eval.defer(properties, &Trail::default()),
        })),
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

/// The properties in the API's form, when somebody reads them.
struct Properties {
    properties: Slot,
}

impl Deferred for Properties {
    fn get(&self) -> Value {
        lower(self.properties.get(), &TASK_DEFINITION)
    }

    fn span(&self) -> Span {
        self.properties.span()
    }
}

static TASK_DEFINITION: Type = Type::Struct(&schema::TASK_DEFINITION);

/// A value in the form that the API has it in.
fn lower(value: Value, to: &'static Type) -> Value {
    let kind = match (&value.kind, to) {
        (Kind::Object(object), Type::Struct(of)) => Kind::Object(lower_struct(object, of)),
        (Kind::Object(_), Type::Map(of)) | (Kind::List(_), Type::List(of)) => {
            return value.map_parts(|part| part.map(move |value| lower(value, of)));
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

/// Names are exact. What CloudFormation does not know, it refuses: see [`misspelt`].
fn lower_struct(object: &Object, of: &'static Struct) -> Object {
    let members = object.members().iter().filter_map(|member| {
        let known = of.cloudformation_member(&member.name)?;
        // What has a name is found where it says it, not where the name comes from.
        let place = (known.name == "name").then(|| member.value.span());
        let is_judged = placeholders::count_in(known.name);
        let lowered = move |value: Value| {
            let span = place.unwrap_or(value.span);
            let value = match is_judged {
                true => {
                    let lowered = lower(value, &known.value);
                    placeholders::taken_out(lowered, placeholders::engines, READER)
                }
                false => lower(value, &known.value),
            };
            Value { span, ..value }
        };
        Some(Member {
            name: known.name.into(),
            name_span: member.name_span,
            value: member.value.map(lowered),
        })
    });
    with_rest(Object::new(members.collect()), object)
}

fn with_rest(mut object: Object, of: &Object) -> Object {
    object.rest = of.rest.clone();
    object
}

/// Values that are looked through in one task definition: an alias may stand in many places.
const MAX_VALUES: usize = 100_000;

/// Names that CloudFormation's resource does not have, for which it refuses the template: others,
/// and its own in other letter case. Only what is written out is looked at.
pub fn misspelt(properties: &Value, gaps: &mut Vec<Gap>) {
    let mut waiting = vec![(properties.clone(), &TASK_DEFINITION)];
    let mut left = MAX_VALUES;
    while let Some((value, of)) = waiting.pop()
        && left > 0
    {
        left -= 1;
        let branches = branches(&value).into_iter().rev();
        match of {
            Type::Struct(shape) => {
                for object in branches {
                    misspelt_in(&object, shape, gaps);
                    if std::ptr::eq(*shape, &schema::CONTAINER_DEFINITION) {
                        misread_user(&object, gaps);
                    }
                    let members = object.as_object().map_or(&[][..], Object::members);
                    waiting.extend(members.iter().rev().filter_map(|member| {
                        let known = shape.cloudformation_member(&member.name)?;
                        Some((member.value.get(), &known.value))
                    }));
                }
            }
            Type::List(of) => {
                for list in branches {
                    if let Kind::List(list) = list.kind {
                        let items = list.items.iter().rev();
                        waiting.extend(items.map(|item| (item.get(), *of)));
                    }
                }
            }
            Type::Map(_) | Type::String | Type::Integer | Type::Boolean => {}
        }
    }
}

/// Members and elements that are null, which CloudFormation refuses wherever they stand.
pub fn nulls(name: &str, properties: &Value, gaps: &mut Vec<Gap>) {
    let mut waiting: Vec<(Arc<str>, Value)> = vec![(name.into(), properties.clone())];
    let mut left = MAX_VALUES;
    while let Some((name, value)) = waiting.pop()
        && left > 0
    {
        left -= 1;
        match &value.kind {
            Kind::Null(_) => {
                let message = format!("`{name}` is null, which CloudFormation refuses");
                let gap = Gap::new(ProblemKind::Refused, message, value.span);
                gaps.push(gap.help("leave it out, or write `!Ref AWS::NoValue`"));
            }
            Kind::List(list) => {
                let items = list.items.iter().rev().map(Slot::get);
                waiting.extend(items.map(|item| (name.clone(), item)));
            }
            Kind::Object(object) => {
                let members = object.members().iter().rev();
                waiting.extend(members.map(|own| (own.name.clone(), own.value.get())));
            }
            _ => {}
        }
    }
}

/// A value, or all that `Fn::If` chooses from in its place.
fn branches(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut waiting = vec![value.clone()];
    while let Some(value) = waiting.pop() {
        match as_function(&value) {
            Some(("Fn::If", argument)) => {
                if let Some([_, yes, no]) = arguments(&argument) {
                    waiting.extend([no, yes]);
                }
            }
            _ => found.push(value),
        }
    }
    found
}

/// A user and group without quotes can be another number than it seems: `1000:0` is 60000. And
/// `${Uid}` is no name of a parameter but where `Fn::Sub` reads it.
fn misread_user(container: &Value, gaps: &mut Vec<Gap>) {
    let object = container.as_object();
    let Some(user) = object.and_then(|object| object.member("User")) else {
        return;
    };
    for user in branches(&user.value.get()) {
        let note = |message: String| Gap::new(ProblemKind::Note, message, user.span);
        if let (Kind::Number(_), Some(step)) = (&user.kind, user.trail.steps().first()) {
            gaps.push(note(step.text.to_string()).help("put the user in quotes"));
        }
        if let Some(text) = user.as_str()
            && placeholders::engines(&text).is_none()
            && let Some(start) = text.find("${")
            && let Some(length) = text[start..].find('}')
        {
            let name = &text[start..=start + length];
            let message = format!("`{name}` is the user's name as it stands, without `Fn::Sub`");
            gaps.push(note(message).help("put it in `!Sub`, or in `Fn::Sub`"));
        }
    }
}

fn misspelt_in(value: &Value, of: &'static Struct, gaps: &mut Vec<Gap>) {
    let Some(object) = value.as_object() else {
        return;
    };
    for member in object.members() {
        let is_function = member.name.starts_with("Fn::") || &*member.name == "Ref";
        if is_function || of.cloudformation_member(&member.name).is_some() {
            continue;
        }
        let mut members = of.members.iter();
        let meant = members.find(|known| known.name.eq_ignore_ascii_case(&member.name));
        let message = format!(
            "CloudFormation has no property `{}` here, so it was not read",
            member.name
        );
        let gap = Gap::new(ProblemKind::Refused, message, member.name_span);
        gaps.push(match meant {
            Some(known) => {
                let mut right = known.name.to_owned();
                right[..1].make_ascii_uppercase();
                gap.help(format!("write `{right}`"))
            }
            None => gap,
        });
    }
}
