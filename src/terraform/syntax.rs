//! One block's bytes to our syntax tree, with a span on every part: the only file that names the
//! HCL parser.
//!
//! The tree is shared by threads (a module is parsed once for all its callers) and by deferred
//! computations, so expressions are reference-counted.

use super::scan::{self, BlockItem, Fault, Index, Lexer, Until};
use crate::source::{File, Span};
use crate::value::{Literal, LiteralBuilder, Rendered};
use hcl_edit::expr as hcl;
use hcl_edit::template::{Directive, Element, Strip};
use hcl_edit::{Decorated, Ident, Span as _};
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

/// The text that is parsed and the places of its characters.
struct Source<'a> {
    text: &'a str,
    origin: Origin<'a>,
}

enum Origin<'a> {
    File(&'a File),
    /// A string, and where it is given.
    Text(&'a Rendered<'a>, Span),
}

impl Source<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        match self.origin {
            Origin::File(file) => file.span(range.start, range.end),
            Origin::Text(text, at) => {
                let literals = text.slice(range);
                let place = |literal: &Literal| literal.inner_span(0..literal.as_str().len());
                match (literals.first(), literals.last()) {
                    (Some(first), Some(last)) => place(first).to(place(last)),
                    _ => at,
                }
            }
        }
    }

    fn fault(&self, fault: Fault) -> SyntaxError {
        error(fault.message, self.span(fault.range))
    }

    fn template(&self) -> Result<Template, SyntaxError> {
        let whole = 0..self.text.len();
        let parsed = hcl_edit::parser::parse_template(self.text)
            .map_err(|failure| self.explain(&failure, whole))?;
        let tree = Tree {
            source: self,
            base: 0,
            objects: &[],
        };
        tree.template(&parsed, TemplateForm::Bare, 0)
    }

    /// Parses the expression in a range. The parser refuses an object that sets a key twice and
    /// takes quadratic time for large ones, so it is given an empty string in the place of each
    /// object, which is then parsed item by item.
    fn expression(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        let Some(text) = self.text.get(range.clone()) else {
            return Err(self.fault(Fault::new(scan::OUTSIDE, 0..0)));
        };
        let start = range.start + (text.len() - text.trim_ascii_start().len());
        let range = start..start + text.trim_ascii().len();
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(self.fault(Fault::new("expected an expression", range)));
        }
        let mut lexer = Lexer::new(self.text);
        let objects = lexer
            .objects(range.clone())
            .map_err(|fault| self.fault(fault))?;
        if objects.first() == Some(&range) {
            return self.object(range, depth);
        }
        let parsed = if objects.is_empty() && lexer.false_ends.is_empty() {
            hcl_edit::parser::parse_expr(text)
        } else {
            let mut masked = text.as_bytes().to_vec();
            for object in &objects {
                let from = object.start - range.start;
                masked[from..object.end - range.start].fill(b' ');
                masked[from..from + 2].fill(b'"');
            }
            // The parser ends a heredoc at a line that only starts with the marker.
            for &marker in &lexer.false_ends {
                let first = &mut masked[marker - range.start];
                if first.is_ascii() {
                    *first = if *first == b'x' { b'y' } else { b'x' };
                }
            }
            // An object at the end leaves blanks, which the parser would not pass over.
            match std::str::from_utf8(masked.trim_ascii_end()) {
                Ok(masked) => hcl_edit::parser::parse_expr(masked),
                Err(_) => hcl_edit::parser::parse_expr(text),
            }
        };
        let parsed = parsed.map_err(|failure| self.explain(&failure, range.clone()))?;
        let tree = Tree {
            source: self,
            base: range.start,
            objects: &objects,
        };
        tree.expression(&parsed, depth)
    }

    /// Parses the object in a range that starts and ends with its braces.
    fn object(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        self.check_depth(depth, &range)?;
        let fault = |fault| self.fault(fault);
        let mut lexer = Lexer::new(self.text);
        let end = range.end - 1;
        let mut at = range.start + 1;
        let mut items = Vec::new();
        loop {
            at = lexer.blank(at, end).map_err(fault)?;
            if at >= end {
                break;
            }
            let (key, sign) = lexer.expression(at, end, Until::Key).map_err(fault)?;
            if key.is_empty() {
                return Err(fault(lexer.unexpected(at, "expected a key")));
            }
            if sign >= end || !matches!(self.text.as_bytes()[sign], b'=' | b':') {
                return Err(fault(Fault::new("expected `=` or `:` after this key", key)));
            }
            let start = lexer.spaces(sign + 1, end).map_err(fault)?;
            let (value, after) = lexer.expression(start, end, Until::Item).map_err(fault)?;
            if value.is_empty() {
                let message = "expected a value on the line of this sign";
                return Err(fault(Fault::new(message, sign..sign + 1)));
            }
            let key = if lexer.word(key.start) == Some(key.end) {
                ObjectKey::Name(Name {
                    text: self.text[key.clone()].into(),
                    span: self.span(key),
                })
            } else {
                ObjectKey::Expression(self.nested(key, depth)?)
            };
            items.push(ObjectItem {
                key,
                value: self.nested(value, depth)?,
            });
            at = after + 1;
        }
        Ok(Arc::new(Expression {
            kind: ExprKind::Object(items),
            span: self.span(range),
        }))
    }

    fn nested(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        grow(|| self.expression(range, depth + 1))
    }

    fn check_depth(&self, depth: usize, range: &Range<usize>) -> Result<(), SyntaxError> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        let message = format!("expressions nest deeper than {MAX_DEPTH} levels here");
        Err(self.fault(Fault::new(message, range.start..range.start + 1)))
    }

    /// The parser's error in our words, at a place inside the range that it was given.
    fn explain(&self, failure: &hcl_edit::parser::Error, range: Range<usize>) -> SyntaxError {
        let mut at = range.start + failure.location().offset();
        at = at.min(range.end);
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let found = self.text[at..range.end].chars().next();
        let place = at..at + found.map_or(0, char::len_utf8);
        let message = failure.message();
        let word = || {
            let rest = &self.text[at..range.end];
            let stop = |letter: char| letter.is_whitespace() || matches!(letter, '=' | ':');
            &rest[..rest.find(stop).unwrap_or(rest.len())]
        };
        let message = if message.contains("nested levels") {
            "expressions nest deeper than 64 levels here".to_string()
        } else if message.contains("chained binary operators") {
            "an expression chains more than 128 operators here".to_string()
        } else if message.contains("redefined object key") {
            format!("object key `{}` is set twice", word())
        } else if message.contains("escape sequence") {
            NOT_AN_ESCAPE.to_string()
        } else if message.starts_with("invalid expression") {
            "expected an expression".to_string()
        } else if let Some(expected) = message
            .find("expected ")
            .filter(|_| !message.contains("unexpected") && message.len() < 120)
        {
            message[expected..].to_string()
        } else {
            match found {
                Some(_) if at == range.start => {
                    return error("expected an expression", self.span(range));
                }
                Some('\n' | '\r') => "the expression ends with its line here".to_string(),
                Some(found) => format!("`{found}` does not go on with the expression"),
                None => "the expression ends too early".to_string(),
            }
        };
        error(message, self.span(place))
    }
}

/// Runs `work` with room on the stack: expressions nest as the user likes.
fn grow<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 1024 * 1024, work)
}

/// How a template's literals are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TemplateForm {
    /// Between quotes, with escapes.
    Quoted,
    /// Whole lines, whose common indent is taken away.
    Indented,
    /// Whole lines as they are.
    Bare,
}

/// Turns the parser's tree into ours.
struct Tree<'a> {
    source: &'a Source<'a>,
    /// Where the text that was parsed starts in the source.
    base: usize,
    /// The objects in whose places the parser found empty strings.
    objects: &'a [Range<usize>],
}

impl Tree<'_> {
    fn range(&self, range: Option<Range<usize>>) -> Range<usize> {
        let range = range.unwrap_or(0..0);
        self.base + range.start..self.base + range.end
    }

    fn span(&self, of: &impl hcl_edit::Span) -> Span {
        self.source.span(self.range(of.span()))
    }

    fn name(&self, ident: &Decorated<Ident>) -> Name {
        Name {
            text: ident.as_str().into(),
            span: self.span(ident),
        }
    }

    fn expression(&self, expr: &hcl::Expression, depth: usize) -> Result<Expr, SyntaxError> {
        grow(|| self.convert(expr, depth))
    }

    fn convert(&self, expr: &hcl::Expression, depth: usize) -> Result<Expr, SyntaxError> {
        let range = self.range(expr.span());
        self.source.check_depth(depth, &range)?;
        let inner = |expr| self.expression(expr, depth + 1);
        let make = |kind, span| Ok(Arc::new(Expression { kind, span }));
        let span = || self.source.span(range.clone());
        match expr {
            hcl::Expression::Null(_) => make(ExprKind::Null, span()),
            hcl::Expression::Bool(value) => make(ExprKind::Bool(*value.value()), span()),
            hcl::Expression::Number(_) => self.number(range),
            hcl::Expression::String(_) => {
                if let Ok(object) = self
                    .objects
                    .binary_search_by_key(&range.start, |object| object.start)
                {
                    return self.source.object(self.objects[object].clone(), depth);
                }
                let mut parts = Literals::default();
                let inside = range.start + 1..range.end - 1;
                self.source
                    .read_literal(inside, TemplateForm::Quoted, &mut parts)?;
                let literal = self.source.literal(&parts.segments, range.clone());
                make(ExprKind::String(literal), span())
            }
            hcl::Expression::StringTemplate(template) => {
                let template = self.template(template, TemplateForm::Quoted, depth)?;
                make(ExprKind::Template(template), span())
            }
            hcl::Expression::HeredocTemplate(heredoc) => {
                let form = match self.source.text.as_bytes().get(range.start + 2) {
                    Some(b'-') => TemplateForm::Indented,
                    _ => TemplateForm::Bare,
                };
                if heredoc.template.iter().all(Element::is_literal) {
                    let parts = self.literals(&heredoc.template, form)?;
                    let literal = self.source.literal(&parts.segments, range.clone());
                    return make(ExprKind::String(literal), span());
                }
                let template = self.template(&heredoc.template, form, depth)?;
                make(ExprKind::Template(template), span())
            }
            hcl::Expression::Array(array) => {
                let items = array.iter().map(inner).collect::<Result<_, _>>()?;
                make(ExprKind::Tuple(items), span())
            }
            hcl::Expression::Object(object) => {
                let mut items = Vec::with_capacity(object.len());
                for (key, value) in object.iter() {
                    let key = match key {
                        hcl::ObjectKey::Ident(name) => ObjectKey::Name(self.name(name)),
                        hcl::ObjectKey::Expression(key) => ObjectKey::Expression(inner(key)?),
                    };
                    items.push(ObjectItem {
                        key,
                        value: inner(value.expr())?,
                    });
                }
                make(ExprKind::Object(items), span())
            }
            hcl::Expression::Parenthesis(parenthesis) => {
                make(ExprKind::Parentheses(inner(parenthesis.inner())?), span())
            }
            hcl::Expression::Variable(name) => {
                let name = Name {
                    text: name.as_str().into(),
                    span: span(),
                };
                make(ExprKind::Variable(name), span())
            }
            hcl::Expression::Conditional(conditional) => {
                let condition = inner(&conditional.cond_expr)?;
                let then = inner(&conditional.true_expr)?;
                let otherwise = inner(&conditional.false_expr)?;
                let span = condition.span.to(otherwise.span);
                make(
                    ExprKind::Conditional {
                        condition,
                        then,
                        otherwise,
                    },
                    span,
                )
            }
            hcl::Expression::FuncCall(call) => {
                let names = call.name.namespace.iter().chain([&call.name.name]);
                let text = names.clone().map(|name| name.as_str()).collect::<Vec<_>>();
                let first = call.name.namespace.first().unwrap_or(&call.name.name);
                let name = Name {
                    text: text.join("::").into(),
                    span: self.span(first).to(self.span(&call.name.name)),
                };
                let arguments = call.args.iter().map(inner).collect::<Result<_, _>>()?;
                let call = Call {
                    name,
                    arguments,
                    expand: call.args.expand_final(),
                };
                make(ExprKind::Call(call), span())
            }
            hcl::Expression::Traversal(traversal) => self.traversal(traversal, depth),
            hcl::Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    hcl::UnaryOperator::Neg => UnaryOperator::Negate,
                    hcl::UnaryOperator::Not => UnaryOperator::Not,
                };
                let operand = inner(&operation.expr)?;
                let span = self.span(&operation.operator).to(operand.span);
                make(ExprKind::Unary(operator, operand), span)
            }
            hcl::Expression::BinaryOp(operation) => {
                let left = inner(&operation.lhs_expr)?;
                let right = inner(&operation.rhs_expr)?;
                let span = left.span.to(right.span);
                let operator = binary_operator(*operation.operator.value());
                make(ExprKind::Binary(operator, left, right), span)
            }
            hcl::Expression::ForExpr(each) => {
                let each = For {
                    key_variable: each.intro.key_var.as_ref().map(|name| self.name(name)),
                    value_variable: self.name(&each.intro.value_var),
                    collection: inner(&each.intro.collection_expr)?,
                    key: each.key_expr.as_ref().map(inner).transpose()?,
                    value: inner(&each.value_expr)?,
                    group: each.grouping,
                    condition: each
                        .cond
                        .as_ref()
                        .map(|condition| inner(&condition.expr))
                        .transpose()?,
                };
                make(ExprKind::For(Box::new(each)), span())
            }
        }
    }

    /// A number as it is written; the parser reads a sign into it.
    fn number(&self, range: Range<usize>) -> Result<Expr, SyntaxError> {
        let source = self.source;
        let negative = source.text[range.clone()].starts_with('-');
        let start = match negative {
            true => Lexer::new(source.text)
                .spaces(range.start + 1, range.end)
                .map_err(|fault| source.fault(fault))?,
            false => range.start,
        };
        let number = Arc::new(Expression {
            kind: ExprKind::Number(source.text[start..range.end].into()),
            span: source.span(start..range.end),
        });
        if !negative {
            return Ok(number);
        }
        Ok(Arc::new(Expression {
            kind: ExprKind::Unary(UnaryOperator::Negate, number),
            span: source.span(range),
        }))
    }

    /// A full splat `[*]` takes all that follows it into each element, the legacy `.*` only the
    /// attributes and legacy indices right after it.
    fn traversal(&self, traversal: &hcl::Traversal, depth: usize) -> Result<Expr, SyntaxError> {
        let operators = &traversal.operators;
        let range = self.range(traversal.span());
        self.source.check_depth(depth + operators.len(), &range)?;
        let depth = depth + operators.len();
        let mut expr = self.expression(&traversal.expr, depth + 1)?;
        let mut splats: Vec<Splat> = Vec::new();
        for operator in operators {
            let span = self.span(operator);
            let legacy = splats.last().is_some_and(|splat| !splat.full);
            match operator.value() {
                hcl::TraversalOperator::GetAttr(name) => {
                    let name = self.name(name);
                    let whole = expr.span.to(name.span);
                    expr = Arc::new(Expression {
                        kind: ExprKind::Attribute(expr, name),
                        span: whole,
                    });
                }
                hcl::TraversalOperator::LegacyIndex(index) => {
                    let place = self.range(index.span());
                    let key = Arc::new(Expression {
                        kind: ExprKind::Number(self.source.text[place.clone()].into()),
                        span: self.source.span(place),
                    });
                    let whole = expr.span.to(span);
                    expr = Arc::new(Expression {
                        kind: ExprKind::Index(expr, key),
                        span: whole,
                    });
                }
                hcl::TraversalOperator::Index(key) => {
                    if legacy {
                        expr = close(&mut splats, expr);
                    }
                    let key = self.expression(key, depth + 1)?;
                    let whole = expr.span.to(span);
                    expr = Arc::new(Expression {
                        kind: ExprKind::Index(expr, key),
                        span: whole,
                    });
                }
                hcl::TraversalOperator::FullSplat(_) => {
                    if legacy {
                        expr = close(&mut splats, expr);
                    }
                    expr = open(&mut splats, expr, true, span);
                }
                hcl::TraversalOperator::AttrSplat(_) => {
                    if legacy {
                        let message = "a splat cannot follow a splat that is written `.*`";
                        return Err(error(message, span));
                    }
                    expr = open(&mut splats, expr, false, span);
                }
            }
        }
        while !splats.is_empty() {
            expr = close(&mut splats, expr);
        }
        Ok(expr)
    }

    /// The literals of a template and all templates inside it, with strip markers and indent
    /// applied.
    fn literals(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
    ) -> Result<Literals, SyntaxError> {
        let mut literals = Literals::default();
        self.flatten(template, form, &mut literals)?;
        literals.strip(self.source.text);
        if form == TemplateForm::Indented {
            literals.dedent(self.source.text);
        }
        Ok(literals)
    }

    fn flatten(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
        out: &mut Literals,
    ) -> Result<(), SyntaxError> {
        for element in template.iter() {
            match element {
                Element::Literal(_) => {
                    self.source
                        .read_literal(self.range(element.span()), form, out)?;
                }
                Element::Interpolation(interpolation) => out.control(interpolation.strip),
                Element::Directive(directive) => match &**directive {
                    Directive::If(directive) => {
                        out.control(directive.if_expr.strip);
                        self.flatten(&directive.if_expr.template, form, out)?;
                        if let Some(otherwise) = &directive.else_expr {
                            out.control(otherwise.strip);
                            self.flatten(&otherwise.template, form, out)?;
                        }
                        out.control(directive.endif_expr.strip);
                    }
                    Directive::For(directive) => {
                        out.control(directive.for_expr.strip);
                        self.flatten(&directive.for_expr.template, form, out)?;
                        out.control(directive.endfor_expr.strip);
                    }
                },
            }
        }
        Ok(())
    }

    fn template(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
        depth: usize,
    ) -> Result<Template, SyntaxError> {
        let literals = self.literals(template, form)?;
        let mut tokens = &literals.tokens[..];
        self.build(template, &literals, &mut tokens, depth)
    }

    /// Builds a template from its elements and the tokens that [`Tree::flatten`] made of them, in
    /// the same order.
    fn build(
        &self,
        template: &hcl_edit::template::Template,
        literals: &Literals,
        tokens: &mut &[Token],
        depth: usize,
    ) -> Result<Template, SyntaxError> {
        let mut parts = Vec::with_capacity(template.len());
        for element in template.iter() {
            match element {
                Element::Literal(_) => {
                    let count = tokens
                        .iter()
                        .take_while(|token| matches!(token, Token::Literal(_)))
                        .count();
                    let (taken, rest) = tokens.split_at(count);
                    *tokens = rest;
                    if let (Some(Token::Literal(first)), Some(Token::Literal(last))) =
                        (taken.first(), taken.last())
                    {
                        self.source
                            .push_literals(&literals.segments[first.start..last.end], &mut parts);
                    }
                }
                Element::Interpolation(interpolation) => {
                    skip_control(tokens);
                    let expr = self.expression(&interpolation.expr, depth + 1)?;
                    parts.push(TemplatePart::Interpolation(expr));
                }
                Element::Directive(directive) => {
                    let span = self.source.span(self.range(element.span()));
                    skip_control(tokens);
                    parts.push(match &**directive {
                        Directive::If(directive) => {
                            let condition =
                                self.expression(&directive.if_expr.cond_expr, depth + 1)?;
                            let then = &directive.if_expr.template;
                            let then = self.build(then, literals, tokens, depth + 1)?;
                            let otherwise = match &directive.else_expr {
                                Some(otherwise) => {
                                    skip_control(tokens);
                                    let otherwise = &otherwise.template;
                                    self.build(otherwise, literals, tokens, depth + 1)?
                                }
                                None => Template { parts: Vec::new() },
                            };
                            TemplatePart::If {
                                condition,
                                then,
                                otherwise,
                                span,
                            }
                        }
                        Directive::For(directive) => {
                            let each = &directive.for_expr;
                            TemplatePart::For {
                                key_variable: each.key_var.as_ref().map(|name| self.name(name)),
                                value_variable: self.name(&each.value_var),
                                collection: self.expression(&each.collection_expr, depth + 1)?,
                                body: self.build(&each.template, literals, tokens, depth + 1)?,
                                span,
                            }
                        }
                    });
                    skip_control(tokens);
                }
            }
        }
        Ok(Template { parts })
    }
}

/// A splat whose `each` is still being built.
struct Splat {
    of: Expr,
    full: bool,
}

fn open(splats: &mut Vec<Splat>, of: Expr, full: bool, operator: Span) -> Expr {
    let span = of.span.to(operator);
    splats.push(Splat { of, full });
    Arc::new(Expression {
        kind: ExprKind::SplatElement,
        span,
    })
}

fn close(splats: &mut Vec<Splat>, each: Expr) -> Expr {
    match splats.pop() {
        Some(Splat { of, full }) => Arc::new(Expression {
            span: each.span,
            kind: ExprKind::Splat { of, each, full },
        }),
        None => each,
    }
}

fn binary_operator(operator: hcl::BinaryOperator) -> BinaryOperator {
    match operator {
        hcl::BinaryOperator::Eq => BinaryOperator::Equal,
        hcl::BinaryOperator::NotEq => BinaryOperator::NotEqual,
        hcl::BinaryOperator::LessEq => BinaryOperator::LessOrEqual,
        hcl::BinaryOperator::GreaterEq => BinaryOperator::GreaterOrEqual,
        hcl::BinaryOperator::Less => BinaryOperator::Less,
        hcl::BinaryOperator::Greater => BinaryOperator::Greater,
        hcl::BinaryOperator::Plus => BinaryOperator::Add,
        hcl::BinaryOperator::Minus => BinaryOperator::Subtract,
        hcl::BinaryOperator::Mul => BinaryOperator::Multiply,
        hcl::BinaryOperator::Div => BinaryOperator::Divide,
        hcl::BinaryOperator::Mod => BinaryOperator::Modulo,
        hcl::BinaryOperator::And => BinaryOperator::And,
        hcl::BinaryOperator::Or => BinaryOperator::Or,
    }
}

fn skip_control(tokens: &mut &[Token]) {
    if let [Token::Control { .. }, rest @ ..] = *tokens {
        *tokens = rest;
    }
}

/// A run of a literal's characters.
#[derive(Clone, Debug)]
struct Segment {
    /// Where it stands in the source.
    range: Range<usize>,
    written: Written,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Written {
    AsIs,
    /// As an escape that stands for one character.
    Escape(char),
    /// `$${` or `%%{`: without the first sign.
    Doubled,
}

#[derive(Debug)]
enum Token {
    /// A range of segments. Terraform strips blanks from one token only, so its borders matter:
    /// it is a line, and in quotes a run without a sign that could start a template.
    Literal(Range<usize>),
    /// Interpolation or directive, with its strip markers.
    Control { before: bool, after: bool },
}

/// A template as Terraform's parser sees it when it strips blanks and indent: flat.
#[derive(Default)]
struct Literals {
    segments: Vec<Segment>,
    tokens: Vec<Token>,
}

impl Literals {
    fn control(&mut self, strip: Strip) {
        self.tokens.push(Token::Control {
            before: strip.strip_start(),
            after: strip.strip_end(),
        });
    }

    /// Ends a token at the segments so far.
    fn end_token(&mut self, from: usize) -> usize {
        let to = self.segments.len();
        if from < to {
            self.tokens.push(Token::Literal(from..to));
        }
        to
    }

    fn push(&mut self, range: Range<usize>, written: Written) {
        if !range.is_empty() {
            self.segments.push(Segment { range, written });
        }
    }

    fn strip(&mut self, text: &str) {
        for at in 0..self.tokens.len() {
            let Token::Control { before, after } = self.tokens[at] else {
                continue;
            };
            if before
                && let Some(Token::Literal(segments)) =
                    at.checked_sub(1).map(|previous| &self.tokens[previous])
            {
                for segment in self.segments[segments.clone()].iter_mut().rev() {
                    if !segment.trim(text, str::trim_end) {
                        break;
                    }
                }
            }
            if after && let Some(Token::Literal(segments)) = self.tokens.get(at + 1) {
                for segment in &mut self.segments[segments.clone()] {
                    if !segment.trim(text, str::trim_start) {
                        break;
                    }
                }
            }
        }
    }

    /// Takes the common indent away as HCL's `flushHeredocTemplateParts` does: lines of blanks
    /// only neither count nor change, a line that starts with a template counts as not indented.
    fn dedent(&mut self, text: &str) {
        let mut indent = usize::MAX;
        let mut indented = Vec::new();
        let mut line_start = true;
        for token in &self.tokens {
            let Token::Literal(segments) = token else {
                if line_start {
                    indent = 0;
                }
                line_start = false;
                continue;
            };
            let segments = segments.clone();
            let content = |at: usize| {
                let segment = &self.segments[at];
                match segment.written {
                    Written::AsIs => &text[segment.range.clone()],
                    Written::Escape(_) | Written::Doubled => "$",
                }
            };
            let whole_line = content(segments.end - 1).ends_with('\n');
            if line_start {
                let blank = segments
                    .clone()
                    .all(|at| content(at).trim_start().is_empty());
                if !(blank && whole_line) {
                    let first = content(segments.start);
                    let width = first.chars().take_while(|letter| letter.is_whitespace());
                    indent = indent.min(width.count());
                    indented.push(segments.start);
                }
            }
            line_start = whole_line;
        }
        for at in indented {
            let segment = &mut self.segments[at];
            if segment.written == Written::AsIs {
                let width: usize = text[segment.range.clone()]
                    .chars()
                    .take(indent)
                    .map(char::len_utf8)
                    .sum();
                segment.range.start += width;
            }
        }
    }
}

impl Segment {
    /// Trims blanks off one side, and tells whether nothing is left.
    fn trim(&mut self, text: &str, trim: impl Fn(&str) -> &str) -> bool {
        match self.written {
            Written::AsIs => {
                let whole = &text[self.range.clone()];
                let left = trim(whole);
                let start = self.range.start + (left.as_ptr() as usize - whole.as_ptr() as usize);
                self.range = start..start + left.len();
            }
            Written::Escape(letter) if letter.is_whitespace() => {
                self.range.end = self.range.start;
            }
            Written::Escape(_) | Written::Doubled => {}
        }
        self.range.is_empty()
    }
}

/// What the escapes in quotes are.
pub(super) const NOT_AN_ESCAPE: &str =
    r#"expected one of the escapes `\n`, `\r`, `\t`, `\"`, `\\`, `\uNNNN` and `\UNNNNNNNN`"#;

/// The character that the escape at the start of `text` stands for, and the escape's length.
pub(super) fn escape(text: &str) -> Option<(char, usize)> {
    let hexadecimal = |length: usize| {
        let digits = text.get(2..2 + length)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        Some((character, 2 + length))
    };
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'u' => hexadecimal(4),
        b'U' => hexadecimal(8),
        _ => None,
    }
}

impl Source<'_> {
    /// Reads a literal's source into segments and tokens.
    fn read_literal(
        &self,
        range: Range<usize>,
        form: TemplateForm,
        out: &mut Literals,
    ) -> Result<(), SyntaxError> {
        let Some(text) = self.text.get(range.clone()) else {
            return Err(self.fault(Fault::new(scan::OUTSIDE, 0..0)));
        };
        let quoted = form == TemplateForm::Quoted;
        let bytes = text.as_bytes();
        let mut token = out.segments.len();
        let mut from = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let run = range.start + from..range.start + at;
            let here = range.start + at;
            match byte {
                b'\n' | b'\r' if quoted => {
                    let message = "a quoted string must end on its line";
                    return Err(self.fault(Fault::new(message, here..here + 1)));
                }
                0 if quoted => {
                    let message = "a quoted string cannot hold the character U+0000";
                    return Err(self.fault(Fault::new(message, here..here + 1)));
                }
                b'\n' => {
                    at += 1;
                    out.push(run.start..run.end + 1, Written::AsIs);
                    token = out.end_token(token);
                    from = at;
                }
                b'\\' if quoted => {
                    let Some((letter, length)) = escape(&text[at..]) else {
                        return Err(self.fault(Fault::new(NOT_AN_ESCAPE, here..here + 1)));
                    };
                    out.push(run, Written::AsIs);
                    out.push(here..here + length, Written::Escape(letter));
                    at += length;
                    from = at;
                }
                b'$' | b'%' => {
                    let doubled =
                        bytes.get(at + 1) == Some(&byte) && bytes.get(at + 2) == Some(&b'{');
                    if !doubled && !quoted {
                        at += 1;
                        continue;
                    }
                    out.push(run, Written::AsIs);
                    let length = if doubled { 3 } else { 1 };
                    let written = if doubled {
                        Written::Doubled
                    } else {
                        Written::AsIs
                    };
                    if quoted {
                        token = out.end_token(token);
                    }
                    out.push(here..here + length, written);
                    if quoted {
                        token = out.end_token(token);
                    }
                    at += length;
                    from = at;
                }
                _ => at += 1,
            }
        }
        out.push(range.start + from..range.end, Written::AsIs);
        out.end_token(token);
        Ok(())
    }

    /// One literal of a string's segments; `whole` is the string with its quotes or markers.
    fn literal(&self, segments: &[Segment], whole: Range<usize>) -> Literal {
        let mut builder = LiteralBuilder::new(self.span(whole));
        for segment in segments {
            self.append(segment, &mut builder);
        }
        builder.finish()
    }

    fn append(&self, segment: &Segment, builder: &mut LiteralBuilder) {
        let range = segment.range.clone();
        if range.is_empty() {
            return;
        }
        let mut letter_bytes = [0; 4];
        let text = match segment.written {
            Written::AsIs => &self.text[range.clone()],
            Written::Escape(letter) => letter.encode_utf8(&mut letter_bytes),
            Written::Doubled => &self.text[range.start + 1..range.end],
        };
        match (&self.origin, segment.written) {
            (Origin::File(_), Written::AsIs) => builder.verbatim(text, range.start),
            (Origin::File(_), _) => builder.replaced(text, range.start, range.len()),
            (Origin::Text(rendered, _), Written::AsIs) => {
                for literal in rendered.slice(range) {
                    for (at, letter) in literal.as_str().char_indices() {
                        let length = letter.len_utf8();
                        let span = literal.inner_span(at..at + length).range();
                        let letter = &literal.as_str()[at..at + length];
                        if span.len() == length {
                            builder.verbatim(letter, span.start);
                        } else {
                            builder.replaced(letter, span.start, span.len());
                        }
                    }
                }
            }
            (Origin::Text(..), _) => {
                let span = self.span(range).range();
                builder.replaced(text, span.start, span.len());
            }
        }
    }

    /// The literal parts of a template that a run of segments makes.
    fn push_literals(&self, segments: &[Segment], parts: &mut Vec<TemplatePart>) {
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
            return;
        };
        match self.origin {
            Origin::File(_) => {
                let literal = self.literal(segments, first.range.start..last.range.end);
                if !literal.is_empty() {
                    parts.push(TemplatePart::Literal(literal));
                }
            }
            // A slice of the string keeps its place whatever files its characters came from.
            Origin::Text(text, _) => {
                for segment in segments {
                    let range = segment.range.clone();
                    let range = match segment.written {
                        Written::AsIs => range,
                        Written::Doubled => range.start + 1..range.end,
                        Written::Escape(_) if range.is_empty() => continue,
                        Written::Escape(_) => {
                            let literal = self.literal(std::slice::from_ref(segment), range);
                            parts.push(TemplatePart::Literal(literal));
                            continue;
                        }
                    };
                    let literals = text.slice(range);
                    parts.extend(literals.into_iter().map(TemplatePart::Literal));
                }
            }
        }
    }
}
