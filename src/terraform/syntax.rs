//! One block's bytes to our syntax tree, with a span on every part: no other part of the front end
//! names the HCL parser.
//!
//! - `source`: a range of text to an expression or a template, with what the parser cannot do itself.
//! - `plain`: the expressions that need no parser.
//! - `tree`: the parser's tree as ours.
//! - `literals`: the characters that a template's literals stand for, each with its place.
//!
//! The tree is shared by threads (a module is parsed once for all its callers) and by deferred
//! computations, so expressions are reference-counted.

mod literals;
mod plain;
mod source;
mod tree;

use super::scan::{self, BlockItem, Index};
use crate::source::{File, Span};
use crate::value::{Literal, Rendered};
pub(super) use literals::{NOT_AN_ESCAPE, escape};
use source::{Origin, Source};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

/// What stands between the braces of a block.
#[derive(Debug, Default)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Debug)]
pub struct Attribute {
    pub name: Name,
    pub value: Expr,
}

/// A block: `kind "label" "label" { … }`.
#[derive(Debug)]
pub struct Block {
    pub kind: Name,
    /// Labels without their quotes; the spans include them.
    pub labels: Vec<Name>,
    pub body: Body,
    /// From the first letter of the kind to the closing brace.
    pub span: Span,
}

impl Body {
    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name.text == name)
    }

    /// The blocks of a kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks
            .iter()
            .filter(move |block| &*block.kind.text == kind)
    }
}

/// An expression, shared by all that evaluate it.
pub type Expr = Arc<Expression>;

/// What is written, and where.
#[derive(Debug)]
pub struct Expression {
    pub kind: ExprKind,
    pub span: Span,
}

impl Expression {
    /// Whether it is a chain of names and literal keys.
    pub fn is_reference(&self) -> bool {
        let mut next = self;
        loop {
            match &next.kind {
                ExprKind::Variable(_) => return true,
                ExprKind::Attribute(of, _) | ExprKind::Parentheses(of) => next = of,
                ExprKind::Index(of, key)
                    if matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_)) =>
                {
                    next = of;
                }
                _ => return false,
            }
        }
    }
}

/// The forms of expressions.
#[derive(Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// The number as it is written; HCL has no sign in a literal.
    Number(Arc<str>),
    /// A quoted string without interpolation or directives.
    String(Literal),
    /// A quoted or heredoc template with at least one interpolation or directive.
    Template(Template),
    Tuple(Vec<Expr>),
    Object(Vec<ObjectItem>),
    /// The root of a traversal: `var`, `local`, `each`, `aws_iam_role`, or a `for` variable.
    Variable(Name),
    /// `expr.name`.
    Attribute(Expr, Name),
    /// `expr[key]`, and the legacy `expr.0`.
    Index(Expr, Expr),
    /// `expr[*]…` and the legacy `expr.*…`: `each` is applied to every element, in which
    /// [`ExprKind::SplatElement`] stands for the element.
    Splat {
        of: Expr,
        each: Expr,
        full: bool,
    },
    SplatElement,
    Call(Call),
    Parentheses(Expr),
    Unary(UnaryOperator, Expr),
    Binary(BinaryOperator, Expr, Expr),
    Conditional {
        condition: Expr,
        then: Expr,
        otherwise: Expr,
    },
    For(Box<For>),
}

/// `key = value` in an object.
#[derive(Debug)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expr,
}

/// What stands before `=` or `:` in an object.
#[derive(Debug)]
pub enum ObjectKey {
    /// A bare word, which stands for itself.
    Name(Name),
    Expression(Expr),
}

/// `name(argument, …)`.
#[derive(Debug)]
pub struct Call {
    /// With its namespace: `provider::aws::arn_parse`, `core::upper`.
    pub name: Name,
    pub arguments: Vec<Expr>,
    /// The last argument is followed by `...`.
    pub expand: bool,
}

/// What stands before an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOperator {
    Not,
    Negate,
}

/// What stands between two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// `[for k, v in c : value if cond]` or `{for k, v in c : key => value... if cond}`.
#[derive(Debug)]
pub struct For {
    pub key_variable: Option<Name>,
    pub value_variable: Name,
    pub collection: Expr,
    /// Only in the object form.
    pub key: Option<Expr>,
    pub value: Expr,
    /// `...` after the value: values are grouped by key.
    pub group: bool,
    pub condition: Option<Expr>,
}

/// A template's parts in order. Heredoc indent and strip markers are already applied to the
/// literals, whose maps say where each character stands.
#[derive(Debug)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
}

/// What a template is made of.
#[derive(Debug)]
pub enum TemplatePart {
    Literal(Literal),
    Interpolation(Expr),
    If {
        condition: Expr,
        then: Template,
        otherwise: Template,
        span: Span,
    },
    For {
        key_variable: Option<Name>,
        value_variable: Name,
        collection: Expr,
        body: Template,
        span: Span,
    },
}

/// Source that is not valid HCL, with the place.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    /// One clause in lower case: "expected a closing bracket".
    pub message: String,
    pub span: Span,
}

/// Parses the one block in a range of a file.
///
/// # Errors
/// At the first fault, and where blocks or expressions nest deeper than a fixed bound.
pub fn parse_block(file: &File, range: Range<usize>) -> Result<Block, SyntaxError> {
    let whole = file.span(range.start, range.end.max(range.start));
    let index = scan::scan_range(file, range);
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    match (index.attributes.first(), &index.blocks[..]) {
        (None, [item]) => block(file, item, 0),
        _ => Err(error("expected one block", whole)),
    }
}

/// Parses a range of a file that holds blocks and attributes, such as a whole `.tfvars` file.
///
/// # Errors
/// As [`parse_block`].
pub fn parse_body(file: &File, range: Range<usize>) -> Result<Body, SyntaxError> {
    let range = range.start.max(file.bom().min(range.end))..range.end;
    body(file, scan::scan_range(file, range), 0)
}

/// Parses the expression in a range of a file.
///
/// # Errors
/// At the first fault, and where it nests deeper than a fixed bound.
pub fn parse_expression(file: &File, range: Range<usize>) -> Result<Expr, SyntaxError> {
    let source = Source {
        text: file.text(),
        origin: Origin::File(file),
    };
    source.expression(range, 0)
}

/// Parses a string's characters as an expression, such as a type in a JSON file. `at` is where
/// the string stands.
///
/// # Errors
/// As [`parse_expression`].
pub fn parse_expression_text(text: &Rendered, at: Span) -> Result<Expr, SyntaxError> {
    let source = Source {
        text: &text.text,
        origin: Origin::Text(text, at),
    };
    source.expression(0..text.text.len(), 0)
}

/// Parses a file that is a template as a whole, as `templatefile` reads it.
///
/// # Errors
/// At the first fault, and where it nests deeper than a fixed bound.
pub fn parse_template(file: &File) -> Result<Template, SyntaxError> {
    let source = Source {
        text: file.text(),
        origin: Origin::File(file),
    };
    source.template()
}

/// Parses a string's characters as a template, as `templatestring` does. `at` is where the
/// string is given; every part of the result stands where its characters were written.
///
/// # Errors
/// At the first fault, and where it nests deeper than a fixed bound.
pub fn parse_template_text(text: &Rendered, at: Span) -> Result<Template, SyntaxError> {
    let source = Source {
        text: &text.text,
        origin: Origin::Text(text, at),
    };
    source.template()
}

/// How deep a tree may become. Whatever walks it may recurse.
const MAX_DEPTH: usize = 256;

/// How deep blocks may nest. A body is scanned again for each level around it.
const MAX_BLOCKS: usize = 64;

fn error(message: impl Into<String>, span: Span) -> SyntaxError {
    SyntaxError {
        message: message.into(),
        span,
    }
}

fn block(file: &File, item: &BlockItem, depth: usize) -> Result<Block, SyntaxError> {
    if depth >= MAX_BLOCKS {
        let message = format!("blocks nest deeper than {MAX_BLOCKS} levels here");
        return Err(error(message, item.kind.span));
    }
    Ok(Block {
        kind: item.kind.clone(),
        labels: item.labels.clone(),
        body: body(file, scan::scan_body(file, item.inside.range()), depth)?,
        span: item.span,
    })
}

fn body(file: &File, index: Index, depth: usize) -> Result<Body, SyntaxError> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let mut names = HashSet::new();
    for attribute in &index.attributes {
        if !names.insert(&*attribute.name.text) {
            let message = format!("attribute `{}` is set twice", attribute.name.text);
            return Err(error(message, attribute.name.span));
        }
    }
    let attributes = index
        .attributes
        .iter()
        .map(|attribute| {
            Ok(Attribute {
                name: attribute.name.clone(),
                value: parse_expression(file, attribute.value.range())?,
            })
        })
        .collect::<Result<_, _>>()?;
    let blocks = index
        .blocks
        .iter()
        .map(|item| block(file, item, depth + 1))
        .collect::<Result<_, _>>()?;
    Ok(Body { attributes, blocks })
}

#[cfg(test)]
mod tests;
