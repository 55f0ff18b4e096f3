//! Types as they are written: `object({ name = optional(string, "web") })`.

use super::{Attribute, Constraint, MAX_DEPTH};
use crate::source::Span;
use crate::terraform::syntax::{Call, Expr, ExprKind, ObjectKey, SyntaxError, UnaryOperator};
use crate::terraform::variables::refused_within;
use crate::value::{Kind, List, Member, Number, Object, Slot, Value};
use std::rc::Rc;
use std::sync::Arc;

fn fault(message: impl Into<String>, span: Span) -> SyntaxError {
    SyntaxError::new(message, span)
}

/// The type that an expression is, `depth` levels into another one.
pub fn parse(expr: &Expr, depth: usize) -> Result<Constraint, SyntaxError> {
    if depth == MAX_DEPTH {
        return Err(SyntaxError::limit("this type nests too deeply", expr.span));
    }
    match &expr.kind {
        ExprKind::Parentheses(inner) => parse(inner, depth + 1),
        ExprKind::Variable(name) => Ok(match &*name.text {
            "any" => Constraint::Any,
            "string" => Constraint::String,
            "number" => Constraint::Number,
            "bool" => Constraint::Bool,
            // Terraform 0.11 wrote these without their element's type.
            "list" => Constraint::List(Rc::new(Constraint::Any)),
            "map" => Constraint::Map(Rc::new(Constraint::Any)),
            other => return Err(unknown_type(other, expr.span)),
        }),
        // Terraform 0.11 wrote types as strings.
        ExprKind::String(literal) => Ok(match literal.as_str() {
            "string" => Constraint::String,
            "number" => Constraint::Number,
            "bool" => Constraint::Bool,
            "any" => Constraint::Any,
            "list" => Constraint::List(Rc::new(Constraint::Any)),
            "map" => Constraint::Map(Rc::new(Constraint::Any)),
            other => return Err(unknown_type(other, expr.span)),
        }),
        ExprKind::Call(call) => parse_call(call, expr.span, depth),
        _ => Err(fault(
            "expected a type such as `string` or `list(string)`",
            expr.span,
        )),
    }
}

fn unknown_type(name: &str, span: Span) -> SyntaxError {
    fault(
        format!(
            "`{name}` is no type; types are `string`, `number`, `bool`, `any`, `list(…)`, \
             `set(…)`, `map(…)`, `tuple([…])` and `object({{…}})`"
        ),
        span,
    )
}

fn parse_call(call: &Call, span: Span, depth: usize) -> Result<Constraint, SyntaxError> {
    let name = &*call.name.text;
    let [argument] = &call.arguments[..] else {
        return Err(fault(format!("`{name}` takes one argument"), span));
    };
    Ok(match name {
        "list" => Constraint::List(Rc::new(parse(argument, depth + 1)?)),
        "set" => Constraint::Set(Rc::new(parse(argument, depth + 1)?)),
        "map" => Constraint::Map(Rc::new(parse(argument, depth + 1)?)),
        "tuple" => {
            let ExprKind::Tuple(items) = &argument.kind else {
                return Err(fault("expected a list of types in brackets", argument.span));
            };
            let items: Result<Vec<_>, _> =
                items.iter().map(|item| parse(item, depth + 1)).collect();
            Constraint::Tuple(items?.into())
        }
        "object" => {
            let ExprKind::Object(items) = &argument.kind else {
                return Err(fault(
                    "expected attributes and their types in braces",
                    argument.span,
                ));
            };
            let mut attributes = Vec::with_capacity(items.len());
            for item in items {
                let name = match &item.key {
                    ObjectKey::Name(name) => name.text.clone(),
                    ObjectKey::Expression(key) => match &key.kind {
                        ExprKind::String(literal) => literal.as_str().into(),
                        _ => return Err(fault("expected the name of an attribute", key.span)),
                    },
                };
                attributes.push(parse_attribute(name, &item.value, depth)?);
            }
            Constraint::Object(attributes.into())
        }
        "optional" => {
            return Err(fault(
                "`optional` stands only in an object's attribute",
                span,
            ));
        }
        other => return Err(unknown_type(other, call.name.span)),
    })
}

fn parse_attribute(name: Arc<str>, expr: &Expr, depth: usize) -> Result<Attribute, SyntaxError> {
    let ExprKind::Call(call) = &expr.kind else {
        return Ok(Attribute {
            name,
            constraint: parse(expr, depth + 1)?,
            optional: false,
            default: None,
        });
    };
    if &*call.name.text != "optional" {
        return Ok(Attribute {
            name,
            constraint: parse_call(call, expr.span, depth + 1)?,
            optional: false,
            default: None,
        });
    }
    let (of, default) = match &call.arguments[..] {
        [of] => (of, None),
        [of, default] => (of, Some(constant(default, depth + 1)?)),
        _ => {
            return Err(fault("`optional` takes a type and a default", expr.span));
        }
    };
    let constraint = parse(of, depth + 1)?;
    let default = default.map(|value| constraint.convert(value));
    if let Some(refused) = default.as_ref().and_then(refused_within) {
        return Err(fault(refused.reason().to_owned(), refused.span()));
    }
    Ok(Attribute {
        name,
        default,
        constraint,
        optional: true,
    })
}

/// The default of an optional attribute, which Terraform evaluates without names or functions.
fn constant(expr: &Expr, depth: usize) -> Result<Value, SyntaxError> {
    let span = expr.span;
    if depth == MAX_DEPTH {
        return Err(SyntaxError::limit("this default nests too deeply", span));
    }
    let number = |text: &str| {
        Number::parse(text)
            .ok_or_else(|| SyntaxError::limit("this number has too many digits", span))
    };
    Ok(match &expr.kind {
        ExprKind::Null => Value::null(span),
        ExprKind::Bool(value) => Value::bool(*value, span),
        ExprKind::Number(text) => Value::new(Kind::Number(number(text)?), span),
        ExprKind::String(literal) => Value::text(literal.clone().into(), span),
        ExprKind::Parentheses(inner) => constant(inner, depth + 1)?,
        ExprKind::Unary(UnaryOperator::Negate, inner) => match &inner.kind {
            ExprKind::Number(text) => Value::new(Kind::Number(number(text)?.neg()), span),
            _ => return Err(fault("expected a literal value", span)),
        },
        ExprKind::Tuple(items) => {
            let items: Result<Vec<Slot>, _> = items
                .iter()
                .map(|item| constant(item, depth + 1).map(Slot::Ready))
                .collect();
            Value::new(Kind::List(List::new(items?)), span)
        }
        ExprKind::Object(items) => {
            let mut members = Vec::with_capacity(items.len());
            for item in items {
                let (name, name_span) = match &item.key {
                    ObjectKey::Name(name) => (name.text.clone(), name.span),
                    ObjectKey::Expression(key) => match &key.kind {
                        ExprKind::String(literal) => (literal.as_str().into(), key.span),
                        _ => return Err(fault("expected a literal key", key.span)),
                    },
                };
                members.push(Member {
                    name,
                    name_span,
                    value: Slot::Ready(constant(&item.value, depth + 1)?),
                });
            }
            Value::new(Kind::Object(Object::new(members)), span)
        }
        _ => return Err(fault("expected a literal value", span)),
    })
}
