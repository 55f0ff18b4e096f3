//! The JSON form of the syntax: `.tf.json` files as the same index and the same expressions.
//!
//! JSON does not tell an attribute from a block, only the schema of its place does. So a property
//! that could be either is listed as both, and whoever reads a body asks for what it wants.

use super::scan::{AttributeItem, BlockItem, Form, Index};
use super::syntax::{
    self, Expr, ExprKind, Expression, Name, ObjectItem, ObjectKey, SyntaxError, TemplatePart,
};
use crate::json::{self, RawMember};
use crate::source::{File, Span};
use crate::value::{Kind, Literal, Text, Value};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Whether a file is in this form, by its name.
pub(super) fn is_json(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.ends_with(".tf.json") || name.ends_with(".tofu.json"))
}

/// Finds the blocks of a file.
pub(super) fn index(file: &File) -> Index {
    let mut index = Index::default();
    let whole = file.span(0, file.text().len());
    let found = objects(file, whole).and_then(|objects| {
        objects.into_iter().try_for_each(|object| {
            properties(file, object)?.into_iter().try_for_each(|kind| {
                let labels = labels_of(&kind.name);
                blocks(
                    file,
                    &name(&kind),
                    labels,
                    &mut Vec::new(),
                    kind.value,
                    &mut index,
                )
            })
        })
    });
    index.fault = found.err();
    index
}

/// Finds what stands in a block, given by the range of its object. `kind` is the block's.
pub(super) fn body(file: &File, kind: &str, range: Range<usize>) -> Index {
    let mut index = Index::default();
    let found = properties(file, file.span(range.start, range.end)).and_then(|properties| {
        properties.into_iter().try_for_each(|property| {
            let form = match (kind, &*property.name) {
                ("variable", "type") | ("dynamic", "iterator") => Form::JsonExpression,
                ("variable", "default") => Form::JsonLiteral,
                _ => Form::JsonTemplate,
            };
            let name = name(&property);
            // No schema has an attribute of this name.
            let dynamic = &*property.name == "dynamic";
            if !dynamic {
                let attribute = AttributeItem::new(name.clone(), property.value, form);
                index.attributes.push(attribute);
            }
            if could_be_blocks(file, property.value) {
                let labels = usize::from(dynamic);
                blocks(
                    file,
                    &name,
                    labels,
                    &mut Vec::new(),
                    property.value,
                    &mut index,
                )?;
            }
            Ok(())
        })
    });
    index.fault = found.err();
    index
}

/// The expression that a JSON value in a range of a file is.
///
/// # Errors
/// Where it is no JSON, or a string in it is no template.
pub(super) fn expression(
    file: &File,
    range: Range<usize>,
    form: Form,
) -> Result<Expr, SyntaxError> {
    let value = json::parse_file(file, range).map_err(fault)?;
    convert(&value, form, 0)
}

/// How deep an expression may nest.
const MAX_DEPTH: usize = 256;

fn convert(value: &Value, form: Form, depth: usize) -> Result<Expr, SyntaxError> {
    let span = value.span;
    if depth == MAX_DEPTH {
        let reason =
            format!("ecslint does not read JSON that nests deeper than {MAX_DEPTH} levels");
        return Err(SyntaxError::limit(reason, span));
    }
    let kind = match &value.kind {
        Kind::Null(_) | Kind::Unknown(_) => ExprKind::Null,
        Kind::Bool(value) => ExprKind::Bool(*value),
        Kind::Number(number) => ExprKind::Number(number.to_string().into()),
        Kind::Text(text) => return string(text, span, form),
        Kind::List(list) => ExprKind::Tuple(
            list.iter()
                .map(|item| convert(&item, form, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Kind::Object(object) => {
            let items = object.members().iter().map(|member| {
                let key = Text::computed(member.name.clone(), member.name_span);
                Ok(ObjectItem {
                    key: ObjectKey::Expression(string(&key, member.name_span, form)?),
                    value: convert(&member.value.get(), form, depth + 1)?,
                })
            });
            ExprKind::Object(items.collect::<Result<_, SyntaxError>>()?)
        }
    };
    Ok(expr(kind, span))
}

fn expr(kind: ExprKind, span: Span) -> Expr {
    Arc::new(Expression { kind, span })
}

/// A string, which is a template except where only a literal or a type may stand.
fn string(text: &Text, span: Span, form: Form) -> Result<Expr, SyntaxError> {
    let whole = || match text.as_literal() {
        Some(literal) => literal.clone(),
        None => Literal::computed("", span),
    };
    let rendered = text
        .render()
        .map_err(|unknown| SyntaxError::new(unknown.reason(), span))?;
    if form == Form::JsonExpression {
        return syntax::parse_expression_text(&rendered, span);
    }
    let plain = !rendered.text.contains("${") && !rendered.text.contains("%{");
    if form == Form::JsonLiteral || plain {
        return Ok(expr(ExprKind::String(whole()), span));
    }
    let template = syntax::parse_template_text(&rendered, span)?;
    let kind = match &template.parts[..] {
        [TemplatePart::Literal(literal)] => ExprKind::String(literal.clone()),
        _ => ExprKind::Template(template),
    };
    Ok(expr(kind, span))
}

/// How many labels a block of a file has.
fn labels_of(kind: &str) -> usize {
    match kind {
        "resource" | "data" | "ephemeral" => 2,
        "variable" | "output" | "module" | "provider" | "check" => 1,
        _ => 0,
    }
}

/// Adds the blocks that a value holds: its properties are labels so often, then each object is a
/// body.
fn blocks(
    file: &File,
    kind: &Name,
    labels_left: usize,
    labels: &mut Vec<Name>,
    value: Span,
    index: &mut Index,
) -> Result<(), SyntaxError> {
    for object in objects(file, value)? {
        if labels_left == 0 {
            index
                .blocks
                .push(BlockItem::json(kind.clone(), labels.clone(), object));
            continue;
        }
        for label in properties(file, object)? {
            labels.push(name(&label));
            blocks(file, kind, labels_left - 1, labels, label.value, index)?;
            labels.pop();
        }
    }
    Ok(())
}

fn name(member: &RawMember) -> Name {
    Name {
        text: (&*member.name).into(),
        span: member.name_span,
    }
}

/// The properties of an object but for those named `//`, which are comments.
fn properties(file: &File, object: Span) -> Result<Vec<RawMember>, SyntaxError> {
    let mut members = json::members(file, object.range()).map_err(fault)?;
    members.retain(|member| &*member.name != "//");
    Ok(members)
}

/// The one object, or the objects of a list.
fn objects(file: &File, value: Span) -> Result<Vec<Span>, SyntaxError> {
    let text = file
        .slice(value)
        .trim_start_matches('\u{feff}')
        .trim_start();
    match text.as_bytes().first() {
        Some(b'[') => json::elements(file, value.range()).map_err(fault),
        // Null stands for no block.
        _ if text.trim_end() == "null" => Ok(Vec::new()),
        _ => Ok(vec![value]),
    }
}

/// Whether a property is an object, or a list of objects only.
fn could_be_blocks(file: &File, value: Span) -> bool {
    let is_object = |span: &Span| file.slice(*span).starts_with('{');
    match file.slice(value).as_bytes().first() {
        Some(b'{') => true,
        Some(b'[') => json::elements(file, value.range())
            .is_ok_and(|elements| !elements.is_empty() && elements.iter().all(is_object)),
        _ => false,
    }
}

fn fault(error: json::SyntaxError) -> SyntaxError {
    SyntaxError::new(error.message, error.span)
}

#[cfg(test)]
mod tests;
