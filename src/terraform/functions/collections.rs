//! Functions over lists, sets, maps and objects, and what several of them ask of their arguments.

pub(super) mod lists;
pub(super) mod maps;
pub(super) mod reductions;
pub(super) mod sets;

use super::*;
use crate::value::PieceKind;
use crate::worlds::{Answerable, Question};

/// Whether `coalesce` and `compact` pass a value over: null or an empty string.
fn is_empty(call: &Call, value: &Value) -> Outcome<bool> {
    match &value.kind {
        Kind::Null(_) => Ok(true),
        Kind::Unknown(unknown) => Ok(ask(call.unit(), unknown, Question::IsNull)?
            || ask(call.unit(), unknown, |symbol| {
                Question::Equals(symbol, Answerable::Text("".into()))
            })?),
        Kind::Text(text) if has_characters(text) => Ok(false),
        Kind::Text(text) => match constraints::characters(text) {
            Ok(rendered) => Ok(rendered.text.is_empty()),
            Err(unknown) => Err(undecided(unknown)),
        },
        _ => Ok(false),
    }
}

/// Whether a rope is not empty, whatever its holes hold: JSON never is.
fn has_characters(text: &Text) -> bool {
    let has = |kind: &PieceKind| match kind {
        PieceKind::Literal(literal) => !literal.is_empty(),
        PieceKind::Encoded(_) => true,
        PieceKind::Hole(_) => false,
    };
    text.pieces().iter().any(|piece| has(&piece.kind))
}

/// A list or tuple: a set has no order.
fn ordered_list(call: &Call, at: usize) -> Outcome<List> {
    let no_order = || call.invalid(at, "a set has no order; `tolist` gives it one");
    if let Some(Hint::Set(_)) = call.peek(at).hint() {
        return Err(no_order());
    }
    let list = call.open_list(at)?;
    match list.shape {
        ListShape::Set => Err(no_order()),
        ListShape::List | ListShape::Tuple => Ok(list),
    }
}

/// All of some, or why not: that something is refused comes before what is not known.
fn all_or_fault<T>(all: impl Iterator<Item = Outcome<T>>) -> Outcome<Vec<T>> {
    let (mut found, mut unknown) = (Vec::new(), None);
    for one in all {
        match one {
            Ok(one) => found.push(one),
            Err(fault) if fault.is_refused() => return Err(fault),
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
    }
    unknown.map_or(Ok(found), Err)
}
