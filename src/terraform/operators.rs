//! Operators, equality, and reading a part of a value.

use super::eval::{
    Outcome, Unit, ask, carried, derived, nested, reveal, sorted_members, undecided,
};
use super::syntax::{BinaryOperator, UnaryOperator};
use super::types::{self, Constraint, Fits};
use crate::source::Span;
use crate::value::{
    Hint, Kind, List, ListShape, Marks, Member, Number, Object, ObjectShape, Piece, PieceKind,
    Slot, Text, Unknown, UnknownKind, Value,
};
use crate::worlds::{Answerable, Question};

/// Keys of a known map or list that an unknown key is compared with.
const MAX_KEYS_ASKED: usize = 64;

pub(super) fn unary(unit: &Unit, operator: UnaryOperator, operand: &Value, span: Span) -> Value {
    let kind = match operator {
        UnaryOperator::Not => {
            truth(unit, operand, operand_span(operand, span)).map(|value| Kind::Bool(!value))
        }
        UnaryOperator::Negate => {
            types::to_number(operand, span).map(|number| Kind::Number(number.neg()))
        }
    };
    result(kind, type_of_unary(operator), span).mark(operand.marks)
}

/// `right` is evaluated only where the result hangs on it.
pub(super) fn binary(
    unit: &Unit,
    operator: BinaryOperator,
    left: &Value,
    right: impl FnOnce() -> Value,
    span: Span,
) -> Value {
    let mut marks = left.marks;
    let kind = binary_of_any(unit, operator, left, right, span, &mut marks);
    result(kind, type_of_binary(operator), span).mark(marks)
}

/// What an operator gives, which is of one type even where it is not known.
fn result(kind: Outcome<Kind>, of: Hint, span: Span) -> Value {
    match kind {
        Ok(kind) => Value::new(kind, span),
        Err(unknown) => Value::unknown(unknown.with_hint(Some(of)).never_null()),
    }
}

pub(super) fn type_of_unary(operator: UnaryOperator) -> Hint {
    match operator {
        UnaryOperator::Not => Hint::Bool,
        UnaryOperator::Negate => Hint::Number,
    }
}

pub(super) fn type_of_binary(operator: BinaryOperator) -> Hint {
    use BinaryOperator as Op;
    match operator {
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => Hint::Number,
        _ => Hint::Bool,
    }
}

/// Adds the marks of what it reads to `marks`.
fn binary_of_any(
    unit: &Unit,
    operator: BinaryOperator,
    left: &Value,
    right: impl FnOnce() -> Value,
    span: Span,
    marks: &mut Marks,
) -> Outcome<Kind> {
    use BinaryOperator as Op;
    if let Op::And | Op::Or = operator {
        return logical(unit, operator == Op::Or, left, right, span, marks);
    }
    let right = right();
    *marks |= right.marks;
    if let Op::Equal | Op::NotEqual = operator {
        let equal = equal(unit, left, &right, span)?;
        // To be compared with null, nothing is looked into.
        if unit.may_mark.get() && !left.is_null() && !right.is_null() {
            let within = || left.marks_within() | right.marks_within();
            *marks |= unit.world.without_asking(within);
        }
        return Ok(Kind::Bool(equal == (operator == Op::Equal)));
    }
    let (a, b) = match (types::to_number(left, span), types::to_number(&right, span)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) | (_, Err(error)) if error.is_refused() => {
            return Err(error);
        }
        (Err(unknown), _) | (_, Err(unknown)) => return Err(unknown),
    };
    let number = match operator {
        Op::Less => return Ok(Kind::Bool(a < b)),
        Op::LessOrEqual => return Ok(Kind::Bool(a <= b)),
        Op::Greater => return Ok(Kind::Bool(a > b)),
        Op::GreaterOrEqual => return Ok(Kind::Bool(a >= b)),
        Op::Add => a.add(&b),
        Op::Subtract => a.sub(&b),
        Op::Multiply => a.mul(&b),
        Op::Divide if b.is_zero() && a.is_zero() => {
            return Err(Unknown::invalid("zero is divided by zero", span));
        }
        Op::Divide => a.div(&b),
        Op::Modulo => a.rem(&b),
        Op::Equal | Op::NotEqual | Op::And | Op::Or => unreachable!("answered above"),
    };
    match number {
        Some(number) => Ok(Kind::Number(number)),
        None if a.is_infinite() || b.is_infinite() => {
            Err(Unknown::invalid("of infinities, this is no number", span))
        }
        None => Err(Unknown::limit("the result has too many digits", span)),
    }
}

/// `&&` and `||`: an operand that decides alone (`false && …`) decides whatever the other is.
fn logical(
    unit: &Unit,
    decides: bool,
    left: &Value,
    right: impl FnOnce() -> Value,
    span: Span,
    marks: &mut Marks,
) -> Outcome<Kind> {
    let first = match truth(unit, left, operand_span(left, span)) {
        Ok(value) if value == decides => {
            // Terraform before 1.12 refuses the whole where the other operand is at fault.
            let second = unit.world.without_asking(|| {
                let right = right();
                *marks |= right.marks;
                truth(unit, &right, operand_span(&right, span))
            });
            return match second {
                Err(error) if error.is_refused() => Err(error),
                _ => Ok(Kind::Bool(decides)),
            };
        }
        Err(error) if error.is_refused() => return Err(error),
        first => first,
    };
    let right = right();
    *marks |= right.marks;
    let second = truth(unit, &right, operand_span(&right, span));
    let value = match (first, second) {
        (_, Err(error)) if error.is_refused() => return Err(error),
        (_, Ok(value)) if value == decides => decides,
        (Ok(_), Ok(value)) => value,
        (Err(unknown), _) | (_, Err(unknown)) => return Err(unknown),
    };
    Ok(Kind::Bool(value))
}

/// Where an operand is wrong, or, for one that comes from elsewhere, where it is used.
fn operand_span(operand: &Value, whole: Span) -> Span {
    if whole.contains(operand.span) {
        operand.span
    } else {
        whole
    }
}

/// The value as a condition; a symbol is asked for.
pub(super) fn truth(unit: &Unit, value: &Value, span: Span) -> Outcome<bool> {
    match &value.kind {
        Kind::Unknown(unknown) => {
            if !Fits::Bool.may_be(unknown.hint()) {
                return Err(types::of_type(unknown, Fits::Bool, "a boolean", span));
            }
            // Where null is not refused but caught, it is a case of its own.
            if unit.world.is_tolerating()
                && unknown.askable().is_some()
                && ask(unit, unknown, Question::IsNull)?
            {
                return Err(Unknown::invalid(
                    "a boolean is needed, and this is null",
                    span,
                ));
            }
            ask(unit, unknown, Question::IsTrue)
        }
        _ => types::to_bool(value, span),
    }
}

/// A scalar as a literal that a symbol can be compared with.
pub(super) fn answerable(value: &Value) -> Option<Answerable> {
    Some(match &value.kind {
        Kind::Bool(value) => Answerable::Bool(*value),
        Kind::Number(number) => Answerable::Number(number.to_string().into()),
        Kind::Text(text) => Answerable::Text(types::characters(text).ok()?.text.into()),
        _ => return None,
    })
}

/// Whether both are the same known scalar, asking nothing.
pub(super) fn same_scalar(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => true,
        _ => answerable(a).is_some_and(|a| answerable(b) == Some(a)),
    }
}

/// Terraform's `==`: values of different types are not equal. `span` is where they are compared.
pub(super) fn equal(unit: &Unit, a: &Value, b: &Value, span: Span) -> Outcome<bool> {
    unit.charge(1, span)?;
    match (&a.kind, &b.kind) {
        (Kind::Unknown(one), Kind::Unknown(other)) => {
            match (one.symbol(), other.symbol()) {
                (Some(one), Some(other)) if one == other => return Ok(true),
                _ => {}
            }
            let worse = if other.is_refused() { other } else { one };
            Err(undecided(worse.clone()))
        }
        (Kind::Unknown(unknown), _) => equal_unknown(unit, unknown, b),
        (_, Kind::Unknown(unknown)) => equal_unknown(unit, unknown, a),
        (Kind::Null(_), Kind::Null(_)) => Ok(true),
        (Kind::Bool(a), Kind::Bool(b)) => Ok(a == b),
        (Kind::Number(a), Kind::Number(b)) => Ok(a == b),
        (Kind::Text(a), Kind::Text(b)) => equal_text(unit, a, b, span),
        (Kind::List(a), Kind::List(b)) => nested(span, || equal_lists(unit, a, b, span)),
        (Kind::Object(a), Kind::Object(b)) => nested(span, || equal_objects(unit, a, b, span)),
        _ => Ok(false),
    }
}

fn equal_unknown(unit: &Unit, unknown: &Unknown, other: &Value) -> Outcome<bool> {
    if other.is_null() {
        return match unknown.is_never_null() {
            true => Ok(false),
            false => ask(unit, unknown, Question::IsNull),
        };
    }
    if is_of_another_type(unknown, other) {
        return Ok(false);
    }
    match answerable(other) {
        Some(literal) => ask(unit, unknown, |symbol| Question::Equals(symbol, literal)),
        None => Err(undecided(unknown.clone())),
    }
}

/// Whether what is not known is of a type whose values are never equal to this one.
fn is_of_another_type(unknown: &Unknown, other: &Value) -> bool {
    if unknown.is_fatal() {
        return false;
    }
    match (unknown.hint(), &other.kind) {
        (None | Some(Hint::Either(_) | Hint::Like(_)), _) => false,
        (Some(Hint::Text), kind) => !matches!(kind, Kind::Text(_)),
        (Some(Hint::Number), kind) => !matches!(kind, Kind::Number(_)),
        (Some(Hint::Bool), kind) => !matches!(kind, Kind::Bool(_)),
        (Some(Hint::List(_)), kind) => !is_list(kind, ListShape::List),
        (Some(Hint::Set(_)), kind) => !is_list(kind, ListShape::Set),
        (Some(Hint::Tuple(_)), kind) => !is_list(kind, ListShape::Tuple),
        (Some(Hint::Map(_) | Hint::Object(_)), kind) => !matches!(kind, Kind::Object(_)),
        (Some(Hint::Collection), kind) => !matches!(kind, Kind::List(_) | Kind::Object(_)),
    }
}

fn is_list(kind: &Kind, shape: ListShape) -> bool {
    matches!(kind, Kind::List(list) if list.shape == shape)
}

fn equal_text(unit: &Unit, a: &Text, b: &Text, span: Span) -> Outcome<bool> {
    unit.charge_bytes(known_length(a).min(known_length(b)), span)?;
    let unknown = match (types::characters(a), types::characters(b)) {
        (Ok(a), Ok(b)) => return Ok(a.text == b.text),
        (Err(limit), _) | (_, Err(limit)) if limit.kind() == UnknownKind::Limit => {
            return Err(limit);
        }
        (Err(unknown), _) | (_, Err(unknown)) => unknown,
    };
    // What is known at either end can speak against equality.
    let (a, b) = (a.expanded(), b.expanded());
    let differ = |a: &str, b: &str| a.bytes().zip(b.bytes()).any(|(a, b)| a != b);
    // Between two holes may stand separators that belong to elements which are not there.
    let holes = |text: &Text| {
        let is_hole = |piece: &&Piece| matches!(piece.kind, PieceKind::Hole(_));
        text.pieces().iter().filter(is_hole).count()
    };
    let too_long =
        |a: &Text, b: &Text| holes(a) < 2 && holes(b) == 0 && known_length(a) > known_length(b);
    if differ(&a.known_prefix(), &b.known_prefix())
        || differ(&reversed_suffix(&a), &reversed_suffix(&b))
        || too_long(&a, &b)
        || too_long(&b, &a)
    {
        return Ok(false);
    }
    Err(undecided(unknown))
}

/// The characters after the last hole, backwards.
fn reversed_suffix(text: &Text) -> String {
    let mut suffix = String::new();
    for piece in text.pieces().iter().rev() {
        match &piece.kind {
            PieceKind::Literal(literal) => suffix.extend(literal.as_str().chars().rev()),
            _ => break,
        }
    }
    suffix
}

/// Bytes of the literal pieces.
pub(super) fn known_length(text: &Text) -> usize {
    let length = |kind: &PieceKind| match kind {
        PieceKind::Literal(literal) => literal.as_str().len(),
        PieceKind::Encoded(_) | PieceKind::Hole(_) => 0,
    };
    text.pieces().iter().map(|piece| length(&piece.kind)).sum()
}

fn equal_lists(unit: &Unit, a: &List, b: &List, span: Span) -> Outcome<bool> {
    if a.shape != b.shape {
        return Ok(false);
    }
    if let Some(rest) = a.rest.as_ref().or(b.rest.as_ref()) {
        return Err(undecided(rest.clone()));
    }
    if a.items.len() != b.items.len() {
        return Ok(false);
    }
    if a.items.is_empty() && a.shape != ListShape::Tuple {
        let of = |list: &List| Constraint::of_elements(unit, list, span);
        return same_type(unit, || of(a), || of(b));
    }
    let pairs = a.iter().zip(b.iter());
    all_equal(pairs.map(|(a, b)| equal_parts(unit, &a, &b, span)))
}

fn equal_objects(unit: &Unit, a: &Object, b: &Object, span: Span) -> Outcome<bool> {
    if a.shape != b.shape {
        return Ok(false);
    }
    if let Some(rest) = a.rest.as_ref().or(b.rest.as_ref()) {
        return Err(undecided(rest.clone()));
    }
    if a.shape == ObjectShape::Map && a.members().is_empty() && b.members().is_empty() {
        let of = |map: &Object| Constraint::of_members(unit, map, span);
        return same_type(unit, || of(a), || of(b));
    }
    let (a, b) = (sorted_members(a), sorted_members(b));
    if a.len() != b.len() || a.iter().zip(&b).any(|(a, b)| a.name != b.name) {
        return Ok(false);
    }
    let pairs = a.iter().zip(&b);
    all_equal(pairs.map(|(a, b)| equal_parts(unit, &a.value.get(), &b.value.get(), span)))
}

/// Parts of collections, which are of one type only where the parts are: nulls of different types
/// differ.
fn equal_parts(unit: &Unit, a: &Value, b: &Value, span: Span) -> Outcome<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => {
            same_type(unit, || Constraint::of(unit, a), || Constraint::of(unit, b))
        }
        _ => equal(unit, a, b, span),
    }
}

/// Whether two types are one. They hang on no condition.
fn same_type(
    unit: &Unit,
    a: impl FnOnce() -> Outcome<Constraint>,
    b: impl FnOnce() -> Outcome<Constraint>,
) -> Outcome<bool> {
    let compare = || Ok(a()?.is_same(&b()?));
    unit.world.without_asking(compare)
}

/// One pair that differs decides, whatever is not known of the others.
fn all_equal(outcomes: impl Iterator<Item = Outcome<bool>>) -> Outcome<bool> {
    let mut unknown = None;
    for outcome in outcomes {
        match outcome {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(limit) if limit.kind() == UnknownKind::Limit => return Err(limit),
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
    }
    unknown.map_or(Ok(true), Err)
}

/// `value.name`; nothing where the object has no such attribute. `span` is where it is read.
pub(super) fn attribute(
    unit: &Unit,
    value: &Value,
    name: &str,
    span: Span,
) -> Outcome<Option<Value>> {
    match &value.kind {
        Kind::Unknown(unknown) => {
            scalar_has_no_parts(unknown, span)?;
            match unknown.hint() {
                Some(Hint::Object(parts)) if parts.iter().all(|part| &*part.name != name) => {
                    Ok(None)
                }
                Some(hint @ (Hint::List(_) | Hint::Set(_) | Hint::Tuple(_))) => {
                    let what = match hint {
                        Hint::Set(_) => "a set",
                        _ => "a list",
                    };
                    Err(Unknown::invalid(
                        format!("this is {what} and has no attribute `{name}`"),
                        span,
                    ))
                }
                _ => {
                    let part = reveal(unit, unknown.attribute(name, span));
                    Ok(Some(part.mark(value.marks)))
                }
            }
        }
        Kind::Object(object) => Ok(match (object.member(name), &object.rest) {
            (Some(member), _) => Some(carried(&member.value, value).get()),
            (None, Some(rest)) => {
                let part = reveal(unit, rest.attribute(name, span));
                Some(part.mark(value.marks))
            }
            (None, None) => None,
        }),
        _ => Err(Unknown::invalid(
            format!("this is {} and has no attribute `{name}`", value.describe()),
            span,
        )),
    }
}

/// Refuses what is known to be a string, a number or a boolean, whatever its value is.
fn scalar_has_no_parts(unknown: &Unknown, span: Span) -> Outcome<()> {
    match unknown.hint() {
        Some(hint) if hint.is_scalar() => Err(types::of_type(
            unknown,
            Fits::Collection,
            "a list, map or object",
            span,
        )),
        _ => Ok(()),
    }
}

/// `value[key]`.
pub(super) fn index(unit: &Unit, value: &Value, key: &Value, span: Span) -> Outcome<Value> {
    if key.is_null() {
        return Err(Unknown::invalid("the key is null", span));
    }
    match &value.kind {
        Kind::Unknown(unknown) => {
            scalar_has_no_parts(unknown, span)?;
            if let Some(fault) = unknown.hint().and_then(|hint| no_such_part(hint, key)) {
                return Err(Unknown::invalid(fault, span));
            }
            let Some(answer) = answerable(key) else {
                return Err(match key.as_unknown() {
                    Some(key) if key.is_refused() => key.clone(),
                    _ => derived(unknown.clone()),
                });
            };
            let part = match &answer {
                // `x["a"]` and `x.a` are one thing.
                Answerable::Text(name) if is_identifier(name) => unknown.attribute(name, span),
                Answerable::Text(name) => unknown.element(&format!("{name:?}"), span),
                Answerable::Number(text) => unknown.element(text, span),
                Answerable::Bool(key) => unknown.element(&key.to_string(), span),
            };
            Ok(reveal(unit, part).mark(value.marks | key.marks))
        }
        Kind::List(list) if list.shape != ListShape::Set => {
            index_list(unit, list, value, key, span)
        }
        Kind::Object(object) => index_object(unit, object, value, key, span),
        Kind::List(_) => Err(Unknown::invalid(
            "elements of a set have no index; `tolist` gives them one",
            span,
        )),
        _ => Err(Unknown::invalid(
            format!("this is {} and has no elements", value.describe()),
            span,
        )),
    }
}

/// Why something of a type has no element under a key, whatever it is.
fn no_such_part(hint: &Hint, key: &Value) -> Option<String> {
    match (hint, &key.kind) {
        (Hint::Set(_), _) => Some("elements of a set have no index".to_owned()),
        (Hint::List(_) | Hint::Tuple(_), Kind::Text(_) | Kind::Bool(_)) => {
            let fault = types::to_number(key, key.span).err()?;
            let is_refused = fault.is_refused();
            is_refused.then(|| "the key of a list must be a number".to_owned())
        }
        (Hint::Tuple(items), Kind::Number(number)) => {
            let is_there = number.to_usize().is_some_and(|at| at < items.len());
            let length = items.len();
            (!is_there).then(|| format!("there is no element {number} in this list of {length}"))
        }
        (Hint::Object(parts), Kind::Text(text)) => {
            let name = text.known()?;
            let is_there = parts.iter().any(|part| *part.name == *name);
            (!is_there).then(|| format!("there is no element `{name}` here"))
        }
        _ => None,
    }
}

/// What is not known, but is an object or a tuple, as the parts that it has: what is done with it
/// is refused where it is null.
pub(super) fn outlined(unit: &Unit, value: Value) -> Value {
    let Some(unknown) = value.as_unknown() else {
        return value;
    };
    let is_there = !unit.world.is_tolerating() || is_not_null(unit, unknown);
    match outline(unit, unknown).filter(|_| is_there) {
        Some(kind) => Value { kind, ..value },
        None => value,
    }
}

/// The same where null is taken for something else.
pub(super) fn outlined_unless_null(unit: &Unit, value: Value) -> Value {
    match value.as_unknown() {
        Some(unknown) if is_not_null(unit, unknown) => match outline(unit, unknown) {
            Some(kind) => Value { kind, ..value },
            None => value,
        },
        _ => value,
    }
}

fn is_not_null(unit: &Unit, unknown: &Unknown) -> bool {
    let is_null = |symbol| Question::IsNull(symbol);
    let decided = unit.world.without_asking(|| ask(unit, unknown, is_null));
    matches!(decided, Ok(false)) || unknown.is_never_null()
}

fn outline(unit: &Unit, unknown: &Unknown) -> Option<Kind> {
    let span = unknown.span();
    match unknown.hint()? {
        Hint::Object(parts) => {
            let members = parts.iter().map(|part| Member {
                name: part.name.clone(),
                name_span: span,
                value: Slot::Ready(reveal(unit, unknown.attribute(&part.name, span))),
            });
            Some(Kind::Object(Object::new(members.collect())))
        }
        Hint::Tuple(items) => {
            let items = (0..items.len()).map(|at| {
                let part = unknown.element(&at.to_string(), span);
                Slot::Ready(reveal(unit, part))
            });
            Some(Kind::List(List::new(items.collect())))
        }
        _ => None,
    }
}

fn index_list(unit: &Unit, list: &List, value: &Value, key: &Value, span: Span) -> Outcome<Value> {
    if let Some(rest) = &list.rest {
        return Err(undecided(rest.clone()));
    }
    let element = |at: usize| carried(&list.items[at], value).get().mark(key.marks);
    if let Kind::Unknown(unknown) = &key.kind {
        for at in 0..list.items.len().min(MAX_KEYS_ASKED) {
            let number = Answerable::Number(at.to_string().into());
            if ask(unit, unknown, |symbol| Question::Equals(symbol, number))? {
                return Ok(element(at));
            }
        }
        return Err(no_key_left(unit, list.items.len(), unknown, span));
    }
    let number = types::to_number(key, span)?;
    match number.to_usize() {
        Some(at) if at < list.items.len() => Ok(element(at)),
        _ => Err(Unknown::invalid(
            format!(
                "there is no element {number} in this list of {}",
                list.items.len()
            ),
            span,
        )),
    }
}

fn index_object(
    unit: &Unit,
    object: &Object,
    value: &Value,
    key: &Value,
    span: Span,
) -> Outcome<Value> {
    // The key of an attribute is not taken for a part of the value.
    let marks = match object.shape {
        ObjectShape::Object => Marks::NONE,
        ObjectShape::Map => key.marks,
    };
    if let Kind::Unknown(unknown) = &key.kind {
        if let Some(rest) = &object.rest {
            return Err(undecided(rest.clone()));
        }
        let members = sorted_members(object);
        for member in members.iter().take(MAX_KEYS_ASKED) {
            let name = Answerable::Text(member.name.clone());
            if ask(unit, unknown, |symbol| Question::Equals(symbol, name))? {
                return Ok(carried(&member.value, value).get().mark(marks));
            }
        }
        return Err(no_key_left(unit, members.len(), unknown, span));
    }
    let text = types::to_text(key, span)?;
    let name = types::characters(&text).map_err(undecided)?.text;
    attribute(unit, value, &name, span)?
        .map(|found| found.mark(marks))
        .ok_or_else(|| Unknown::invalid(format!("there is no element `{name}` here"), span))
}

/// The key is none of those asked about: no element has it, which no plan gets past, or too many
/// were left.
fn no_key_left(unit: &Unit, keys: usize, unknown: &Unknown, span: Span) -> Unknown {
    if keys <= MAX_KEYS_ASKED {
        unit.world.refuse();
        Unknown::invalid("no element has this key", span)
    } else {
        undecided(unknown.clone())
    }
}

pub(super) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || matches!(char, '_' | '-'))
}

/// The number of elements, as `length` counts them.
pub(super) fn count(value: &Value, span: Span) -> Outcome<Number> {
    match &value.kind {
        Kind::List(list) => match &list.rest {
            Some(rest) => Err(undecided(rest.clone())),
            None => Ok(Number::from(list.items.len())),
        },
        Kind::Object(object) => match &object.rest {
            Some(rest) => Err(undecided(rest.clone())),
            None => Ok(Number::from(sorted_members(object).len())),
        },
        Kind::Unknown(unknown) if matches!(unknown.hint(), Some(Hint::Number | Hint::Bool)) => Err(
            types::of_type(unknown, Fits::Collection, "a list, map or string", span),
        ),
        Kind::Unknown(unknown) => match unknown.hint() {
            // Both branches of what is not decided.
            Some(Hint::Either(values)) => nested(span, || {
                match (count(&values[0].get(), span), count(&values[1].get(), span)) {
                    (Ok(a), Ok(b)) if a == b => Ok(a),
                    _ => Err(derived(unknown.clone())),
                }
            }),
            _ => Err(derived(unknown.clone())),
        },
        _ => Err(Unknown::invalid(
            format!("{} has no length here", value.describe()),
            span,
        )),
    }
}
