//! Expressions and templates to our syntax tree, with a span on every part: no other part of the front
//! end names the HCL parser.
//!
//! - `source`: a range of text to an expression or a template, with what the parser cannot do itself.
//! - `plain`: the expressions that need no parser.
//! - `tree`: the parser's tree as ours.
//! - `literals`: the characters that a template's literals stand for, each with its place.
//!
//! The tree is shared by threads (an expression is parsed once for all callers of its module) and by deferred
//! computations, so expressions are reference-counted.

mod literals;
mod plain;
mod source;
mod tree;

use crate::source::{File, Span};
use crate::value::{Literal, Rendered, Unknown};
pub(super) use literals::{NOT_AN_ESCAPE, escape};
use source::{Origin, Source};
use std::ops::Range;
use std::sync::Arc;

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
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

impl BinaryOperator {
    /// `==` and `!=`, which take values of any types.
    pub fn is_equality(self) -> bool {
        matches!(self, BinaryOperator::Equal | BinaryOperator::NotEqual)
    }
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
    /// Terraform reads it: a bound of ecslint was reached.
    pub is_limit: bool,
}

impl SyntaxError {
    pub fn new(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError {
            message: message.into(),
            span,
            is_limit: false,
        }
    }

    pub fn limit(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError {
            is_limit: true,
            ..SyntaxError::new(message, span)
        }
    }

    /// What it makes of a value. `reason` is in the place of the message.
    pub fn unknown(&self, reason: String) -> Unknown {
        match self.is_limit {
            true => Unknown::limit(reason, self.span),
            false => Unknown::invalid(reason, self.span),
        }
    }
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

/// Commas of one expression outside of its objects: each element of a list takes half a kilobyte.
const MAX_COMMAS: usize = 200_000;

#[cfg(test)]
mod tests;
