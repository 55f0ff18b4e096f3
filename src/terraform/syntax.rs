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
use std::borrow::Cow;
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
        let text = without_lines(Cow::Borrowed(self.text), true);
        let parsed = hcl_edit::parser::parse_template(&text)
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
        let mut given = Cow::Borrowed(text);
        if !objects.is_empty() || !lexer.false_ends.is_empty() {
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
            masked.truncate(masked.trim_ascii_end().len());
            if let Ok(masked) = String::from_utf8(masked) {
                given = Cow::Owned(masked);
            }
        }
        let parsed = hcl_edit::parser::parse_expr(&without_lines(given, false))
            .map_err(|failure| self.explain(&failure, range.clone()))?;
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
            if key.is_empty() || self.text.as_bytes()[at] == b',' {
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
        } else if message.contains("escape sequence") || message.contains("hex code") {
            let place = match self.text[range.start..at].rfind('\\') {
                Some(before) => range.start + before..range.start + before + 1,
                None => place,
            };
            return self.fault(Fault::new(NOT_AN_ESCAPE, place));
        } else if message.starts_with("invalid expression") {
            "expected an expression".to_string()
        } else if let Some(expected) = message
            .find("expected ")
            .filter(|_| !message.contains("unexpected") && message.len() < 120)
        {
            message[expected..].to_string()
        } else {
            return self.unexpected(at, range);
        };
        error(message, self.span(place))
    }

    /// Says what stands where the parser could not go on; it gives no place inside a term.
    fn unexpected(&self, at: usize, range: Range<usize>) -> SyntaxError {
        if at == range.start {
            return error("expected an expression", self.span(range));
        }
        let rest = self.text[at..range.end].trim_start_matches([' ', '\t']);
        let at = range.end - rest.len();
        let operator = |sign| {
            matches!(
                sign,
                '+' | '-' | '*' | '/' | '%' | '<' | '>' | '!' | '=' | '&' | '|' | '?'
            )
        };
        let (message, length) = match rest.chars().next() {
            Some(_) if rest.chars().all(operator) => {
                (format!("expected an expression after `{rest}`"), rest.len())
            }
            None => ("the expression ends too early".to_string(), 0),
            Some('\n' | '\r') => ("the expression ends with its line here".to_string(), 1),
            Some(found) => (
                format!("`{found}` does not go on with the expression"),
                found.len_utf8(),
            ),
        };
        error(message, self.span(at..at + length))
    }
}

/// Blanks for the comments and new lines that HCL passes over: the parser does not pass over all
/// of them, in a `for` between braces and in the code of templates.
fn without_lines(text: Cow<'_, str>, template: bool) -> Cow<'_, str> {
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return text;
    }
    // What the lexer refuses, the parser refuses with better words.
    let passed = match Lexer::new(&text).passed_over(template) {
        Ok(passed) if !passed.is_empty() => passed,
        _ => return text,
    };
    let mut bytes = text.into_owned().into_bytes();
    for range in passed {
        bytes[range].fill(b' ');
    }
    let text = String::from_utf8(bytes).expect("whole characters were overwritten");
    Cow::Owned(text)
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
                .blank(range.start + 1, range.end)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use crate::value::{Piece, Text};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use std::path::Path;

    fn file(bytes: impl Into<Vec<u8>>) -> Arc<File> {
        let map = SourceMap::new(Memory::new([("/main.tf", bytes)]), "/");
        map.open(Path::new("/main.tf")).expect("in memory")
    }

    /// An expression as text: operators in prefix form, strings with what their characters are.
    fn show(expr: &Expr) -> String {
        let name = |name: &Option<Name>| match name {
            Some(name) => format!("{},", name.text),
            None => String::new(),
        };
        match &expr.kind {
            ExprKind::Null => "null".into(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Number(digits) => digits.to_string(),
            ExprKind::String(literal) => format!("{:?}", literal.as_str()),
            ExprKind::Template(template) => format!("`{}`", show_template(template)),
            ExprKind::Tuple(items) => format!("[{}]", show_all(items)),
            ExprKind::Object(items) => {
                let items = items.iter().map(|item| match &item.key {
                    ObjectKey::Name(name) => format!("{}={}", name.text, show(&item.value)),
                    ObjectKey::Expression(key) => format!("({})={}", show(key), show(&item.value)),
                });
                format!("{{{}}}", items.collect::<Vec<_>>().join(" "))
            }
            ExprKind::Variable(name) => name.text.to_string(),
            ExprKind::Attribute(of, name) => format!("{}.{}", show(of), name.text),
            ExprKind::Index(of, key) => format!("{}[{}]", show(of), show(key)),
            ExprKind::Splat { of, each, full } => {
                let kind = if *full { "full" } else { "legacy" };
                format!("{kind}({} {})", show(of), show(each))
            }
            ExprKind::SplatElement => "_".into(),
            ExprKind::Call(call) => {
                let expand = if call.expand { "..." } else { "" };
                format!("{}({}{expand})", call.name.text, show_all(&call.arguments))
            }
            ExprKind::Parentheses(inner) => format!("({})", show(inner)),
            ExprKind::Unary(operator, of) => format!("{operator:?}({})", show(of)),
            ExprKind::Binary(operator, left, right) => {
                format!("{operator:?}({} {})", show(left), show(right))
            }
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            } => format!("if({} {} {})", show(condition), show(then), show(otherwise)),
            ExprKind::For(each) => format!(
                "for({}{} {} {}{}{}{})",
                name(&each.key_variable),
                each.value_variable.text,
                show(&each.collection),
                each.key
                    .as_ref()
                    .map_or(String::new(), |key| format!("{} ", show(key))),
                show(&each.value),
                if each.group { "..." } else { "" },
                each.condition
                    .as_ref()
                    .map_or(String::new(), |key| format!(" if {}", show(key))),
            ),
        }
    }

    fn show_all(all: &[Expr]) -> String {
        all.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn show_template(template: &Template) -> String {
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Literal(literal) => literal.as_str().to_string(),
            TemplatePart::Interpolation(expr) => format!("<{}>", show(expr)),
            TemplatePart::If {
                condition,
                then,
                otherwise,
                ..
            } => format!(
                "<if {}|{}|{}>",
                show(condition),
                show_template(then),
                show_template(otherwise)
            ),
            TemplatePart::For {
                value_variable,
                collection,
                body,
                ..
            } => format!(
                "<for {} {}|{}>",
                value_variable.text,
                show(collection),
                show_template(body)
            ),
        });
        parts.collect()
    }

    /// Every span of an expression with its kind, checked against the text below it.
    fn check(file: &File, expr: &Expr) {
        let text = file.slice(expr.span);
        assert!(!text.is_empty(), "{expr:?}");
        assert_eq!(text.trim(), text, "{expr:?}");
        let inner = |inner: &Expr| {
            assert!(expr.span.contains(inner.span), "{inner:?} in `{text}`");
            check(file, inner);
        };
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) => assert_eq!(text, show(expr)),
            ExprKind::Number(digits) => assert_eq!(text, &**digits),
            ExprKind::String(literal) => {
                assert_eq!(literal.span(), expr.span);
                assert!(text.starts_with('"') && text.ends_with('"') || text.starts_with("<<"));
                check_literal(file, literal);
            }
            ExprKind::Template(template) => check_template(file, template),
            ExprKind::Tuple(items) => items.iter().for_each(inner),
            ExprKind::Object(items) => {
                assert!(text.starts_with('{') && text.ends_with('}'));
                for item in items {
                    match &item.key {
                        ObjectKey::Name(name) => assert_eq!(file.slice(name.span), &*name.text),
                        ObjectKey::Expression(key) => inner(key),
                    }
                    inner(&item.value);
                }
            }
            ExprKind::Variable(name) => assert_eq!((text, name.span), (&*name.text, expr.span)),
            ExprKind::Attribute(of, name) => {
                assert_eq!(file.slice(name.span), &*name.text);
                inner(of);
            }
            ExprKind::Index(of, key) => {
                inner(of);
                inner(key);
            }
            ExprKind::Splat { of, each, .. } => {
                inner(of);
                inner(each);
            }
            ExprKind::SplatElement => assert!(text.ends_with('*') || text.ends_with(']')),
            ExprKind::Call(call) => {
                assert!(text.starts_with(file.slice(call.name.span)) && text.ends_with(')'));
                call.arguments.iter().for_each(inner);
            }
            ExprKind::Parentheses(of) => {
                assert!(text.starts_with('(') && text.ends_with(')'));
                inner(of);
            }
            ExprKind::Unary(_, of) => inner(of),
            ExprKind::Binary(_, left, right) => {
                inner(left);
                inner(right);
            }
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise].into_iter().for_each(inner),
            ExprKind::For(each) => {
                let names = each.key_variable.iter().chain([&each.value_variable]);
                names.for_each(|name| assert_eq!(file.slice(name.span), &*name.text));
                let parts = [&each.collection, &each.value].into_iter();
                parts
                    .chain(&each.key)
                    .chain(&each.condition)
                    .for_each(inner);
            }
        }
    }

    /// Every character that was not written as an escape stands where its literal says.
    fn check_literal(file: &File, literal: &Literal) {
        for (at, letter) in literal.as_str().char_indices() {
            let span = literal.inner_span(at..at + letter.len_utf8());
            let text = file.slice(span);
            assert!(
                text.starts_with(letter) && text.len() == letter.len_utf8()
                    || text.starts_with('\\')
                    || text == "$${"
                    || text == "%%{",
                "{letter:?} at {text:?}"
            );
        }
    }

    fn check_template(file: &File, template: &Template) {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(literal) => check_literal(file, literal),
                TemplatePart::Interpolation(expr) => check(file, expr),
                TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                    span,
                } => {
                    assert!(file.slice(*span).starts_with("%{"));
                    assert!(file.slice(*span).ends_with('}'));
                    check(file, condition);
                    check_template(file, then);
                    check_template(file, otherwise);
                }
                TemplatePart::For {
                    collection,
                    body,
                    span,
                    value_variable,
                    ..
                } => {
                    assert!(file.slice(*span).starts_with("%{"));
                    assert_eq!(file.slice(value_variable.span), &*value_variable.text);
                    check(file, collection);
                    check_template(file, body);
                }
            }
        }
    }

    #[track_caller]
    fn parsed(text: &str) -> String {
        let text = format!("\u{feff}é = \n{text}\n");
        let file = file(text.clone());
        let expr = parse_expression(&file, 8..text.len()).expect(&text);
        check(&file, &expr);
        show(&expr)
    }

    #[track_caller]
    fn refused(text: &str) -> (String, String) {
        let file = file(text);
        let error = parse_expression(&file, 0..text.len()).expect_err(text);
        (error.message, file.slice(error.span).to_string())
    }

    #[test]
    fn literals() {
        assert_eq!(parsed("null"), "null");
        assert_eq!(parsed("true"), "true");
        assert_eq!(parsed("1.50e+10"), "1.50e+10");
        assert_eq!(
            parsed("123456789012345678901234567890.5"),
            "123456789012345678901234567890.5"
        );
        assert_eq!(parsed("- /* 3 */ 2"), "Negate(2)");
        assert_eq!(parsed("-a"), "Negate(a)");
        assert_eq!(parsed("[ 1, [],\n]"), "[1 []]");
        assert_eq!(
            parsed(r#""a\n\t\r\"\\\u00e9\U0001F600 $ %x $${y} %%{z} é""#),
            r#""a\n\t\r\"\\é😀 $ %x ${y} %{z} é""#
        );
    }

    #[test]
    fn objects() {
        assert_eq!(parsed("{}"), "{}");
        assert_eq!(
            parsed("{ a = 1, \"b\" : 2\n (c) = 3 # d\n\n e-f = {g=\"}\"}, for_ = [{}]\n}"),
            "{a=1 (\"b\")=2 ((c))=3 e-f={g=\"}\"} for_=[{}]}"
        );
        assert_eq!(
            parsed("{a.b = 1, null = 2, true : 3}"),
            "{(a.b)=1 null=2 true=3}"
        );
        assert_eq!(
            parsed("{a == b ? 1 : 2 = 3, c ? d : e : f, g::h() : i}"),
            "{(if(Equal(a b) 1 2))=3 (if(c d e))=f (g::h())=i}"
        );
        assert_eq!(parsed("{ x: <<A\n}\nA\n y = 1 }"), "{x=\"}\\n\" y=1}");
        assert_eq!(parsed("f({ # {\n}, \"{}\")[0].b"), "f({} \"{}\")[0].b");
        assert_eq!(parsed("{a=1}.a + {}.b"), "Add({a=1}.a {}.b)");
        assert_eq!(parsed("c ? {\n a = 1\n} : {}"), "if(c {a=1} {})");
    }

    #[test]
    fn lines_do_not_end_an_expression_in_brackets() {
        // What Terraform reads of each is tried with `terraform console`.
        assert_eq!(parsed("{ for k in c :\nk\n=>\nv\n}"), "for(k c k v)");
        assert_eq!(parsed("{ for i, k in c : k => v # =>\n}"), "for(i,k c k v)");
        assert_eq!(
            parsed("{ for k in c : k => a ? b :\n c ?\r\n d\n : -\n 1 if\n!\ne\n}"),
            "for(k c k if(a b if(c d Negate(1))) if Not(e))"
        );
        assert_eq!(
            parsed("{ for k in c : k => a + # é }\n /* \n */ b ||\n f(\n[\nk\n,\n]\n) }"),
            "for(k c k Or(Add(a b) f([k])))"
        );
        // The items of an object end with their lines there too.
        assert_eq!(
            parsed("{ for k in c : k => {\n a = 1\n b = d ? 1 : 2 # 3\n}... }"),
            "for(k c k {a=1 b=if(d 1 2)}...)"
        );
        assert_eq!(
            parsed("{ for k in c : k => <<A\n#\nA\n}"),
            "for(k c k \"#\\n\")"
        );
        assert_eq!(parsed("(\n!\n-\na\n)"), "(Not(Negate(a)))");
        assert_eq!(
            parsed("\"#${{ for k in c : k => a ?\n\"#\" : \"\" }}\""),
            "`#<for(k c k if(a \"#\" \"\"))>`"
        );
        assert_eq!(
            parsed("<<A\n# ${a\n? b\n: {\nc = 1 # }\n d = 2\n}}%{ if a ||\nb }#%{ endif }\nA\n"),
            "`# <if(a b {c=1 d=2})><if Or(a b)|#|>\n`"
        );
        assert_eq!(
            refused("{ a = b ?\n1 : 2 }").0,
            "expected an expression after `?`"
        );
    }

    #[test]
    fn a_key_may_be_set_twice_in_an_object() {
        // `terraform console`: `{a = 1, a = 2}` is `{ "a" = 2 }`.
        assert_eq!(
            parsed("{a = 1, a = 2, b = {c = 1, c = 1}}"),
            "{a=1 a=2 b={c=1 c=1}}"
        );
    }

    #[test]
    fn operators_bind_as_in_terraform() {
        assert_eq!(
            parsed("a || b && c == d + e * -f"),
            "Or(a And(b Equal(c Add(d Multiply(e Negate(f))))))"
        );
        assert_eq!(parsed("1 - 2 - 3"), "Subtract(Subtract(1 2) 3)");
        assert_eq!(parsed("!a.b == c"), "Equal(Not(a.b) c)");
        assert_eq!(parsed("a ? b : c ? d : e"), "if(a b if(c d e))");
        assert_eq!(parsed("(\n1\n+ 2 /* c */\n)"), "(Add(1 2))");
        assert_eq!(
            parsed("a>=b!=(c<d)"),
            "NotEqual(GreaterOrEqual(a b) (Less(c d)))"
        );
        assert_eq!(parsed("5%3/2"), "Divide(Modulo(5 3) 2)");
    }

    #[test]
    fn traversals_and_splats() {
        assert_eq!(parsed("a.b[0].c[\"d\"][e]"), "a.b[0].c[\"d\"][e]");
        assert_eq!(parsed("a.0.1.b"), "a[0][1].b");
        assert_eq!(parsed("a[*].b[0].c"), "full(a _.b[0].c)");
        assert_eq!(parsed("a[*]"), "full(a _)");
        assert_eq!(parsed("a[*].b[*].c"), "full(a full(_.b _.c))");
        // `terraform console`: `[{a=[1,2]},{a=[3,4]}].*.a[0]` is `[1, 2]`.
        assert_eq!(parsed("a.*.b[0].c"), "legacy(a _.b)[0].c");
        assert_eq!(parsed("a.*.b.0.c"), "legacy(a _.b[0].c)");
        assert_eq!(parsed("a.*.b[*].c"), "full(legacy(a _.b) _.c)");
        assert_eq!(parsed("a[*].*.b"), "full(a legacy(_ _.b))");
        assert_eq!(
            refused("a.*.*"),
            (
                "a splat cannot follow a splat that is written `.*`".into(),
                ".*".into()
            )
        );
    }

    #[test]
    fn calls_and_for() {
        assert_eq!(parsed("f()"), "f()");
        assert_eq!(parsed("f(\n a, # b\n [c]...\n)"), "f(a [c]...)");
        assert_eq!(parsed("provider::aws::arn(a)"), "provider::aws::arn(a)");
        assert_eq!(parsed("[for x in y: x]"), "for(x y x)");
        assert_eq!(
            parsed("{for k, v in {a = {}} : \"${k}\" => {b = v}... if v != null}"),
            "for(k,v {a={}} `<k>` {b=v}... if NotEqual(v null))"
        );
        assert_eq!(
            parsed("[\n for x in y : # c\n {\n  a = x\n  b = 1\n } if x]"),
            "for(x y {a=x b=1} if x)"
        );
    }

    #[test]
    fn quoted_templates() {
        assert_eq!(parsed("\"${a}\""), "`<a>`");
        assert_eq!(
            parsed(r#""a\n${"}${"b"}"} $${c} ${ {d = "}"}.d } %% é""#),
            "`a\n<`}<\"b\">`> ${c} <{d=\"}\"}.d> %% é`"
        );
        assert_eq!(
            parsed("\"%{ if a }b%{ else }c%{ endif }%{ for x in y }${x}%{ endfor }\""),
            "`<if a|b|c><for x y|<x>>`"
        );
        // Verified with `terraform console`.
        assert_eq!(parsed(r#""a  $ ${~ b}x""#), "`a  $<b>x`");
        assert_eq!(parsed(r#""a \n ${~ b ~} \n c""#), "`a<b>c`");
        assert_eq!(parsed(r#""%{ if a ~} x %{ endif }""#), "`<if a|x |>`");
        assert_eq!(
            parsed(r#""%{ for i in [1, 2] ~}  x  %{~ endfor }""#),
            "`<for i [1 2]|x>`"
        );
    }

    /// Each case was evaluated by Terraform 1.11.
    #[test]
    fn heredocs() {
        let cases = [
            ("<<A\nA", "\"\""),
            ("<<A\n a\n  b\n  A", "\" a\\n  b\\n\""),
            ("<<-A\n    a\n      b\n\n    A", "\"a\\n  b\\n\\n\""),
            // Lines of blanks neither count nor change.
            ("<<-A\n    a\n   \n    \tb\n  A", "\"a\\n   \\n\\tb\\n\""),
            (
                "<<-A\n    one\n      two ${x}\n  \n    three $${e} \\n \"q\" %%{x}\n   \ttab\n    A",
                "`one\n  two <x>\n  \nthree ${e} \\n \"q\" %{x}\ntab\n`",
            ),
            (
                "<<-A\n    %{ for x in y ~}\n    item ${x}\n    %{ endfor ~}\n    end\n  A",
                "`<for x y|    item <x>\n>    end\n`",
            ),
            ("<<-A\n    ${x} foo\n      bar\n  A", "`<x> foo\n  bar\n`"),
            (
                "<<A\nA, not end\n AX\nx ${~ y ~} \n  A",
                "`A, not end\n AX\nx<y>`",
            ),
            // The blanks are stripped first, so the line counts as not indented.
            ("<<-A\n      foo\n    ${~ x}\n    A", "`      foo\n<x>\n`"),
            (
                "<<-A\n    %{ if a }\n    yes\n    %{ endif }\n  A",
                "`<if a|\nyes\n|>\n`",
            ),
            (
                "<<-A-B\n  x ${<<C\ninner\nC\n} y\n  A-B",
                "`x <\"inner\\n\"> y\n`",
            ),
            (
                "<<A\n%{~ if a ~}\n\n   yes\n%{~ else ~}\n   no\n%{~ endif ~}\n\n  tail\nA",
                "`<if a|\n   yes|   no>\n  tail\n`",
            ),
            (
                "<<-A\r\n    one\r\n      two\r\n\r\n    A",
                "\"one\\r\\n  two\\r\\n\\r\\n\"",
            ),
            ("<<A\r\n  x ${~ y ~}\r\n  z\r\nA", "`  x<y>  z\r\n`"),
            ("[<<A\na\nA\n  , 1]", "[\"a\\n\" 1]"),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_heredocs_place_is_from_its_sign_to_its_marker() {
        let text = "[<<-A\n  ab\n  A\n]";
        let file = file(text);
        let expr = parse_expression(&file, 0..text.len()).expect("an expression");
        let ExprKind::Tuple(items) = &expr.kind else {
            panic!("a tuple")
        };
        let ExprKind::String(literal) = &items[0].kind else {
            panic!("a string")
        };
        assert_eq!(file.slice(literal.span()), "<<-A\n  ab\n  A");
        assert_eq!(file.slice(literal.inner_span(1..2)), "b");
    }

    #[test]
    fn a_file_can_be_a_template() {
        // Evaluated by `templatefile`.
        let text =
            "a\n  b  \n ${~ x ~}  \n\n   c\n%{ for x in y ~}\n  i\n  %{~ endfor ~}\n z \\n \"";
        let file = file(text);
        let template = parse_template(&file).expect("a template");
        check_template(&file, &template);
        assert_eq!(
            show_template(&template),
            "a\n  b  \n<x>\n   c\n<for x y|  i\n> z \\n \""
        );
    }

    #[test]
    fn a_strings_template_stands_where_its_characters_do() {
        // The string is cut inside an interpolation, and has escapes for the string and the
        // template: its characters are `a"`, a new line, `${b["é\n"]}`, a new line,
        // `$${c} ${d + 1}${"<${e}\t>"}`.
        let text = r#"["a\"\n$", "{b[\"é\\n\"]}\n$$${c} $${d + 1}$${\"<$${e}\\t>\"}"]"#;
        let file = file(text);
        let expr = parse_expression(&file, 0..text.len()).expect("an expression");
        let ExprKind::Tuple(items) = &expr.kind else {
            panic!("a tuple")
        };
        let rope: Text = items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::String(literal) => Piece::literal(literal.clone()),
                kind => panic!("{kind:?} is not a string"),
            })
            .collect();
        let rendered = rope.render().expect("known");
        let template = parse_template_text(&rendered, expr.span).expect("a template");
        assert_eq!(
            show_template(&template),
            "a\"\n<b[\"é\\n\"]>\n${c} <Add(d 1)><`<<e>\t>`>"
        );
        let mut places = Vec::new();
        for part in &template.parts {
            let span = match part {
                TemplatePart::Literal(literal) => literal.span(),
                TemplatePart::Interpolation(expr) => expr.span,
                _ => panic!("no directive"),
            };
            places.push(file.slice(span));
        }
        assert_eq!(
            places,
            [
                r#"a\"\n"#,
                r#"b[\"é\\n\"]"#,
                r"\n",
                "$${",
                "c} ",
                "d + 1",
                r#"\"<$${e}\\t>\""#
            ]
        );
    }

    #[test]
    fn faults_have_a_place() {
        for (text, message, place) in [
            ("", "expected an expression", ""),
            ("{a = }", "expected a value on the line of this sign", "="),
            ("{a}", "expected `=` or `:` after this key", "a"),
            (
                "{a = 1 b = 2}",
                "`b` does not go on with the expression",
                "b",
            ),
            ("{,}", "expected a key and found `,`", ","),
            ("[1 2]", "expected `]`", "2"),
            ("a b", "`b` does not go on with the expression", "b"),
            ("a +", "expected an expression after `+`", "+"),
            ("a + ;", "expected an expression", ";"),
            ("\"a\\qb\"", NOT_AN_ESCAPE, "\\"),
            ("\"a\\u00zz\"", NOT_AN_ESCAPE, "\\"),
            ("\"a\\ud800\"", NOT_AN_ESCAPE, "\\"),
            (
                "\"${{a = 1, a = 2}.a}\"",
                "object key `a` is set twice",
                "a",
            ),
            (
                "\"a\0\"",
                "a quoted string cannot hold the character U+0000",
                "\0",
            ),
            ("a\n+ b", "the expression ends with its line here", "\n"),
        ] {
            assert_eq!(
                refused(text),
                (message.to_string(), place.to_string()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn blocks() {
        let text = "a {}\nresource \"b\" c {\n  d = 1 # e\n  f \"g\" {\n    h = {}\n  }\n  f {}\n  i { j = 2 }\n}\n";
        let file = file(text);
        let index = Index::of(&file).expect("not claimed");
        let block = index.blocks[1].parse(&file).expect("a block");
        assert_eq!(file.slice(block.span), &text[5..text.len() - 1]);
        assert_eq!(block.labels.len(), 2);
        assert_eq!(file.slice(block.labels[0].span), "\"b\"");
        assert_eq!(block.body.blocks("f").count(), 2);
        assert_eq!(show(&block.body.attribute("d").expect("set").value), "1");
        let inner = &block.body.blocks[2].body;
        assert_eq!(show(&inner.attribute("j").expect("set").value), "2");
        assert!(Arc::ptr_eq(
            block,
            index.blocks[1].parse(&file).expect("parsed")
        ));
    }

    #[test]
    fn a_block_names_what_is_wrong_in_it() {
        for (text, message, place) in [
            ("a {\n b = 1\n b = 2\n}", "attribute `b` is set twice", "b"),
            ("a {\n b {\n c = [\n}\n}", "this `[` is not closed", "["),
            (
                "a {\n b = 1 ;\n}",
                "`;` does not go on with the expression",
                ";",
            ),
            ("a = 1", "expected one block", "a = 1"),
            ("a {}\nb {}", "expected one block", "a {}\nb {}"),
        ] {
            let file = file(text);
            let error = parse_block(&file, 0..text.len()).expect_err(text);
            assert_eq!((&*error.message, file.slice(error.span)), (message, place));
        }
    }

    #[test]
    fn variable_files() {
        let file = file("\u{feff}a = 1\n\nb = { c = \"d\" }\n");
        let body = parse_body(&file, 0..file.text().len()).expect("a body");
        let values: Vec<_> = body
            .attributes
            .iter()
            .map(|item| show(&item.value))
            .collect();
        assert_eq!(values, ["1", "{c=\"d\"}"]);
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        let deep = 10_000;
        for (open, close) in [
            ("[", "]"),
            ("(", ")"),
            ("f(", ")"),
            ("{a=", "}"),
            ("!", ""),
            ("a ? b : ", ""),
            ("1 + ", ""),
            ("\"${", "}\""),
            ("", ".a"),
            ("", "[0]"),
            ("", "[*]"),
        ] {
            let text = format!("{}a{}", open.repeat(deep), close.repeat(deep));
            let file = file(text.clone());
            let error = parse_expression(&file, 0..text.len()).expect_err(open);
            assert!(
                error.message.contains("deeper") || error.message.contains("chains"),
                "{}",
                error.message
            );
        }
        let blocks = "a {\n".repeat(deep) + &"}\n".repeat(deep);
        let file = file(blocks.clone());
        assert!(parse_block(&file, 0..blocks.len()).is_err());
    }

    /// Sources of expressions that Terraform accepts.
    fn expressions() -> BoxedStrategy<String> {
        let leaf = select(vec![
            "1",
            "-2.5e3",
            "null",
            "true",
            "a",
            "var.b-c[0].d",
            "a[*].b[0]",
            "a.*.b",
            "\"\"",
            "\"x\\\"}é${a}\"",
            "\"$${ %%{ $ } # //\"",
            "\"${{ a = \"}\" }.a}%{ if a }${b}%{ else }}%{ endif }\"",
            "<<A\n } \" $${ ${\"}\"} \n  AB\n# x\n  A\n",
            "<<-A-1\r\n    {\r\n  ${<<B\n}\nB\n}\n  A-1\r\n",
        ])
        .prop_map(String::from);
        leaf.prop_recursive(5, 40, 4, |inner| {
            let lines = select(vec!["", " ", "\n", " # } \" \n", "/* } \n */", "\r\n\t"]);
            prop_oneof![
                (vec(inner.clone(), 0..4), lines.clone()).prop_map(|(items, blank)| {
                    format!("[{blank}{}{blank}]", items.join(&format!(",{blank}")))
                }),
                (vec(inner.clone(), 0..4), lines.clone()).prop_map(|(items, blank)| {
                    let keys = ["k", "\"l\"", "(m)", "n-o"];
                    let items: Vec<_> = items
                        .iter()
                        .zip(keys)
                        .map(|(item, key)| format!("{key} = {item}"))
                        .collect();
                    format!("{{{blank}{}{blank}}}", items.join("\n"))
                }),
                (inner.clone(), lines.clone())
                    .prop_map(|(item, blank)| format!("({blank}{item}{blank})")),
                (
                    inner.clone(),
                    inner.clone(),
                    select(vec!["+", "==", "&&", "/", "<"])
                )
                    .prop_map(|(left, right, sign)| format!("({left}\n{sign} {right}\n)")),
                vec(inner.clone(), 0..3).prop_map(|items| format!("f({})", items.join(", "))),
                (inner.clone(), inner.clone())
                    .prop_map(|(then, other)| format!("(a ? {then} : {other})")),
                (inner.clone(), inner.clone()).prop_map(|(of, value)| {
                    format!("{{ for k, v in {of} : k => {value} if v != null }}")
                }),
            ]
        })
        .boxed()
    }

    fn bodies() -> BoxedStrategy<String> {
        let attributes = vec(
            (expressions(), select(vec!["", " # {", " /* \n { */ // x"])),
            0..4,
        )
        .prop_map(|all| {
            let all = all.iter().enumerate().map(|(at, (value, comment))| {
                let comment = if value.contains("<<") { "" } else { comment };
                format!("  n{at} = {value}{comment}\n")
            });
            all.collect::<String>()
        });
        let header = select(vec!["a", "a \"b\"", "a b \"c\"", "é /* { */ \"}\\\"\""]);
        let leaf = attributes.clone();
        leaf.prop_recursive(3, 12, 3, move |inner| {
            (attributes.clone(), vec((header.clone(), inner), 0..3)).prop_map(|(own, blocks)| {
                let blocks = blocks
                    .iter()
                    .map(|(header, body)| format!("{header} {{ # {{\n{body}}}\n\n# }}\n"));
                own + &blocks.collect::<String>()
            })
        })
        .boxed()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// The scanner and the parser find the same blocks and attributes in a whole file, and
        /// every block and expression can be parsed alone.
        #[test]
        fn bodies_agree_with_the_parser(text in bodies()) {
            let whole = hcl_edit::parser::parse_body(&text).expect(&text);
            let file = file(text.clone());
            compare(&file, &scan::scan(&file), &whole);
            let body = parse_body(&file, 0..text.len()).expect(&text);
            check_body(&file, &body);
        }

        #[test]
        fn cut_and_changed_bodies_are_read_without_a_panic(
            text in bodies(),
            at: proptest::sample::Index,
            byte: u8,
            cut: bool,
        ) {
            let mut bytes = text.into_bytes();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                if cut {
                    bytes.truncate(at);
                }
            }
            let file = file(bytes);
            let whole = 0..file.text().len();
            for error in [parse_body(&file, whole.clone()).err(), parse_block(&file, whole).err()] {
                let place = error.map_or(0..0, |error| error.span.range());
                prop_assert!(file.text().get(place).is_some());
            }
            let _ = parse_template(&file);
        }
    }

    fn compare(file: &File, index: &Index, body: &hcl_edit::structure::Body) {
        assert!(index.fault.is_none(), "{:?}", index.fault);
        let blocks: Vec<_> = body.blocks().collect();
        assert_eq!(index.blocks.len(), blocks.len());
        for (item, block) in index.blocks.iter().zip(blocks) {
            assert_eq!(Some(item.span.range()), block.span());
            assert_eq!(&*item.kind.text, block.ident.as_str());
            let labels: Vec<_> = block.labels.iter().map(|label| label.as_str()).collect();
            let found: Vec<_> = item.labels.iter().map(|label| &*label.text).collect();
            assert_eq!(found, labels);
            compare(file, item.body(file), &block.body);
        }
        let attributes: Vec<_> = body.attributes().collect();
        assert_eq!(index.attributes.len(), attributes.len());
        for (item, attribute) in index.attributes.iter().zip(attributes) {
            assert_eq!(&*item.name.text, attribute.key.as_str());
            assert_eq!(Some(item.value.range()), attribute.value.span());
        }
    }

    fn check_body(file: &File, body: &Body) {
        for attribute in &body.attributes {
            check(file, &attribute.value);
        }
        for block in &body.blocks {
            check_body(file, &block.body);
        }
    }
}
