//! `dynamic` blocks: the blocks that one stands for.

use super::eval::{Scope, carried};
use super::module::BlockRef;
use super::syntax::ExprKind;
use crate::source::Span;
use crate::value::{Kind, ListShape, Member, Object, Slot, Unknown, Value};

/// Hands the `content` of each block that a `dynamic` block makes to `each`, with the scope in which
/// its iterator is bound.
///
/// # Errors
/// What is at fault with it, or why there may be more blocks than were handed over.
pub fn expand(
    block: &BlockRef,
    scope: &Scope,
    mut each: impl FnMut(&BlockRef, Scope),
) -> Result<(), Unknown> {
    let missing = |what: &str| {
        Unknown::invalid(
            format!("this `dynamic` block has no {what}"),
            block.header(),
        )
    };
    if let Some(fault) = block.fault() {
        return Err(fault);
    }
    let for_each = block
        .argument("for_each")
        .ok_or_else(|| missing("`for_each`"))?;
    let contents = block.blocks("content");
    let content = contents.first().ok_or_else(|| missing("`content`"))?;
    let iterator = match block.argument("iterator") {
        Some(iterator) => match &iterator.expr()?.kind {
            ExprKind::Variable(name) => name.text.clone(),
            _ => {
                let reason = "`iterator` must be a name";
                return Err(Unknown::invalid(reason, iterator.span));
            }
        },
        None => match block.produces() {
            Some(label) => label.text.clone(),
            None => return Err(missing("label")),
        },
    };
    let at = for_each.span;
    let (elements, rest) = elements(&for_each.eval(scope), at)?;
    for (key, value) in elements {
        let element = Object::new(vec![
            Member {
                name: "key".into(),
                name_span: at,
                value: key.into(),
            },
            Member {
                name: "value".into(),
                name_span: at,
                value,
            },
        ]);
        let element = Value::new(Kind::Object(element), at);
        each(content, scope.bind(&iterator, element.into()));
    }
    rest.map_or(Ok(()), Err)
}

/// The keys and values that it runs over, and why there may be more.
type Elements = (Vec<(Value, Slot)>, Option<Unknown>);

fn elements(over: &Value, at: Span) -> Result<Elements, Unknown> {
    if over.marks.is_ephemeral() {
        let reason = "`for_each` is ephemeral; its blocks would be kept in the state";
        return Err(Unknown::invalid(reason, at));
    }
    match &over.kind {
        Kind::Unknown(unknown) => Err(unknown.clone()),
        Kind::List(list) => {
            let keyed = list.items.iter().enumerate().map(|(index, item)| {
                let key = match list.shape {
                    ListShape::Set => item.get(),
                    _ => Value::new(Kind::Number((index as i64).into()), at),
                };
                (key, carried(item, over))
            });
            Ok((keyed.collect(), list.rest.clone()))
        }
        Kind::Object(object) => {
            let mut members: Vec<&Member> = object.members().iter().collect();
            members.sort_by(|a, b| a.name.cmp(&b.name));
            let keyed = members.into_iter().map(|member| {
                let key = Value::string(member.name.clone(), member.name_span);
                (key, carried(&member.value, over))
            });
            Ok((keyed.collect(), object.rest.clone()))
        }
        _ => Err(Unknown::invalid(
            format!(
                "`for_each` is {}; it must be a list, a set or a map",
                over.describe()
            ),
            at,
        )),
    }
}
