//! Templates to strings: literals, interpolations and directives.

use super::super::operators::{self, truth};
use super::super::syntax::{Template, TemplatePart};
use super::super::types;
use super::collection::{bind_element, elements};
use super::{Outcome, Scope, Unit, eval, nested, refused_part, undecided};
use crate::source::Span;
use crate::value::{Kind, Literal, Marks, Piece, PieceKind, Text, Unknown, Value};

/// The value of a template, such as a file that `templatefile` reads. A template of a single
/// interpolation is the value itself.
pub fn eval_template(template: &Template, span: Span, scope: &Scope) -> Outcome<Value> {
    if let [TemplatePart::Interpolation(expr)] = &template.parts[..] {
        return Ok(eval(expr, scope));
    }
    let mut rope = Rope::default();
    rope.template(template, scope)?;
    Ok(rope.finish(span))
}

/// A rope under construction.
#[derive(Default)]
struct Rope {
    pieces: Vec<Piece>,
    marks: Marks,
}

impl Rope {
    fn finish(self, span: Span) -> Value {
        let text = if self.pieces.is_empty() {
            Text::computed("", span)
        } else {
            types::joined(self.pieces)
        };
        Value::text(text, span).mark(self.marks)
    }

    fn template(&mut self, template: &Template, scope: &Scope) -> Outcome<()> {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(literal) => self.literal(literal, scope)?,
                TemplatePart::Interpolation(expr) => {
                    let value = eval(expr, scope);
                    self.value(&value, expr.span, scope.unit())?;
                }
                TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    let decision = eval(condition, scope);
                    self.marks |= decision.marks;
                    match truth(scope.unit(), &decision, condition.span) {
                        Ok(true) => self.nest(then, condition.span, scope)?,
                        Ok(false) => self.nest(otherwise, condition.span, scope)?,
                        Err(unknown) => self.hole(undecided(unknown))?,
                    }
                }
                TemplatePart::For {
                    key_variable,
                    value_variable,
                    collection,
                    body,
                    ..
                } => {
                    let value = operators::outlined(scope.unit(), eval(collection, scope));
                    if let Some(refused) = refused_part(collection, || value.clone(), scope) {
                        return Err(refused);
                    }
                    self.marks |= value.marks;
                    let elements = match elements(&value, collection.span) {
                        Ok(elements) => elements,
                        Err(unknown) => {
                            self.hole(unknown)?;
                            continue;
                        }
                    };
                    // More elements may stand before, between and after those that are known.
                    for element in elements.items {
                        if let Some(rest) = &elements.rest {
                            self.hole(rest.clone())?;
                        }
                        scope.unit().charge(4, collection.span)?;
                        let scope =
                            bind_element(scope, key_variable.as_ref(), value_variable, element);
                        self.nest(body, collection.span, &scope)?;
                    }
                    if let Some(rest) = elements.rest {
                        self.hole(rest)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn nest(&mut self, template: &Template, span: Span, scope: &Scope) -> Outcome<()> {
        nested(span, || self.template(template, scope))
    }

    fn literal(&mut self, literal: &Literal, scope: &Scope) -> Outcome<()> {
        if !literal.is_empty() {
            scope
                .unit()
                .charge_bytes(literal.as_str().len(), literal.span())?;
            let literal = types::normalised(literal).into_owned();
            self.pieces.push(Piece::literal(literal));
        }
        Ok(())
    }

    /// What Terraform would refuse, and what was too much, is the whole template's fate.
    fn hole(&mut self, unknown: Unknown) -> Outcome<()> {
        if unknown.is_fatal() {
            return Err(unknown);
        }
        self.pieces.extend_from_slice(Text::hole(unknown).pieces());
        Ok(())
    }

    fn value(&mut self, value: &Value, span: Span, unit: &Unit) -> Outcome<()> {
        self.marks |= value.marks;
        if let Kind::Unknown(unknown) = &value.kind {
            return self.hole(unknown.clone());
        }
        if value.is_null() {
            return Err(Unknown::invalid(
                "null stands in a template, which needs a string",
                span,
            ));
        }
        let text = types::to_text(value, span)?;
        self.pieces.reserve(text.pieces().len());
        for piece in text.pieces() {
            let bytes = match &piece.kind {
                PieceKind::Literal(literal) => literal.as_str().len(),
                PieceKind::Encoded(_) | PieceKind::Hole(_) => 0,
            };
            unit.charge_bytes(bytes, span)?;
            let mut piece = piece.clone();
            if piece.trail.is_empty() {
                piece.trail = value.trail.clone();
            }
            piece.marks |= value.marks;
            self.pieces.push(piece);
        }
        Ok(())
    }
}
