//! The JSON of the containers as the AWS provider decodes it, and as it writes it into the plan.

use super::eval::{Unit, carried, carry};
use super::operators::outlined;
use crate::json;
use crate::model::schema::{self, Struct, Type};
use crate::value::{
    Kind, List, Member, Object, ObjectShape, PieceKind, Slot, Text, Unknown, Value,
};
use crate::worlds::mapped_once;
use std::rc::Rc;

/// Decodes `container_definitions` as the AWS provider does, with Go's `encoding/json`: an empty
/// or blank string and `null` are an empty list.
pub(super) fn decoded(value: Value, unit: &Rc<Unit>) -> Value {
    let (span, trail, marks) = (value.span, value.trail.clone(), value.marks);
    let text = match value.kind {
        Kind::Unknown(_) => return value,
        Kind::Null(_) => return Value::new(Kind::List(List::new(Vec::new())), span),
        Kind::Text(text) => text,
        _ => {
            let reason = format!(
                "the container definitions are {}; they must be a JSON string, such as `jsonencode` makes",
                value.describe()
            );
            return Value::unknown(Unknown::invalid(reason, span));
        }
    };
    let is_blank = text.pieces().iter().all(|piece| match &piece.kind {
        PieceKind::Literal(literal) => literal.as_str().trim().is_empty(),
        _ => false,
    });
    let decoded = if is_blank {
        Value::new(Kind::List(List::new(Vec::new())), span)
    } else {
        match json::parse(&text, span) {
            Ok(read) => decode_containers(read, unit),
            Err(fault) => Value::unknown(Unknown::invalid(
                format!("the container definitions are not JSON: {}", fault.message),
                fault.span,
            )),
        }
    };
    carry(decoded, &trail, marks)
}

/// The JSON that the plan has for `container_definitions`, which is what other resources refer to:
/// the containers in the order of their names, and so their variables and secrets. Nothing where
/// the order is not known.
pub(super) fn planned(value: Value, unit: &Rc<Unit>) -> Option<Value> {
    let (trail, marks) = (value.trail.clone(), value.marks);
    let decoded = decoded(value, unit);
    let Kind::List(list) = &decoded.kind else {
        return Some(decoded);
    };
    let containers: Option<Vec<Value>> = list.iter().map(written_out).collect();
    let list = by_name(List {
        items: Rc::new(containers?.into_iter().map(Slot::from).collect()),
        ..list.clone()
    })?;
    let json = Text::encoded(Value::new(Kind::List(list), decoded.span));
    let json = Value::new(Kind::Text(json), decoded.span);
    Some(carry(json, &trail, marks))
}

/// A container with its variables and secrets in order.
fn written_out(container: Value) -> Option<Value> {
    let mut container = without_nulls(container);
    let Kind::Object(object) = &container.kind else {
        return None;
    };
    let members = object.members().iter().map(|member| {
        let mut value = member.value.get();
        if let ("environment" | "secrets", Kind::List(list)) = (&*member.name, &value.kind) {
            value.kind = Kind::List(by_name(list.clone())?);
        }
        Some(Member {
            value: value.into(),
            ..member.clone()
        })
    });
    let mut written = Object::new(members.collect::<Option<_>>()?);
    written.rest.clone_from(&object.rest);
    container.kind = Kind::Object(written);
    Some(container)
}

/// The value with the members only that are set. What was decoded is as deep as the structures
/// of the API are.
fn without_nulls(mut value: Value) -> Value {
    match &value.kind {
        Kind::List(list) => {
            let items = list.iter().map(|item| without_nulls(item).into());
            value.kind = Kind::List(List {
                items: Rc::new(items.collect()),
                ..list.clone()
            });
        }
        Kind::Object(object) => {
            let members = object.members().iter().map(|member| Member {
                value: without_nulls(member.value.get()).into(),
                ..member.clone()
            });
            let set = members.filter(|member| !member.value.get().is_null());
            let mut kept = Object::new(set.collect());
            kept.rest.clone_from(&object.rest);
            value.kind = Kind::Object(kept);
        }
        _ => {}
    }
    value
}

/// The objects in the order of their names, where all of these are known.
fn by_name(list: List) -> Option<List> {
    let mut named = Vec::new();
    for item in list.iter() {
        let Kind::Object(object) = &item.kind else {
            return None;
        };
        let name = match object.get("name", item.span)?.kind {
            Kind::Null(_) => String::new(),
            Kind::Text(name) => name.known()?.into_owned(),
            _ => return None,
        };
        named.push((name, item));
    }
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let is_whole = list.rest.is_none();
    is_whole.then(|| List {
        items: Rc::new(named.into_iter().map(|(_, item)| item.into()).collect()),
        ..list
    })
}

static CONTAINER: Type = Type::Struct(&schema::CONTAINER_DEFINITION);

fn decode_containers(value: Value, unit: &Rc<Unit>) -> Value {
    let list = match &value.kind {
        Kind::Null(_) => List::new(Vec::new()),
        Kind::Unknown(_) => return value,
        Kind::List(list) => {
            let items = list.items.iter().map(|item| {
                let (world, unit) = (&unit.world, unit.clone());
                mapped_once(&carried(item, &value), world, move |value| {
                    // An object that is not known has the members of its type: null is refused.
                    let value = outlined(&unit, value);
                    if value.is_null() {
                        return refused("a container definition", "an object", &value);
                    }
                    let container = decode(value, &CONTAINER);
                    let is_empty = || sets_nothing(&container, &schema::CONTAINER_DEFINITION);
                    if unit.world.without_asking(is_empty) {
                        let reason = "a container definition that sets nothing is refused by the AWS provider";
                        return Value::unknown(Unknown::invalid(reason, container.span));
                    }
                    container
                })
            });
            List {
                items: Rc::new(items.collect()),
                ..list.clone()
            }
        }
        _ => return refused("the container definitions", "a list of objects", &value),
    };
    Value {
        kind: Kind::List(list),
        ..value
    }
}

fn refused(what: &str, wanted: &str, value: &Value) -> Value {
    let reason = format!(
        "{what} must be {wanted}, this is {}, which the AWS provider refuses",
        value.describe()
    );
    Value::unknown(Unknown::invalid(reason, value.span))
}

/// Decodes one value for a member of a type. What the provider would refuse is unknown; only a
/// number for a string is left as it is, since what was meant is clear.
fn decode(value: Value, of: &'static Type) -> Value {
    let kind = match (of, &value.kind) {
        (_, Kind::Null(_) | Kind::Unknown(_)) => return value,
        (Type::String, Kind::Text(_) | Kind::Number(_)) => return value,
        (Type::Boolean, Kind::Bool(_)) => return value,
        (Type::Integer, Kind::Number(number)) => {
            if number.to_i64().is_none() {
                return refused("this member", "a whole number", &value);
            }
            return value;
        }
        (Type::List(of), Kind::List(list)) => {
            let of: &'static Type = of;
            let items = list.items.iter();
            let items = items.map(|item| {
                let element = move |value| decode(or_zero(value, of), of);
                carried(item, &value).map(element)
            });
            Kind::List(List {
                items: Rc::new(items.collect()),
                ..list.clone()
            })
        }
        (Type::Map(of), Kind::Object(object)) => {
            let of: &'static Type = of;
            let members = object.members().iter().map(|member| Member {
                value: carried(&member.value, &value)
                    .map(move |value| decode(or_zero(value, of), of)),
                ..member.clone()
            });
            let mut decoded = Object::new(members.collect());
            decoded.rest = object.rest.clone();
            decoded.shape = ObjectShape::Map;
            Kind::Object(decoded)
        }
        (Type::Struct(shape), Kind::Object(object)) => {
            Kind::Object(decode_structure(object, shape, &value))
        }
        (Type::String, _) => return refused("this member", "a string", &value),
        (Type::Boolean, _) => return refused("this member", "a boolean", &value),
        (Type::Integer, _) => return refused("this member", "a whole number", &value),
        (Type::List(_), _) => return refused("this member", "a list", &value),
        (Type::Map(_) | Type::Struct(_), _) => return refused("this member", "an object", &value),
    };
    Value { kind, ..value }
}

/// An element that is null is one of Go's zero values, where it is held without a pointer.
fn or_zero(value: Value, of: &Type) -> Value {
    let kind = match (of, &value.kind) {
        (Type::String, Kind::Null(_)) => Kind::Text(Text::computed("", value.span)),
        (Type::Integer, Kind::Null(_)) => Kind::Number(0.into()),
        (Type::Struct(_), Kind::Null(_)) => Kind::Object(Object::new(Vec::new())),
        _ => return value,
    };
    Value { kind, ..value }
}

/// The members that the structure has, found in any letter case; the others are dropped.
fn decode_structure(object: &Object, shape: &'static Struct, container: &Value) -> Object {
    let mut found: Vec<(&'static schema::Member, Vec<&Member>)> = Vec::new();
    for member in object.members() {
        let Some(known) = member_of(shape, &member.name) else {
            continue;
        };
        match found.iter_mut().find(|(other, _)| other.name == known.name) {
            Some((_, all)) => all.push(member),
            None => found.push((known, vec![member])),
        }
    }
    let is_found = |name: &str| found.iter().any(|(known, _)| known.name == name);
    let unset = shape.members.iter().filter(|member| {
        object.rest.is_none() && is_always_written(shape, member) && !is_found(member.name)
    });
    let zeros: Vec<Member> = unset
        .map(|member| Member {
            name: member.name.into(),
            name_span: container.span,
            value: Value::new(Kind::Number(0.into()), container.span).into(),
        })
        .collect();
    let members = found.into_iter().map(|(known, all)| {
        let last = all[all.len() - 1];
        let slots = all.iter().map(|member| carried(&member.value, container));
        let slots: Vec<Slot> = slots.collect();
        let keeps_on_null = is_plain(shape, known);
        let decoded = move |value| written(decode(value, &known.value), shape, known);
        let value = match &slots[..] {
            [only] => only.map(decoded),
            _ => {
                let of = &known.value;
                last.value
                    .map(move |_| decoded(merged(&slots, of, keeps_on_null)))
            }
        };
        Member {
            name: known.name.into(),
            name_span: last.name_span,
            value,
        }
    });
    let mut decoded = Object::new(members.chain(zeros).collect());
    decoded.rest = object.rest.clone();
    decoded
}

/// What Go's decoder makes of one name given several times: the last scalar, the members of all
/// objects, lists element by element; `null` unsets all but plain numbers.
fn merged(slots: &[Slot], of: &'static Type, keeps_on_null: bool) -> Value {
    let mut values = slots.iter().map(Slot::get);
    let mut result = values.next().expect("a member has a value");
    for value in values {
        result = match (of, &result.kind, &value.kind) {
            (_, _, Kind::Null(_)) if keeps_on_null => result,
            (Type::Struct(_), Kind::Object(before), Kind::Object(after)) => {
                let members = before.members().iter().chain(after.members()).cloned();
                let mut both = Object::new(members.collect());
                both.rest = after.rest.clone().or_else(|| before.rest.clone());
                Value {
                    kind: Kind::Object(both),
                    ..value
                }
            }
            (Type::List(of @ Type::Struct(_)), Kind::List(before), Kind::List(after)) => {
                let of: &'static Type = of;
                let items = after.items.iter().enumerate().map(|(at, item)| {
                    match before.items.get(at).cloned() {
                        Some(earlier) => {
                            let both = [earlier, item.clone()];
                            item.map(move |_| merged(&both, of, false))
                        }
                        None => item.clone(),
                    }
                });
                let list = List {
                    items: Rc::new(items.collect()),
                    ..after.clone()
                };
                Value {
                    kind: Kind::List(list),
                    ..value
                }
            }
            _ => value,
        };
    }
    result
}

/// Numbers that the provider's structures hold without a pointer, so that `null` changes nothing.
fn is_plain(shape: &Struct, member: &schema::Member) -> bool {
    is_always_written(shape, member) || is_written_unless_zero(shape, member)
}

fn is_always_written(shape: &Struct, member: &schema::Member) -> bool {
    matches!(
        (shape.name, member.name),
        ("Ulimit", "softLimit" | "hardLimit") | ("Tmpfs", "size")
    )
}

fn is_written_unless_zero(shape: &Struct, member: &schema::Member) -> bool {
    matches!((shape.name, member.name), ("ContainerDefinition", "cpu"))
}

/// Texts for which the provider has types of their own, which it does not write if they are empty.
fn is_enumeration(shape: &Struct, member: &schema::Member) -> bool {
    matches!(
        (shape.name, member.name),
        ("ContainerDefinition", "versionConsistency")
            | ("ContainerDependency", "condition")
            | (
                "EnvironmentFile" | "FirelensConfiguration" | "ResourceRequirement",
                "type"
            )
            | ("LogConfiguration", "logDriver")
            | ("PortMapping", "appProtocol" | "protocol")
            | ("Ulimit", "name")
    )
}

/// A decoded member as the provider writes it into the plan.
fn written(value: Value, shape: &'static Struct, member: &'static schema::Member) -> Value {
    let kind = match &value.kind {
        Kind::List(_) if is_compacted(shape, member) => return compacted(value, &member.value),
        Kind::Null(_) if is_always_written(shape, member) => Kind::Number(0.into()),
        Kind::Number(number) if is_written_unless_zero(shape, member) && number.is_zero() => {
            Kind::Null(None)
        }
        Kind::Text(text) if is_enumeration(shape, member) => match text.known() {
            Some(known) if known.is_empty() => Kind::Null(None),
            _ => return value,
        },
        _ => return value,
    };
    Value { kind, ..value }
}

/// The lists of a container out of which the provider takes the elements that set nothing.
fn is_compacted(shape: &Struct, member: &schema::Member) -> bool {
    shape.name == "ContainerDefinition"
        && matches!(
            member.name,
            "dependsOn"
                | "environment"
                | "environmentFiles"
                | "extraHosts"
                | "mountPoints"
                | "portMappings"
                | "resourceRequirements"
                | "secrets"
                | "systemControls"
                | "ulimits"
                | "volumesFrom"
        )
}

/// A list without the structures that certainly set nothing.
fn compacted(value: Value, of: &Type) -> Value {
    let (Kind::List(list), Type::List(Type::Struct(shape))) = (&value.kind, of) else {
        return value;
    };
    let items = list.items.iter();
    let items = items.filter(|item| !sets_nothing(&item.get(), shape));
    let list = List {
        items: Rc::new(items.cloned().collect()),
        ..list.clone()
    };
    Value {
        kind: Kind::List(list),
        ..value
    }
}

/// Whether a decoded structure certainly has nothing but Go's zero values.
fn sets_nothing(value: &Value, shape: &Struct) -> bool {
    let is_zero = |member: &Member| match member.value.get().kind {
        Kind::Null(_) => true,
        Kind::Number(number) => {
            let known = shape.member(&member.name);
            known.is_some_and(|known| is_always_written(shape, known)) && number.is_zero()
        }
        _ => false,
    };
    match &value.kind {
        Kind::Null(_) => true,
        Kind::Object(object) => object.rest.is_none() && object.members().iter().all(is_zero),
        _ => false,
    }
}

/// The member that Go's decoder takes a name for: the exact one, else one that differs in letter
/// case, with Unicode's folding.
fn member_of(shape: &'static Struct, name: &str) -> Option<&'static schema::Member> {
    shape.member(name).or_else(|| {
        let folded: String = name.chars().map(fold).collect();
        let same = |member: &&schema::Member| member.name.eq_ignore_ascii_case(&folded);
        shape.members.iter().find(same)
    })
}

/// Folds the two letters outside ASCII that Unicode folds into it.
fn fold(character: char) -> char {
    match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => character,
    }
}
