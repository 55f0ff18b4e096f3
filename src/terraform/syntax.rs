//! One block's bytes to our syntax tree, with a span on every part: the only file that names the
//! HCL parser.
//!
//! The tree is shared by threads (a module is parsed once for all its callers) and by deferred
//! computations, so expressions are reference-counted.

use crate::source::Span;
use crate::value::Literal;
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
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name.text == name)
    }

    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks
            .iter()
            .filter(move |block| &*block.kind.text == kind)
    }
}

pub type Expr = Arc<Expression>;

#[derive(Debug)]
pub struct Expression {
    pub kind: ExprKind,
    pub span: Span,
}

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

#[derive(Debug)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expr,
}

#[derive(Debug)]
pub enum ObjectKey {
    /// A bare word, which stands for itself.
    Name(Name),
    Expression(Expr),
}

#[derive(Debug)]
pub struct Call {
    /// With its namespace: `provider::aws::arn_parse`, `core::upper`.
    pub name: Name,
    pub arguments: Vec<Expr>,
    /// The last argument is followed by `...`.
    pub expand: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOperator {
    Not,
    Negate,
}

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
