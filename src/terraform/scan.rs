//! The blocks and attributes of a file or of a block's body by name, labels and byte range, found
//! without parsing them.
//!
//! The [`Lexer`] knows strings, heredocs, templates, comments and brackets and nothing else, so it
//! runs at several hundred megabytes a second, and an expression is parsed only when something needs
//! it, once for all threads.

pub mod comments;
mod lexer;

pub(super) use lexer::{Fault, Lexer, OUTSIDE, Until};

use super::json;
use super::syntax::{self, Expr, Name, SyntaxError};
use crate::source::{File, Span};
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What stands in a file or in a block's body, in the order of the source.
#[derive(Debug, Default)]
pub struct Index {
    pub blocks: Vec<BlockItem>,
    pub attributes: Vec<AttributeItem>,
    /// Why nothing is known of what follows the last item: something is not closed, or is neither
    /// a block nor an attribute.
    pub fault: Option<SyntaxError>,
}

impl Index {
    /// The file's items, scanned by whoever asks first. Nothing if another front end has claimed
    /// the file.
    pub fn of(file: &File) -> Option<&Index> {
        file.derived(|file| match json::is_json(&file.path) {
            true => json::index(file),
            false => scan(file),
        })
    }

    /// The blocks of a kind, such as `terraform`.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a BlockItem> {
        self.blocks
            .iter()
            .filter(move |block| &*block.kind.text == kind)
    }

    /// The first fault in all that stands here, blocks in blocks included: what an expression
    /// that is not valid has swallowed may be the next argument.
    pub fn first_fault(&self, file: &File) -> Option<&SyntaxError> {
        self.first_fault_to(file, MAX_NESTED_BLOCKS)
    }

    /// The block in one of these blocks, at any depth, that begins at an offset.
    ///
    /// # Errors
    /// Where the offset lies in what is not valid.
    pub fn nested_at(&self, file: &File, at: usize) -> Result<Option<&BlockItem>, &SyntaxError> {
        let mut blocks = &self.blocks;
        for _ in 0..MAX_NESTED_BLOCKS {
            let before = blocks.partition_point(|block| block.span.range().start < at);
            let around = before.checked_sub(1).map(|before| &blocks[before]);
            let holds =
                |block: &&BlockItem| block.is_native() && block.inside.range().contains(&at);
            let Some(around) = around.filter(holds) else {
                return Ok(None);
            };
            let body = around.body(file);
            let is_before = |fault: &&SyntaxError| fault.span.range().start <= at;
            if let Some(fault) = body.fault.as_ref().filter(is_before)
                && !body.holds(at)
            {
                return Err(fault);
            }
            let is_around = |attribute: &&AttributeItem| attribute.value.range().contains(&at);
            if let Some(attribute) = body.attributes.iter().find(is_around) {
                return attribute.parse(file).map(|_| None);
            }
            let begins = |block: &&BlockItem| block.span.range().start == at;
            if let Some(found) = body.blocks.iter().find(begins) {
                return Ok(Some(found));
            }
            blocks = &body.blocks;
        }
        Ok(None)
    }

    /// Whether an offset lies in one of the items.
    fn holds(&self, at: usize) -> bool {
        let mut blocks = self.blocks.iter();
        let mut attributes = self.attributes.iter();
        blocks.any(|block| block.span.range().contains(&at))
            || attributes.any(|attribute| attribute.value.range().contains(&at))
    }

    fn first_fault_to(&self, file: &File, levels: usize) -> Option<&SyntaxError> {
        let attributes = self.attributes.iter();
        let own = attributes.filter_map(|attribute| attribute.parse(file).err());
        let mut own = self.fault.iter().chain(own);
        own.next().or_else(|| {
            let levels = levels.checked_sub(1)?;
            let mut blocks = self.blocks.iter();
            blocks.find_map(|block| block.body(file).first_fault_to(file, levels))
        })
    }
}

/// Blocks in blocks that are looked into for faults; no resource has half as many.
const MAX_NESTED_BLOCKS: usize = 16;

/// How an item is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Native,
    /// JSON, of which strings are templates.
    JsonTemplate,
    /// JSON, of which strings are strings.
    JsonLiteral,
    /// A JSON string that holds an expression, such as a type.
    JsonExpression,
}

/// A block that may not have been parsed yet.
#[derive(Debug)]
pub struct BlockItem {
    pub kind: Name,
    /// Labels without their quotes; the spans include them.
    pub labels: Vec<Name>,
    /// From the first letter of the kind to the closing brace.
    pub span: Span,
    /// What stands between the braces; of a block in JSON, its whole object.
    pub inside: Span,
    form: Form,
    body: OnceLock<Box<Index>>,
}

impl BlockItem {
    /// A block of a JSON file, whose body is `object`.
    pub(super) fn json(kind: Name, labels: Vec<Name>, object: Span) -> BlockItem {
        let name = labels.last().unwrap_or(&kind);
        BlockItem {
            span: name.span.to(object),
            inside: object,
            form: Form::JsonTemplate,
            body: OnceLock::new(),
            kind,
            labels,
        }
    }

    /// Whether it is certainly a block: an object in JSON can be an attribute's value as well.
    pub fn is_native(&self) -> bool {
        self.form == Form::Native
    }

    /// From the first letter of the kind to the end of the last label.
    pub fn header(&self) -> Span {
        match self.labels.last() {
            // Other blocks may stand between a name in JSON and its last label.
            Some(label) if self.form != Form::Native => label.span,
            Some(label) => self.kind.span.to(label.span),
            None => self.kind.span,
        }
    }

    /// What stands in the block, without parsing it: one local of a thousand costs one
    /// expression. An attribute that is written twice is listed twice.
    pub fn body(&self, file: &File) -> &Index {
        self.body.get_or_init(|| {
            Box::new(match self.form {
                Form::Native => scan_body(file, self.inside.range()),
                _ => json::body(file, &self.kind.text, self.inside.range()),
            })
        })
    }
}

/// An attribute whose expression may not have been parsed yet.
#[derive(Debug)]
pub struct AttributeItem {
    pub name: Name,
    /// The expression, without the comment after it.
    pub value: Span,
    form: Form,
    parsed: OnceLock<Box<Result<Expr, SyntaxError>>>,
}

impl AttributeItem {
    pub(super) fn new(name: Name, value: Span, form: Form) -> AttributeItem {
        AttributeItem {
            name,
            value,
            form,
            parsed: OnceLock::new(),
        }
    }

    /// From the first letter of the name to the end of the expression.
    pub fn span(&self) -> Span {
        self.name.span.to(self.value)
    }

    /// The expression, parsed by whoever asks first. `file` is the file it was found in.
    pub fn parse(&self, file: &File) -> Result<&Expr, &SyntaxError> {
        self.parsed
            .get_or_init(|| {
                let range = self.value.range();
                Box::new(match self.form {
                    Form::Native => syntax::parse_expression(file, range),
                    form => json::expression(file, range, form),
                })
            })
            .as_ref()
            .as_ref()
    }
}

/// Finds the blocks of a `.tf` file and the attributes of a `.tfvars` file. What ends before the
/// first byte that is not UTF-8 is found; in comments, Terraform takes any byte.
pub fn scan(file: &File) -> Index {
    let mut index = scan_items(file, file.bom()..file.text().len(), Layout::File);
    if let Some(at) = invalid_outside_comments(file) {
        index.blocks.retain(|block| block.span.range().end <= at);
        index
            .attributes
            .retain(|attribute| attribute.value.range().end <= at);
        let earlier = |fault: &SyntaxError| fault.span.range().start < at;
        if !index.fault.as_ref().is_some_and(earlier) {
            let reason = "this byte is not UTF-8, which Terraform requires";
            index.fault = Some(SyntaxError::new(reason, file.span(at, at + 1)));
        }
    }
    index
}

fn invalid_outside_comments(file: &File) -> Option<usize> {
    file.invalid_at()?;
    let found = comments::Comments::of(file);
    let in_one_of = |comments: &[Range<usize>], at: usize| {
        let next = comments.partition_point(|comment| comment.end <= at);
        comments.get(next).is_some_and(|it| it.contains(&at))
    };
    let mut invalid = file.invalid().iter().copied();
    invalid.find(|&at| !in_one_of(&found.comments, at) && !in_one_of(&found.in_templates, at))
}

/// Finds what stands between the braces of a block, given by the range between them.
pub fn scan_body(file: &File, range: Range<usize>) -> Index {
    let end = range.end.min(file.text().len());
    let first = Lexer::new(file.text()).spaces(range.start, end);
    let layout = match first.map(|first| &file.text().as_bytes()[first.min(end)..end]) {
        Ok([b'\n' | b'#', ..] | [b'\r', b'\n', ..] | [b'/', b'/', ..]) => Layout::Body,
        _ => Layout::OneLine,
    };
    scan_items(file, range, layout)
}

/// Whether one of the words may be named in a file: by its bytes, or by an escape that could
/// spell it. Terraform resolves escapes in labels.
pub fn may_mention(text: &str, words: &[Finder]) -> bool {
    let bytes = text.as_bytes();
    let holds = |word: &Finder| word.find(bytes).is_some();
    let is_unicode = |at: usize| matches!(bytes.get(at + 1), Some(b'u' | b'U'));
    words.iter().any(holds) || memchr::memchr_iter(b'\\', bytes).any(is_unicode)
}

/// Whether an expression or a body may use one of some names: as a whole name, or by an escape that
/// could spell it.
pub fn may_name(text: &str, names: &[Finder]) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |at: usize| {
        let byte = bytes.get(at);
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    // In JSON, the letter of an escape may stand before a name.
    let begins = |at: usize| {
        let is_escape = at >= 2 && bytes[at - 2] == b'\\';
        at == 0 || is_escape || !is_letter(at - 1)
    };
    names.iter().any(|name| {
        let mut found = name.find_iter(bytes);
        found.any(|at| begins(at) && !is_letter(at + name.needle().len()))
    }) || may_mention(text, &[])
}

/// How items are set apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Each on lines of its own; the last may end with the text.
    File,
    /// Each on lines of its own, the last too.
    Body,
    /// `{ name = value }`: at most one attribute.
    OneLine,
}

fn scan_items(file: &File, range: Range<usize>, layout: Layout) -> Index {
    let mut index = Index::default();
    let scanned = match file.text().get(range.clone()) {
        Some(_) => items(file, range, layout, &mut index),
        None => Err(Fault::new(OUTSIDE, 0..0)),
    };
    index.fault = scanned.err().map(|fault| fault.in_file(file));
    index
}

fn items(file: &File, range: Range<usize>, layout: Layout, index: &mut Index) -> Result<(), Fault> {
    let text = file.text();
    let bytes = text.as_bytes();
    let end = range.end;
    let mut lexer = Lexer::new(text);
    let mut names = Names::default();
    let mut at = range.start;
    loop {
        at = match layout {
            Layout::OneLine => lexer.spaces(at, end)?,
            Layout::File | Layout::Body => lexer.blank(at, end)?,
        };
        if at >= end {
            return Ok(());
        }
        let Some(name_end) = lexer.word(at) else {
            return Err(lexer.unexpected(at, "expected a block or an attribute"));
        };
        let name = Name {
            text: names.share(&text[at..name_end]),
            span: file.span(at, name_end),
        };
        let mut next = lexer.spaces(name_end, end)?;
        if next < end && bytes[next] == b'=' && bytes.get(next + 1) != Some(&b'=') {
            let value = lexer.spaces(next + 1, end)?;
            let (value, after) = lexer.expression(value, end, Until::Line)?;
            if value.is_empty() {
                return Err(Fault::new("expected a value after `=`", next..next + 1));
            }
            let value = file.span(value.start, value.end);
            index
                .attributes
                .push(AttributeItem::new(name, value, Form::Native));
            next = after;
        } else {
            let (labels, open) = labels(file, &lexer, &mut names, name.span, next..end)?;
            if layout == Layout::OneLine {
                let reason =
                    "a block that opens on this line must have its body on lines of its own";
                return Err(Fault::new(reason, at..name_end));
            }
            let close = lexer.braces(open)?;
            if close > end {
                return Err(Fault::new("this `{` is not closed", open..open + 1));
            }
            index.blocks.push(BlockItem {
                kind: name,
                labels,
                span: file.span(at, close),
                inside: file.span(open + 1, close - 1),
                form: Form::Native,
                body: OnceLock::new(),
            });
            next = close;
        }
        at = lexer.spaces(next, end)?;
        if at >= end {
            return match layout {
                Layout::File | Layout::OneLine => Ok(()),
                Layout::Body => Err(Fault::new(
                    "expected a new line before the closing brace",
                    next..next,
                )),
            };
        }
        let newline = matches!(
            &bytes[at..end],
            [b'\n' | b'#', ..] | [b'\r', b'\n', ..] | [b'/', b'/', ..]
        );
        if layout == Layout::OneLine {
            return Err(lexer.unexpected(at, "expected the closing brace"));
        }
        if !newline {
            return Err(lexer.unexpected(at, "expected a new line"));
        }
    }
}

/// The labels of a block up to its opening brace, and the brace. `kind` is the name before them.
fn labels(
    file: &File,
    lexer: &Lexer,
    names: &mut Names,
    kind: Span,
    range: Range<usize>,
) -> Result<(Vec<Name>, usize), Fault> {
    let Range { start: mut at, end } = range;
    let mut labels = Vec::new();
    loop {
        let (text, after) = match lexer.bytes().get(at).filter(|_| at < end) {
            Some(b'{') => return Ok((labels, at)),
            Some(b'"') => lexer.label(at)?,
            _ => match lexer.word(at).filter(|_| at < end) {
                Some(after) => (Cow::Borrowed(&file.text()[at..after]), after),
                None if labels.is_empty() => {
                    let expected = "expected `=`, `{` or a label after this name";
                    return Err(Fault::new(expected, kind.range()));
                }
                None => return Err(lexer.unexpected(at, "expected `{` after the labels")),
            },
        };
        labels.push(Name {
            text: names.share(&text),
            span: file.span(at, after),
        });
        at = lexer.spaces(after, end)?;
    }
}

/// The names of one scan: blocks of one kind and type follow each other, so a few are shared.
#[derive(Default)]
struct Names {
    recent: [Option<Arc<str>>; 8],
    next: usize,
}

impl Names {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.recent.iter().flatten().find(|known| &***known == text) {
            return known.clone();
        }
        let shared: Arc<str> = text.into();
        self.recent[self.next] = Some(shared.clone());
        self.next = (self.next + 1) % self.recent.len();
        shared
    }
}

#[cfg(test)]
mod tests;
