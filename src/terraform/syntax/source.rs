//! A range of text to an expression or a template.

use super::super::scan::{self, Fault, Lexer, Until};
use super::literals::{NOT_AN_ESCAPE, TemplateForm};
use super::tree::Tree;
use super::{
    Expr, ExprKind, Expression, MAX_COMMAS, MAX_DEPTH, Name, ObjectItem, ObjectKey, SyntaxError,
    Template,
};
use crate::source::{File, Span};
use crate::value::{Literal, Rendered};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The text that is parsed and the places of its characters.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) origin: Origin<'a>,
}

pub(super) enum Origin<'a> {
    File(&'a File),
    /// A string, and where it is given.
    Text(&'a Rendered<'a>, Span),
}

impl Source<'_> {
    pub(super) fn span(&self, range: Range<usize>) -> Span {
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

    pub(super) fn fault(&self, fault: Fault) -> SyntaxError {
        SyntaxError::new(fault.message, self.span(fault.range))
    }

    /// What Terraform reads and ecslint does not, with the place where it begins.
    fn limit(&self, what: &str, at: usize) -> SyntaxError {
        let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
        SyntaxError::limit(
            format!("ecslint does not read {what}"),
            self.span(at..at + length),
        )
    }

    pub(super) fn template(&self) -> Result<Template, SyntaxError> {
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

    /// The expression in a range.
    pub(super) fn expression(
        &self,
        range: Range<usize>,
        depth: usize,
    ) -> Result<Expr, SyntaxError> {
        let Some(text) = self.text.get(range.clone()) else {
            return Err(self.fault(Fault::new(scan::OUTSIDE, 0..0)));
        };
        let start = range.start + (text.len() - text.trim_ascii_start().len());
        let range = start..start + text.trim_ascii().len();
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(self.fault(Fault::new("expected an expression", range)));
        }
        if let Some(plain) = self.plain(range.clone(), depth) {
            return Ok(plain);
        }
        self.parsed(range, depth)
    }

    /// What the parser makes of a range without blanks around it. It refuses an object that sets a
    /// key twice and takes quadratic time for large ones, so it is given an empty string in the
    /// place of each object, which is then parsed item by item.
    pub(super) fn parsed(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        let text = &self.text[range.clone()];
        let mut lexer = Lexer::new(self.text);
        let objects = lexer
            .objects(range.clone())
            .map_err(|fault| self.fault(fault))?;
        if objects.first() == Some(&range) {
            return self.object(range, depth);
        }
        if lexer.commas > MAX_COMMAS {
            return Err(self.limit("a list of more than 200,000 elements", range.start));
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
    pub(super) fn object(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
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

    pub(super) fn nested(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        grow(|| self.expression(range, depth + 1))
    }

    pub(super) fn check_depth(
        &self,
        depth: usize,
        range: &Range<usize>,
    ) -> Result<(), SyntaxError> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.limit("expressions that nest deeper than 256 levels", range.start))
    }

    /// The parser's error in our words, at a place inside the range that it was given.
    pub(super) fn explain(
        &self,
        failure: &hcl_edit::parser::Error,
        range: Range<usize>,
    ) -> SyntaxError {
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
            return self.limit("expressions that nest deeper than 64 levels", at);
        } else if message.contains("chained binary operators") {
            return self.limit("a chain of more than 128 operators", at);
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
        SyntaxError::new(message, self.span(place))
    }

    /// Says what stands where the parser could not go on; it gives no place inside a term.
    pub(super) fn unexpected(&self, at: usize, range: Range<usize>) -> SyntaxError {
        if at == range.start {
            return SyntaxError::new("expected an expression", self.span(range));
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
        SyntaxError::new(message, self.span(at..at + length))
    }
}

/// Blanks for the comments and new lines that HCL passes over: the parser does not pass over all
/// of them, in a `for` between braces and in the code of templates.
pub(super) fn without_lines(text: Cow<'_, str>, template: bool) -> Cow<'_, str> {
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
pub(super) fn grow<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 1024 * 1024, work)
}
