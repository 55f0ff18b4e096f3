//! The intrinsic functions that make text, piece by piece.

use super::intrinsics::{Eval, arguments, derived};
use super::parameters::scalar_text;
use crate::source::Span;
use crate::value::placeholders;
use crate::value::{
    Kind, List, Literal, Marks, Piece, PieceKind, Slot, Text, Trail, Unknown, UnknownKind, Value,
};

impl Eval {
    pub(super) fn sub(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let (template, variables) = match arguments(argument) {
            Some([template, variables]) => (template, Some(variables)),
            None => (argument.clone(), None),
        };
        let wrong = || {
            Unknown::invalid(
                "`Fn::Sub` takes a string, or a list of a string and a map",
                at,
            )
        };
        // `!Sub 1000` is a string too.
        let text = match &template.kind {
            Kind::Unknown(unknown) => return Err(unknown.clone()),
            Kind::List(_) | Kind::Object(_) | Kind::Null(_) => return Err(wrong()),
            _ => to_text(&template),
        };
        // It has holes where a loop around goes over elements that are not known.
        let rendered = text.render().map_err(|hole| derived(&hole))?;
        let variables = match &variables {
            Some(variables) => Some(variables.as_object().ok_or_else(wrong)?),
            None => None,
        };
        let mut parts = parse_sub(&rendered.text);
        let value = |name: &str, range: &std::ops::Range<usize>| {
            let here = match &rendered.slice(range.clone())[..] {
                [literal] => literal.inner_span(0..literal.as_str().len()),
                _ => template.span,
            };
            let passed = variables.and_then(|variables| variables.member(name));
            let written = format!("${{{name}}}");
            // A variable of the Serverless Framework.
            if passed.is_none() && placeholders::engines(&written).is_some() {
                let written = Value::string(written, here);
                return filled_in_later(&written).map_or(written, Value::unknown);
            }
            let value = match passed {
                Some(member) => self.eval(&member.value.get(), &Trail::default()),
                None if name == "AWS::NoValue" => {
                    Value::unknown(Unknown::unsupported("`AWS::NoValue` has no text", here))
                }
                None if name.contains('.') => {
                    self.attribute_of(name, here).unwrap_or_else(Value::unknown)
                }
                None => self.named(name, here),
            };
            value.step(format!("`{written}`"), here)
        };
        if let [SubPart::Name(name, range)] = &mut parts[..] {
            // It is that value, and stands where that one does.
            let value = value(name, range);
            return match value.kind {
                Kind::Text(_) => Ok(value),
                Kind::Number(_) | Kind::Bool(_) => Ok(Value {
                    kind: Kind::Text(to_text(&value)),
                    ..value
                }),
                Kind::Unknown(_) => Ok(value),
                _ => Err(not_text(&value)),
            };
        }
        let mut pieces = Vec::new();
        let mut marks = Marks::NONE;
        for part in &parts {
            match part {
                SubPart::Text(range) => {
                    pieces.extend(
                        rendered
                            .slice(range.clone())
                            .into_iter()
                            .map(Piece::literal),
                    );
                }
                SubPart::Name(name, range) => {
                    let value = value(name, range);
                    marks |= value.marks;
                    pieces.extend(to_text(&value).pieces().iter().cloned());
                }
            }
        }
        let text = match pieces.is_empty() {
            true => text.clone(),
            false => pieces.into_iter().collect(),
        };
        Ok(Value {
            trail: template.trail.clone(),
            ..Value::text(text, template.span)
        }
        .mark(marks))
    }

    pub(super) fn join(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Join` takes a delimiter and a list", at);
        let [delimiter, list] = arguments(argument).ok_or_else(wrong)?;
        let list = self.eval(&list, &Trail::default());
        let items = match &list.kind {
            Kind::List(items) => items,
            Kind::Unknown(unknown) => return Err(derived(unknown)),
            _ => return Err(wrong()),
        };
        let delimiter = self.eval(&delimiter, &Trail::default());
        let delimiter = to_text(&delimiter);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut marks = list.marks;
        let mut last = None;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                pieces.extend(delimiter.pieces().iter().cloned());
            }
            marks |= item.marks;
            pieces.extend(to_text(&item).pieces().iter().cloned());
            last = Some(item);
        }
        if let Some(rest) = &items.rest {
            pieces.extend(Text::hole(derived(rest)).pieces().iter().cloned());
        }
        if let (1, Some(item), None) = (items.items.len(), last, &items.rest)
            && item.as_text().is_some()
        {
            return Ok(item.step("`Fn::Join`", at));
        }
        // No characters stand where the function does.
        if pieces.is_empty() {
            pieces.push(Piece::literal(Literal::computed("", at)));
        }
        let joined = Value::text(pieces.into_iter().collect(), at).mark(marks);
        Ok(joined.step("`Fn::Join`", at))
    }

    pub(super) fn split(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let wrong = || Unknown::invalid("`Fn::Split` takes a delimiter and a string", at);
        let [delimiter, text] = arguments(argument).ok_or_else(wrong)?;
        let delimiter = self.eval(&delimiter, &Trail::default());
        let delimiter = scalar_text(&delimiter)?;
        if delimiter.is_empty() {
            return Err(wrong());
        }
        let value = self.eval_whole(&text);
        let text = match &value.kind {
            Kind::Unknown(unknown) => return Err(derived(unknown)),
            _ => to_text(&value),
        };
        let rendered = text.render().map_err(|hole| derived(&hole))?;
        let mut start = 0;
        let items = rendered.text.split(&*delimiter).map(|part| {
            let range = start..start + part.len();
            start = range.end + delimiter.len();
            let pieces = rendered.slice(range.clone());
            let span = match &pieces[..] {
                [piece] => piece.span(),
                _ => value.span,
            };
            let text: Text = match pieces.is_empty() {
                true => Text::computed("", value.span),
                false => pieces.into_iter().map(Piece::literal).collect(),
            };
            Slot::from(Value {
                trail: value.trail.clone(),
                marks: value.marks,
                ..Value::text(text, span)
            })
        });
        let items = items.collect();
        Ok(Value::new(Kind::List(List::new(items)), at).mark(value.marks))
    }

    pub(super) fn base64(&self, argument: &Value, at: Span) -> Result<Value, Unknown> {
        let value = self.eval_whole(argument);
        let text = scalar_text(&value).map_err(|unknown| derived(&unknown))?;
        Ok(Value::string(encode_base64(text.as_bytes()), at).mark(value.marks))
    }

    pub(super) fn to_json_string(&self, argument: &Value, at: Span) -> Value {
        let value = self.eval(argument, &Trail::default());
        let marks = value.marks;
        Value::text(Text::encoded(value), at).mark(marks)
    }
}

/// A value as a part of a string. What is no scalar is a hole that says so.
pub(super) fn to_text(value: &Value) -> Text {
    let text = match &value.kind {
        Kind::Text(text) => text.clone(),
        Kind::Number(_) | Kind::Bool(_) => match scalar_text(value) {
            Ok(text) => Text::computed(&*text, value.span),
            Err(unknown) => Text::hole(unknown),
        },
        Kind::Unknown(unknown) => Text::hole(unknown.clone()),
        _ => Text::hole(not_text(value)),
    };
    if value.trail.is_empty() && value.marks.is_empty() {
        return text;
    }
    let pieces = text.pieces().iter().map(|piece| Piece {
        trail: piece.trail.followed_by(&value.trail),
        marks: piece.marks | value.marks,
        ..piece.clone()
    });
    pieces.collect()
}

/// The elements of a text between commas, as a parameter of a list type has them: one more than
/// there are commas, each without blanks around it.
pub(super) fn comma_separated(value: Value) -> Value {
    let Kind::Text(text) = &value.kind else {
        return match &value.kind {
            Kind::Number(_) | Kind::Bool(_) => {
                let list = List::new(vec![Slot::from(value.clone())]);
                Value {
                    kind: Kind::List(list),
                    ..value
                }
            }
            _ => value,
        };
    };
    let Ok(rendered) = text.render() else {
        let hole = text.first_hole().expect("only a hole cannot be rendered");
        return Value::unknown(derived(hole));
    };
    let mut items: Vec<Slot> = Vec::new();
    let mut start = 0;
    for part in rendered.text.split(',') {
        let from = start + (part.len() - part.trim_start().len());
        let to = from + part.trim().len();
        start += part.len() + 1;
        let pieces = rendered.slice(from..to);
        let span = pieces.first().map_or(value.span, Literal::span);
        let text: Text = match pieces.is_empty() {
            true => Text::computed("", value.span),
            false => pieces.into_iter().map(Piece::literal).collect(),
        };
        items.push(Slot::from(Value {
            trail: value.trail.clone(),
            marks: value.marks,
            ..Value::text(text, span)
        }));
    }
    Value {
        kind: Kind::List(List::new(items)),
        ..value.clone()
    }
}

pub(super) fn not_text(value: &Value) -> Unknown {
    let reason = format!("expected a string here, this is {}", value.describe());
    Unknown::invalid(reason, value.span)
}

/// A part of the template that `Fn::Sub` takes.
pub(super) enum SubPart<'a> {
    /// Text as it stands.
    Text(std::ops::Range<usize>),
    /// `${Name}`, with the range of all of it.
    Name(&'a str, std::ops::Range<usize>),
}

/// `${Name}` is a name, `${!Name}` the text `${Name}`, a lone `$` itself.
pub(super) fn parse_sub(text: &str) -> Vec<SubPart<'_>> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&text.as_bytes()[at..], b"${") {
        let start = at + found;
        let Some(length) = text[start..].find('}') else {
            break;
        };
        let end = start + length + 1;
        if text[start + 2..].starts_with('!') {
            // The exclamation mark goes.
            parts.push(SubPart::Text(from..start + 2));
            from = start + 3;
            at = end;
            continue;
        }
        if from < start {
            parts.push(SubPart::Text(from..start));
        }
        let name = text[start + 2..end - 1].trim();
        parts.push(SubPart::Name(name, start..end));
        from = end;
        at = end;
    }
    if from < text.len() {
        parts.push(SubPart::Text(from..text.len()));
    }
    parts
}

/// The names that a template for `Fn::Sub` mentions.
pub fn parse_sub_names(text: &str) -> Vec<String> {
    let parts = parse_sub(text).into_iter();
    let names = parts.filter_map(|part| match part {
        SubPart::Name(name, _) => Some(name.to_owned()),
        SubPart::Text(_) => None,
    });
    names.collect()
}

fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                out.push('=');
            } else {
                let index = word >> (18 - 6 * digit) & 63;
                out.push(char::from(DIGITS[index as usize]));
            }
        }
    }
    out
}

/// Why a text is not known that another tool fills in first; nothing for any other.
pub fn filled_in_later(value: &Value) -> Option<Unknown> {
    placeholders::unknown(value, placeholders::engines, READER)
}

/// Who reads what is filled in.
pub const READER: &str = "CloudFormation";

/// Whether a rope has a reference that is resolved when the stack is deployed, and the rope with a
/// hole in its place.
pub fn resolve_dynamic_references(text: &Text) -> Option<Text> {
    const OPEN: &str = "{{resolve:";
    let has = |piece: &Piece| match &piece.kind {
        // Most texts have no brace at all, which is told sooner.
        PieceKind::Literal(literal) => {
            let text = literal.as_str();
            memchr::memchr(b'{', text.as_bytes()).is_some() && text.contains(OPEN)
        }
        _ => false,
    };
    if !text.pieces().iter().any(has) {
        return None;
    }
    let mut out = Vec::new();
    // The start of the reference whose end is looked for.
    let mut open: Option<Unknown> = None;
    for piece in text.pieces() {
        let PieceKind::Literal(literal) = &piece.kind else {
            if open.is_none() {
                out.push(piece.clone());
            }
            continue;
        };
        let characters = literal.as_str();
        let mut at = 0;
        while at < characters.len() {
            match open.take() {
                None => {
                    let start = characters[at..].find(OPEN).map(|found| at + found);
                    let until = start.unwrap_or(characters.len());
                    if at < until {
                        out.push(Piece {
                            kind: PieceKind::Literal(literal.slice(at..until)),
                            ..piece.clone()
                        });
                    }
                    if let Some(start) = start {
                        let end = characters[start..].find("}}");
                        let end = end.map_or(characters.len(), |length| start + length + 2);
                        let reason = format!(
                            "dynamic reference `{}` is resolved when the stack is deployed",
                            &characters[start..end]
                        );
                        open = Some(Unknown::new(
                            UnknownKind::AfterApply,
                            reason,
                            literal.inner_span(start..end),
                        ));
                    }
                    at = until;
                }
                Some(unknown) => match characters[at..].find("}}") {
                    Some(length) => {
                        at += length + 2;
                        out.extend(Text::hole(unknown).pieces().iter().cloned());
                    }
                    None => {
                        open = Some(unknown);
                        break;
                    }
                },
            }
        }
    }
    if let Some(unknown) = open {
        out.extend(Text::hole(unknown).pieces().iter().cloned());
    }
    Some(out.into_iter().collect())
}
