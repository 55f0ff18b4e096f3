//! Sets: which values are one, and the order in which Terraform keeps them.

use super::characters;
use super::text::characters_of;
use crate::terraform::eval::{Outcome, derived, nested, sorted_members};
use crate::value::{Kind, List, ListShape, Marks, Number, ObjectShape, Slot, Unknown, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;
use std::ops::BitOr;
use std::rc::Rc;

/// A set: each value once, strings and numbers in their order. Where some element is not known,
/// there may be more elements than those listed.
pub fn to_set(values: Vec<Value>, mut rest: Option<Unknown>) -> List {
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    let is_alone = values.len() == 1 && rest.is_none();
    for value in values {
        let mut key = String::new();
        match fingerprint(&value, &mut key) {
            Ok(()) => {
                if seen.insert(key) {
                    items.push(value);
                }
            }
            Err(unknown) if is_alone && !unknown.is_refused() => {
                items.push(value);
            }
            Err(unknown) => {
                // It may be equal to another one: not an element of its own for certain.
                rest.get_or_insert(unknown);
            }
        }
    }
    items.sort_by_cached_key(SetOrder::of);
    List {
        items: Rc::new(items.into_iter().map(Slot::Ready).collect()),
        rest,
        shape: ListShape::Set,
        element: None,
    }
}

/// Each value once, in the order of the first ones. What is not known is equal to nothing.
pub fn distinct(mut values: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    if values.len() > 1 {
        values.retain(|value| {
            let mut key = String::new();
            fingerprint(value, &mut key).is_err() || seen.insert(key)
        });
    }
    values
}

/// What marks a set: no element of it can be told from the others, so it has the marks of all.
pub fn marks_of_set(list: &List) -> Marks {
    match list.shape {
        ListShape::Set => {
            let marks = list.iter().map(|item| item.marks_within());
            marks.fold(Marks::NONE, Marks::bitor)
        }
        ListShape::Tuple | ListShape::List => Marks::NONE,
    }
}

/// The place of an element in Terraform's order of a set: null comes last, and what is no scalar is
/// ordered by the text that `cty` would hash.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SetOrder {
    Bool(bool),
    Number(Number),
    Text(Option<String>),
    Structure(String),
    Unknown,
    Null,
}

impl SetOrder {
    fn of(value: &Value) -> SetOrder {
        match &value.kind {
            Kind::Bool(value) => SetOrder::Bool(*value),
            Kind::Number(number) => SetOrder::Number(number.clone()),
            Kind::Text(text) => SetOrder::Text(characters_of(text).map(Cow::into_owned)),
            Kind::List(_) | Kind::Object(_) => SetOrder::Structure(hashed(value)),
            Kind::Unknown(_) => SetOrder::Unknown,
            Kind::Null(_) => SetOrder::Null,
        }
    }
}

/// The text that `cty` makes of an element of a set (`makeSetHashBytes`).
fn hashed(value: &Value) -> String {
    let mut out = String::new();
    write_hashed(value, &mut out);
    out
}

fn write_hashed(value: &Value, out: &mut String) {
    let written = nested(value.span, || {
        match &value.kind {
            Kind::Null(_) => out.push('~'),
            Kind::Bool(true) => out.push('T'),
            Kind::Bool(false) => out.push('F'),
            Kind::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Kind::Text(text) => {
                let _ = write!(out, "{:?}", characters_of(text).unwrap_or_default());
            }
            Kind::Unknown(_) => out.push('?'),
            Kind::List(list) => {
                let (open, close) = match list.shape {
                    ListShape::Tuple => ('<', '>'),
                    ListShape::List | ListShape::Set => ('[', ']'),
                };
                out.push(open);
                for item in list.iter() {
                    write_hashed(&item, out);
                    out.push(';');
                }
                out.push(close);
            }
            Kind::Object(object) => {
                let map = object.shape == ObjectShape::Map;
                out.push(if map { '{' } else { '<' });
                for member in sorted_members(object) {
                    if map {
                        let _ = write!(out, "{:?}:", member.name);
                    }
                    write_hashed(&member.value.get(), out);
                    out.push(';');
                }
                out.push(if map { '}' } else { '>' });
            }
        }
        Ok(())
    });
    // What nests too deeply to be written keeps its place.
    drop(written);
}

/// How long the text of one element may get.
const MAX_FINGERPRINT: usize = 1 << 20;

/// Writes a text that is the same for equal values only.
pub fn fingerprint(value: &Value, out: &mut String) -> Outcome<()> {
    if out.len() > MAX_FINGERPRINT {
        return Err(Unknown::limit("it is too large to be compared", value.span));
    }
    nested(value.span, || {
        match &value.kind {
            Kind::Null(_) => out.push('n'),
            Kind::Bool(true) => out.push('t'),
            Kind::Bool(false) => out.push('f'),
            Kind::Number(number) => {
                let _ = write!(out, "{number};");
            }
            Kind::Text(text) => {
                let rendered = characters(text)?;
                let _ = write!(out, "\"{}:{}", rendered.text.len(), rendered.text);
            }
            Kind::List(list) => {
                if let Some(rest) = &list.rest {
                    return Err(derived(rest.clone()));
                }
                out.push('[');
                for item in list.iter() {
                    fingerprint(&item, out)?;
                }
                out.push(']');
            }
            Kind::Object(object) => {
                if let Some(rest) = &object.rest {
                    return Err(derived(rest.clone()));
                }
                out.push('{');
                for member in sorted_members(object) {
                    let _ = write!(out, "{}:{}", member.name.len(), member.name);
                    fingerprint(&member.value.get(), out)?;
                }
                out.push('}');
            }
            Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
        }
        Ok(())
    })
}
