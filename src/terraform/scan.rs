//! The blocks and attributes of a file or of a block's body by name, labels and byte range, found
//! without parsing them.
//!
//! The lexer knows strings, heredocs, templates, comments and brackets and nothing else, so it
//! runs at several hundred megabytes a second, and a block is parsed only when something needs
//! it, once for all threads.

pub mod comments;

use super::json;
use super::syntax::{self, Block, Expr, Name, SyntaxError};
use crate::source::{File, Span};
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
    /// Where the offset lies in an argument that is not valid.
    pub fn nested_at(&self, file: &File, at: usize) -> Result<Option<&BlockItem>, &SyntaxError> {
        let mut blocks = &self.blocks;
        for _ in 0..MAX_NESTED_BLOCKS {
            let before = blocks.partition_point(|block| block.span.range().start < at);
            let around = before.checked_sub(1).map(|before| &blocks[before]);
            let holds = |block: &&BlockItem| {
                block.form == Form::Native && block.inside.range().contains(&at)
            };
            let Some(around) = around.filter(holds) else {
                return Ok(None);
            };
            let body = around.body(file);
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
    parsed: OnceLock<Box<Result<Arc<Block>, SyntaxError>>>,
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
            parsed: OnceLock::new(),
            body: OnceLock::new(),
            kind,
            labels,
        }
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

    /// The whole block, parsed by whoever asks first. `file` is the file it was found in.
    pub fn parse(&self, file: &File) -> Result<&Arc<Block>, &SyntaxError> {
        self.parsed
            .get_or_init(|| {
                let block = match self.form {
                    Form::Native => syntax::parse_block(file, self.span.range()),
                    _ => json::block(file, self),
                };
                Box::new(block.map(Arc::new))
            })
            .as_ref()
            .as_ref()
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
            index.fault = Some(SyntaxError {
                message: "this byte is not UTF-8, which Terraform requires".into(),
                span: file.span(at, at + 1),
            });
        }
    }
    index
}

fn invalid_outside_comments(file: &File) -> Option<usize> {
    file.invalid_at()?;
    let comments = comments::Comments::of(file).comments;
    let mut comments = comments.iter().peekable();
    let mut invalid = file.invalid().iter().copied();
    invalid.find(|at| {
        while comments.next_if(|comment| comment.end <= *at).is_some() {}
        !comments.peek().is_some_and(|comment| comment.contains(at))
    })
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

/// Finds the items in a range that holds whole items, such as one block.
pub(super) fn scan_range(file: &File, range: Range<usize>) -> Index {
    scan_items(file, range, Layout::File)
}

/// Whether one of the words may be named in a file: by its bytes, or by an escape that could
/// spell it. Terraform resolves escapes in labels.
pub fn may_mention(text: &str, words: &[&str]) -> bool {
    let holds = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    words.iter().any(|word| holds(word)) || holds("\\u") || holds("\\U")
}

/// Whether an expression or a body may use one of some names: as a whole name, or by an escape that
/// could spell it.
pub fn may_name(text: &str, names: &[&str]) -> bool {
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
        let mut found = memchr::memmem::find_iter(bytes, name.as_bytes());
        found.any(|at| begins(at) && !is_letter(at + name.len()))
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
                parsed: OnceLock::new(),
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

/// Text that cannot be told apart, by byte offsets.
#[derive(Debug)]
pub(super) struct Fault {
    pub message: Cow<'static, str>,
    pub range: Range<usize>,
}

impl Fault {
    pub fn new(message: impl Into<Cow<'static, str>>, range: Range<usize>) -> Fault {
        Fault {
            message: message.into(),
            range,
        }
    }

    fn in_file(self, file: &File) -> SyntaxError {
        SyntaxError {
            message: self.message.into(),
            span: file.span(self.range.start, self.range.end),
        }
    }
}

/// Where an expression ends besides the end of its text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// At a new line outside brackets: an attribute's value.
    Line,
    /// At a new line or a comma: an object's value.
    Item,
    /// At `=` or `:`: an object's key.
    Key,
}

/// Finds the ends of strings, heredocs, braces and expressions. All offsets count in the whole
/// text. It keeps its own stack, so nesting costs memory and never the call stack.
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// The strings and heredocs around the code that is read.
    templates: Vec<Template>,
    brackets: Vec<usize>,
    /// Heredoc lines that start with the marker and go on, as offsets of the marker.
    pub false_ends: Vec<usize>,
}

/// A string or heredoc that was left for the code of an interpolation or directive.
struct Template {
    kind: TemplateKind,
    /// Where it starts.
    start: usize,
    /// The braces open in the code around it; none: the caller is around it.
    braces: usize,
}

#[derive(Clone, Copy)]
enum TemplateKind {
    Quoted,
    /// The marker's place.
    Heredoc(usize, usize),
}

/// A table of the bytes that end a run.
const fn stops(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

static CODE: [bool; 256] = stops(b"\"{}#/<");
static EXPRESSION: [bool; 256] = stops(b"\"{}()[]#/<\n,=:?");
static PASSED: [bool; 256] = stops(b"\"{}()[]#/<\n");
static QUOTED: [bool; 256] = stops(b"\"\\$%\r\n");

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer {
            text,
            templates: Vec::new(),
            brackets: Vec::new(),
            false_ends: Vec::new(),
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The first byte of `table` from `at` on.
    #[inline(always)]
    fn skip(&self, table: &[bool; 256], mut at: usize, end: usize) -> usize {
        let bytes = self.bytes();
        while at + 8 <= end {
            let chunk = &bytes[at..at + 8];
            if let Some(found) = chunk.iter().position(|&byte| table[byte as usize]) {
                return at + found;
            }
            at += 8;
        }
        while at < end && !table[bytes[at] as usize] {
            at += 1;
        }
        at
    }

    /// The end of the comment that starts at `at` (a line comment ends before its new line), or
    /// nothing where none starts.
    fn comment(&self, at: usize, end: usize) -> Result<Option<usize>, Fault> {
        let rest = &self.bytes()[at..end];
        match rest {
            [b'#', ..] | [b'/', b'/', ..] => Ok(Some(
                memchr::memchr(b'\n', rest).map_or(end, |length| at + length),
            )),
            [b'/', b'*', inner @ ..] => match memchr::memmem::find(inner, b"*/") {
                Some(length) => Ok(Some(at + length + 4)),
                None => Err(Fault::new("this comment has no `*/`", at..at + 2)),
            },
            _ => Ok(None),
        }
    }

    /// Past blanks, new lines and comments.
    pub fn blank(&self, mut at: usize, end: usize) -> Result<usize, Fault> {
        loop {
            at = self.spaces(at, end)?;
            at = match &self.bytes()[at.min(end)..end] {
                [b'\n', ..] => at + 1,
                [b'\r', b'\n', ..] => at + 2,
                [b'#' | b'/', ..] => match self.comment(at, end)? {
                    Some(after) => after,
                    None => return Ok(at),
                },
                _ => return Ok(at),
            };
        }
    }

    /// Past blanks and `/* */` comments.
    pub fn spaces(&self, mut at: usize, end: usize) -> Result<usize, Fault> {
        let bytes = self.bytes();
        loop {
            while at < end && matches!(bytes[at], b' ' | b'\t') {
                at += 1;
            }
            if at + 1 < end && bytes[at] == b'/' && bytes[at + 1] == b'*' {
                at = self.comment(at, end)?.unwrap_or(end);
            } else {
                return Ok(at);
            }
        }
    }

    /// The end of the identifier that starts at `at`.
    pub fn word(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes();
        let mut end = at;
        loop {
            match bytes.get(end) {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => end += 1,
                Some(b'0'..=b'9' | b'-') if end > at => end += 1,
                Some(0x80..) => {
                    let letter = self.text[end..].chars().next()?;
                    if !letter.is_alphabetic() && (end == at || !letter.is_alphanumeric()) {
                        break;
                    }
                    end += letter.len_utf8();
                }
                _ => break,
            }
        }
        (end > at).then_some(end)
    }

    /// A fault at the character that stands at `at`.
    pub fn unexpected(&self, at: usize, expected: &str) -> Fault {
        let Some(found) = self.text.get(at..).and_then(|rest| rest.chars().next()) else {
            return Fault::new(expected.to_string(), at..at);
        };
        let message = match found {
            '\n' | '\r' => format!("{expected} and found the end of the line"),
            found if found.is_control() => {
                format!("{expected} and found the character U+{:04X}", found as u32)
            }
            found => format!("{expected} and found `{found}`"),
        };
        Fault::new(message, at..at + found.len_utf8())
    }

    /// A block's label in quotes at `at`, and its end.
    fn label(&self, at: usize) -> Result<(Cow<'a, str>, usize), Fault> {
        let bytes = self.bytes();
        let mut label = Cow::Borrowed("");
        let mut from = at + 1;
        loop {
            let stop = self.skip(&QUOTED, from, bytes.len());
            let run = &self.text[from..stop];
            match label {
                Cow::Borrowed("") => label = Cow::Borrowed(run),
                _ => label.to_mut().push_str(run),
            }
            from = match bytes.get(stop) {
                Some(b'"') => return Ok((label, stop + 1)),
                Some(b'\\') => match syntax::escape(&self.text[stop..]) {
                    Some((character, length)) => {
                        label.to_mut().push(character);
                        stop + length
                    }
                    None => return Err(Fault::new(syntax::NOT_AN_ESCAPE, stop..stop + 1)),
                },
                Some(&sign @ (b'$' | b'%')) if bytes.get(stop + 1) != Some(&b'{') => {
                    label.to_mut().push(sign as char);
                    stop + 1
                }
                Some(b'$' | b'%') => {
                    let reason = "a label cannot hold a template";
                    return Err(Fault::new(reason, stop..stop + 2));
                }
                _ => return Err(Fault::new(OPEN_STRING, at..at + 1)),
            };
        }
    }

    /// The end of the braces that open at `open`.
    pub fn braces(&mut self, open: usize) -> Result<usize, Fault> {
        self.templates.clear();
        match self.code(open + 1, 1)? {
            Some(close) => Ok(close),
            None => Err(Fault::new("this `{` is not closed", open..open + 1)),
        }
    }

    /// The end of the quoted string that opens at `open`.
    pub fn quoted(&mut self, open: usize) -> Result<usize, Fault> {
        self.template_at(TemplateKind::Quoted, open, open + 1)
    }

    /// The end of the heredoc that opens at `open`, or nothing where none does.
    pub fn heredoc(&mut self, open: usize) -> Result<Option<usize>, Fault> {
        match self.heredoc_start(open) {
            Some((kind, start)) => self.template_at(kind, open, start).map(Some),
            None => Ok(None),
        }
    }

    fn template_at(&mut self, kind: TemplateKind, start: usize, at: usize) -> Result<usize, Fault> {
        self.templates.clear();
        let template = Template {
            kind,
            start,
            braces: 0,
        };
        let (at, braces) = self.template(template, at, true)?;
        if braces == 0 {
            return Ok(at);
        }
        match self.code(at, braces)? {
            Some(end) => Ok(end),
            None => Err(Fault::new("this `{` is not closed", start..start + 1)),
        }
    }

    /// Reads code with `braces` open until all of them and all templates are closed. Nothing
    /// where the text ends in code that no template holds.
    fn code(&mut self, mut at: usize, mut braces: usize) -> Result<Option<usize>, Fault> {
        let bytes = self.bytes();
        loop {
            at = self.skip(&CODE, at, bytes.len());
            let Some(&byte) = bytes.get(at) else {
                return match self.templates.last() {
                    Some(template) => Err(self.open_template(template)),
                    None => Ok(None),
                };
            };
            match byte {
                b'{' => {
                    braces += 1;
                    at += 1;
                }
                b'}' => {
                    braces -= 1;
                    at += 1;
                    if braces == 0 {
                        let Some(template) = self.templates.pop() else {
                            return Ok(Some(at));
                        };
                        (at, braces) = self.template(template, at, false)?;
                        if braces == 0 {
                            return Ok(Some(at));
                        }
                    }
                }
                b'"' => {
                    let template = Template {
                        kind: TemplateKind::Quoted,
                        start: at,
                        braces,
                    };
                    (at, braces) = self.template(template, at + 1, true)?;
                }
                b'<' => match self.heredoc_start(at) {
                    Some((kind, start)) => {
                        let template = Template {
                            kind,
                            start: at,
                            braces,
                        };
                        (at, braces) = self.template(template, start, true)?;
                    }
                    None => at += 1,
                },
                _ => at = self.comment(at, bytes.len())?.unwrap_or(at + 1),
            }
        }
    }

    /// Reads a template's text from `at` to its end, or to the `${` or `%{` where its code begins
    /// and one brace is open. Gives the place after it, and the braces open there.
    fn template(
        &mut self,
        template: Template,
        at: usize,
        line_start: bool,
    ) -> Result<(usize, usize), Fault> {
        let found = match template.kind {
            TemplateKind::Quoted => self.quoted_text(at),
            TemplateKind::Heredoc(start, end) => self.heredoc_text(start..end, at, line_start),
        };
        match found {
            Some((at, true)) => Ok((at, template.braces)),
            Some((at, false)) => {
                self.templates.push(template);
                Ok((at, 1))
            }
            None => Err(self.open_template(&template)),
        }
    }

    fn open_template(&self, template: &Template) -> Fault {
        let start = template.start;
        match template.kind {
            TemplateKind::Quoted => Fault::new(OPEN_STRING, start..start + 1),
            TemplateKind::Heredoc(from, to) => {
                let marker = &self.text[from..to];
                Fault::new(
                    format!("this heredoc has no line that is only `{marker}`"),
                    start..to,
                )
            }
        }
    }

    /// The comments and new lines that HCL passes over: those in brackets, in a `for` between
    /// braces and in the code of templates, but not those between an object's items. The text is
    /// one expression or that of a template.
    pub fn passed_over(&mut self, template: bool) -> Result<Vec<Range<usize>>, Fault> {
        enum Inside {
            /// And whether new lines are passed over.
            Code(bool),
            /// Nothing: the text of the whole template. And whether a line starts here.
            Text(Option<TemplateKind>, bool),
        }
        let bytes = self.bytes();
        let mut passed: Vec<Range<usize>> = Vec::new();
        let mut around = Vec::new();
        if template {
            around.push(Inside::Text(None, true));
        }
        let mut at = 0;
        while at < bytes.len() {
            let (passes, text) = match around.last_mut() {
                None => (false, None),
                Some(Inside::Code(passes)) => (*passes, None),
                Some(Inside::Text(kind, line_start)) => {
                    (false, Some((*kind, std::mem::take(line_start))))
                }
            };
            if let Some((kind, line_start)) = text {
                let found = match kind {
                    None => self.bare_text(at),
                    Some(TemplateKind::Quoted) => self.quoted_text(at),
                    Some(TemplateKind::Heredoc(start, end)) => {
                        self.heredoc_text(start..end, at, line_start)
                    }
                };
                at = match found {
                    None => return Ok(passed),
                    Some((opened, false)) => {
                        around.push(Inside::Code(true));
                        opened
                    }
                    Some((after, true)) => {
                        around.pop();
                        // The parser wants the new line after a heredoc's marker.
                        match (kind, &bytes[after..]) {
                            (Some(TemplateKind::Heredoc(..)), [b'\n', ..]) => after + 1,
                            (Some(TemplateKind::Heredoc(..)), [b'\r', b'\n', ..]) => after + 2,
                            _ => after,
                        }
                    }
                };
                continue;
            }
            at = self.skip(&PASSED, at, bytes.len());
            if at >= bytes.len() {
                break;
            }
            at = match bytes[at] {
                b'\n' => {
                    if passes {
                        let crlf = at > 0 && bytes[at - 1] == b'\r';
                        passed.push(at - usize::from(crlf)..at + 1);
                    }
                    at + 1
                }
                b'#' | b'/' => match self.comment(at, bytes.len())? {
                    Some(after) => {
                        if passes {
                            passed.push(at..after);
                        }
                        after
                    }
                    None => at + 1,
                },
                b'"' => {
                    around.push(Inside::Text(Some(TemplateKind::Quoted), false));
                    at + 1
                }
                b'<' => match self.heredoc_start(at) {
                    Some((kind, start)) => {
                        around.push(Inside::Text(Some(kind), true));
                        start
                    }
                    None => at + 1,
                },
                b'{' => {
                    around.push(Inside::Code(self.is_for(at, bytes.len())?));
                    at + 1
                }
                b'(' | b'[' => {
                    around.push(Inside::Code(true));
                    at + 1
                }
                _ => {
                    around.pop();
                    at + 1
                }
            };
        }
        Ok(passed)
    }

    /// Whether the brace at `open` is that of a `for`.
    fn is_for(&self, open: usize, end: usize) -> Result<bool, Fault> {
        let first = self.blank(open + 1, end)?;
        Ok(self.word(first).map(|end| &self.text[first..end]) == Some("for"))
    }

    /// The place after the next `${` or `%{` of a template's text.
    fn bare_text(&self, mut at: usize) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        loop {
            at += memchr::memchr2(b'$', b'%', &bytes[at..])?;
            match template_sign(&bytes[at..]) {
                Sign::Opens => return Some((at + 2, false)),
                Sign::Escaped => at += 3,
                Sign::Text => at += 1,
            }
        }
    }

    /// The end of a quoted string's text, and whether it is the end of the string.
    fn quoted_text(&self, mut at: usize) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        loop {
            at = self.skip(&QUOTED, at, bytes.len());
            match bytes.get(at)? {
                b'"' => return Some((at + 1, true)),
                b'\\' if matches!(bytes.get(at + 1), Some(b'\\' | b'"')) => at += 2,
                b'\\' => at += 1,
                b'$' | b'%' => match template_sign(&bytes[at..]) {
                    Sign::Opens => return Some((at + 2, false)),
                    Sign::Escaped => at += 3,
                    Sign::Text => at += 1,
                },
                _ => return None,
            }
        }
    }

    /// The end of a heredoc's text, and whether it is the end of the heredoc. The marker must
    /// stand alone on its line.
    fn heredoc_text(
        &mut self,
        marker: Range<usize>,
        mut at: usize,
        mut line_start: bool,
    ) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        let marker = &bytes[marker];
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c);
        loop {
            if line_start {
                let indent = bytes[at..].iter().take_while(|&byte| blank(byte)).count();
                let word = at + indent;
                if bytes[word..].starts_with(marker) {
                    let end = word + marker.len();
                    match bytes[end..].iter().find(|&byte| !blank(byte)) {
                        Some(b'\n') => return Some((end, true)),
                        Some(_) if self.word(end).is_none() && !continues(bytes[end]) => {
                            self.false_ends.push(word);
                        }
                        _ => {}
                    }
                }
                at = word;
                line_start = false;
            }
            at += memchr::memchr3(b'\n', b'$', b'%', &bytes[at..])?;
            if bytes[at] == b'\n' {
                at += 1;
                line_start = true;
            } else {
                match template_sign(&bytes[at..]) {
                    Sign::Opens => return Some((at + 2, false)),
                    Sign::Escaped => at += 3,
                    Sign::Text => at += 1,
                }
            }
        }
    }

    /// `<<MARKER` or `<<-MARKER` and a new line: the marker and the start of the text.
    fn heredoc_start(&self, at: usize) -> Option<(TemplateKind, usize)> {
        let bytes = self.bytes();
        if bytes.get(at + 1) != Some(&b'<') {
            return None;
        }
        let dash = usize::from(bytes.get(at + 2) == Some(&b'-'));
        let start = at + 2 + dash;
        let end = self.word(start)?;
        let kind = TemplateKind::Heredoc(start, end);
        match &bytes[end..] {
            [b'\n', ..] => Some((kind, end + 1)),
            [b'\r', b'\n', ..] => Some((kind, end + 2)),
            _ => None,
        }
    }

    /// The expression that starts at `start`, without the comments after it, and the place of
    /// what ended it.
    pub fn expression(
        &mut self,
        start: usize,
        end: usize,
        until: Until,
    ) -> Result<(Range<usize>, usize), Fault> {
        let bytes = self.bytes();
        let mut at = start;
        // Where the comments at the end start, and where the last of them ends.
        let mut comments: Option<Range<usize>> = None;
        let mut conditionals = 0usize;
        self.brackets.clear();
        while at < end {
            at = self.skip(&EXPRESSION, at, end);
            if at >= end {
                break;
            }
            let outside = self.brackets.is_empty();
            at = match bytes[at] {
                b'"' => self.quoted(at)?,
                b'{' => self.braces(at)?,
                b'(' | b'[' => {
                    self.brackets.push(at);
                    at + 1
                }
                close @ (b')' | b']' | b'}') => match self.brackets.pop() {
                    Some(open) if (bytes[open] == b'(') == (close == b')') && close != b'}' => {
                        at + 1
                    }
                    Some(open) => return Err(self.open_bracket(open)),
                    None => {
                        let close = close as char;
                        return Err(Fault::new(
                            format!("this `{close}` closes nothing"),
                            at..at + 1,
                        ));
                    }
                },
                b'<' => self.heredoc(at)?.unwrap_or(at + 1),
                b'#' | b'/' => match self.comment(at, end)? {
                    Some(after) => {
                        comments = Some(match comments {
                            Some(seen) if is_blank(&bytes[seen.end..at]) => seen.start..after,
                            _ => at..after,
                        });
                        after
                    }
                    None => at + 1,
                },
                b'\n' if outside => break,
                b',' if outside && until == Until::Item => break,
                b'?' if outside => {
                    conditionals += 1;
                    at + 1
                }
                b':' if outside && until == Until::Key => {
                    if bytes.get(at + 1) == Some(&b':') {
                        at + 2
                    } else if conditionals > 0 {
                        conditionals -= 1;
                        at + 1
                    } else {
                        break;
                    }
                }
                b'=' if outside && until == Until::Key => match bytes.get(at + 1) {
                    Some(b'=' | b'>') => at + 2,
                    _ if at > start && matches!(bytes[at - 1], b'!' | b'<' | b'>') => at + 1,
                    _ => break,
                },
                _ => at + 1,
            };
        }
        if let Some(&open) = self.brackets.last() {
            return Err(self.open_bracket(open));
        }
        let at = at.min(end);
        let stop = match comments {
            Some(comments) if comments.end <= at && is_blank(&bytes[comments.end..at]) => {
                comments.start
            }
            _ => at,
        };
        let length = bytes[start.min(stop)..stop]
            .iter()
            .rposition(|byte| !byte.is_ascii_whitespace())
            .map_or(0, |last| last + 1);
        Ok((start..start + length, at))
    }

    fn open_bracket(&self, open: usize) -> Fault {
        let bracket = self.bytes()[open] as char;
        Fault::new(format!("this `{bracket}` is not closed"), open..open + 1)
    }

    /// The objects in an expression that stand outside strings: the ranges of their braces.
    /// The braces of a `for` are passed through, those inside another object are part of it.
    pub fn objects(&mut self, range: Range<usize>) -> Result<Vec<Range<usize>>, Fault> {
        let bytes = self.bytes();
        let mut objects = Vec::new();
        let mut at = range.start;
        loop {
            at = self.skip(&EXPRESSION, at, range.end);
            if at >= range.end {
                return Ok(objects);
            }
            at = match bytes[at] {
                b'"' => self.quoted(at)?,
                b'<' => self.heredoc(at)?.unwrap_or(at + 1),
                b'#' | b'/' => self.comment(at, range.end)?.unwrap_or(at + 1),
                b'{' => {
                    if self.is_for(at, range.end)? {
                        at + 1
                    } else {
                        let close = self.braces(at)?;
                        objects.push(at..close);
                        close
                    }
                }
                _ => at + 1,
            };
        }
    }
}

/// Of a range that was made for another text.
pub(super) const OUTSIDE: &str = "this part of the file is not there any more";

const OPEN_STRING: &str = "this string has no closing quote on its line";

/// What `$` or `%` starts in a template.
enum Sign {
    /// `${` or `%{`.
    Opens,
    /// `$${` or `%%{`, which stand for the sign and a brace.
    Escaped,
    Text,
}

fn template_sign(bytes: &[u8]) -> Sign {
    match bytes {
        [_, b'{', ..] => Sign::Opens,
        [first, second, b'{', ..] if first == second => Sign::Escaped,
        _ => Sign::Text,
    }
}

/// Whether an ASCII byte may go on with an identifier but not start one.
fn continues(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'-'
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    fn file(bytes: impl Into<Vec<u8>>) -> Arc<File> {
        let map = SourceMap::new(Memory::new([("/main.tf", bytes)]), "/");
        map.open(Path::new("/main.tf")).expect("in memory")
    }

    /// Each item as it is in the source, cut to its header where it is a block.
    fn found(text: &str) -> (Vec<String>, Option<(String, String)>) {
        let file = file(text);
        let index = scan(&file);
        let mut items: Vec<_> = index
            .blocks
            .iter()
            .map(|block| {
                let whole = file.slice(block.span);
                assert!(whole.ends_with('}'), "{whole}");
                assert_eq!(block.inside.range().end + 1, block.span.range().end);
                for label in &block.labels {
                    let written = file.slice(label.span).trim_matches('"');
                    assert!(written == &*label.text || written.contains('\\'));
                }
                (block.span.start, file.slice(block.header()).to_string())
            })
            .chain(index.attributes.iter().map(|attribute| {
                assert_eq!(file.slice(attribute.name.span), &*attribute.name.text);
                let value = file.slice(attribute.value);
                let item = format!("{}={value}", attribute.name.text);
                (attribute.name.span.start, item)
            }))
            .collect();
        items.sort();
        let fault = index.fault.map(|fault| {
            (
                fault.message,
                file.text()[fault.span.range().start..].into(),
            )
        });
        (items.into_iter().map(|(_, item)| item).collect(), fault)
    }

    fn items(text: &str) -> Vec<String> {
        let (items, fault) = found(text);
        assert!(fault.is_none(), "{fault:?} in {text}");
        items
    }

    #[test]
    fn labels_are_quoted_or_bare() {
        let text =
            "resource \"a\" \"b\" {}\nresource a b{\n}\nlocals{}\n a /* { */ b /* \n */ \"c\" { }";
        assert_eq!(
            items(text),
            [
                "resource \"a\" \"b\"",
                "resource a b",
                "locals",
                "a /* { */ b /* \n */ \"c\""
            ]
        );
    }

    #[test]
    fn labels_resolve_escapes() {
        let file = file("variable \"\\u0078\\\"$y%\" {}");
        assert_eq!(&*scan(&file).blocks[0].labels[0].text, "x\"$y%");
    }

    #[test]
    fn braces_in_strings_comments_and_templates_do_not_count() {
        for inside in [
            "\"}\"",
            "\"\\\"}\"",
            "\"${\"}\"}\"",
            "\"${{a = \"}\"}.a}}\"",
            "\"%{ if true }}%{ endif }\"",
            "\"$${\"",
            "\"%%{\"",
            "\"$$${\"",
            "\"\\\\\"",
            "1 # }",
            "1 // }",
            "/* } */ 1",
            "\"${1 # }\"\n}\"",
            "<<A\n}\n ${ \"}\" } $${ }\nA",
            "<<-A-B\n }\n A\n A-B",
            "<<A\n}${<<B\n}\"\nB\n}\nA\nA",
            "<<A\nA, }\nAB\n  A  ",
            "<<A\r\n}\r\nA\r",
            "4 / 2 < 3",
            "<<Ä\n}\nÄ",
        ] {
            let text = format!("a {{\n x = {inside}\n}}\nb {{}}\n");
            assert_eq!(items(&text), ["a", "b"], "{text}");
        }
    }

    #[test]
    fn attributes_end_with_their_line_outside_brackets() {
        let text = "a = 1 # one\nb = [\n 1, # c\n]  /* d */ // e\n\n_c-d =\t<<A\n#\nA\ne=f(\n{\n}) /* f */ + 1";
        assert_eq!(
            items(text),
            [
                "a=1",
                "b=[\n 1, # c\n]",
                "_c-d=<<A\n#\nA",
                "e=f(\n{\n}) /* f */ + 1"
            ]
        );
    }

    #[test]
    fn a_byte_order_mark_and_crlf_are_fine() {
        assert_eq!(
            items("\u{feff}a {\r\n b = 1\r\n}\r\n\r\nc = 1\r\n"),
            ["a", "c=1"]
        );
    }

    #[test]
    fn what_stands_before_a_fault_is_found() {
        for (text, message, place) in [
            ("b {", "this `{` is not closed", "{"),
            ("b {\n c = {}\n", "this `{` is not closed", "{\n c"),
            ("b { c = \"", OPEN_STRING, "\""),
            ("b { c = \"x\n\" }", OPEN_STRING, "\"x"),
            ("b { c = \"${\"", OPEN_STRING, "\""),
            ("b { c = \"${d", OPEN_STRING, "\"${d"),
            ("b { /* c", "this comment has no `*/`", "/* c"),
            (
                "b {\n c = <<A\nA",
                "this heredoc has no line that is only `A`",
                "<<A",
            ),
            ("}", "expected a block or an attribute and found `}`", "}"),
            (
                "\0",
                "expected a block or an attribute and found the character U+0000",
                "\0",
            ),
            (
                "\"b\" = 1",
                "expected a block or an attribute and found `\"`",
                "\"b\"",
            ),
            (
                "b \"c\"\n{}",
                "expected `{` after the labels and found the end of the line",
                "\n{}",
            ),
            ("b\n", "expected `=`, `{` or a label after this name", "b\n"),
            ("b = [1", "this `[` is not closed", "[1"),
            ("b = (1]", "this `(` is not closed", "(1]"),
            ("b = 1)", "this `)` closes nothing", ")"),
            ("b = # c\n", "expected a value after `=`", "= #"),
            ("b \"${c}\" {}", "a label cannot hold a template", "${c}"),
        ] {
            let (items, fault) = found(&format!("a {{}}\n{text}"));
            let fault = fault.expect(text);
            assert_eq!((&items[..], &*fault.0), (&["a".to_string()][..], message));
            assert!(fault.1.starts_with(place), "{text}: {}", fault.1);
        }
    }

    #[test]
    fn every_item_ends_with_its_line() {
        let (items, fault) = found("a {} /* c */ b {}");
        assert_eq!(items, ["a"]);
        assert_eq!(
            fault.expect("a fault"),
            ("expected a new line and found `b`".into(), "b {}".into())
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_hide_what_follows() {
        let file = file(b"a {}\nx = \"\xff\"\nb {}\n".to_vec());
        let index = scan(&file);
        assert_eq!(index.blocks.len(), 1);
        assert_eq!(index.fault.expect("a fault").span, file.span(10, 11));
    }

    #[test]
    fn comments_may_hold_any_bytes() {
        let source = b"# \xe9\na {}\n/* \xff\xfe\n\xff */\nb { // \xe9\n}\n".to_vec();
        let index = scan(&file(source.clone()));
        assert!(index.fault.is_none());
        assert_eq!(index.blocks.len(), 2);
        let later = file([&source[..], b"c = \xe9\n"].concat());
        let fault = scan(&later).fault.expect("a fault outside of comments");
        let at = later.text().len() - 2;
        assert_eq!(fault.span, later.span(at, at + 1));
    }

    #[test]
    fn bodies_are_scanned_the_same_way() {
        let text = "locals {\n a = 1\n b { c = 2 }\n d = \"}\" # e\n}\nx { y = [] }\nz {}";
        let file = file(text);
        let index = Index::of(&file).expect("not claimed");
        let bodies: Vec<_> = index.blocks.iter().map(|block| block.body(&file)).collect();
        assert!(bodies.iter().all(|body| body.fault.is_none()));
        let values = |body: &Index| {
            let values = body.attributes.iter().map(|item| file.slice(item.value));
            values.collect::<Vec<_>>().join(",")
        };
        assert_eq!(values(bodies[0]), "1,\"}\"");
        assert_eq!(&*bodies[0].blocks[0].kind.text, "b");
        assert_eq!(values(bodies[1]), "[]");
        assert_eq!(values(bodies[2]), "");
    }

    #[test]
    fn a_body_keeps_terraforms_lines() {
        for (text, message) in [
            (
                "a {\n b = 1 }",
                "expected a new line before the closing brace",
            ),
            (
                "a { b = 1\n}",
                "expected the closing brace and found the end of the line",
            ),
            (
                "a { b {} }",
                "a block that opens on this line must have its body on lines of its own",
            ),
            (
                "a {\n b = 1 }\n",
                "expected a new line before the closing brace",
            ),
            ("a {\n b = \n 1\n}", "expected a value after `=`"),
            (
                "a {\n b.c = 1\n}",
                "expected `=`, `{` or a label after this name",
            ),
        ] {
            let file = file(text);
            let index = scan(&file);
            let body = index.blocks[0].body(&file);
            assert_eq!(body.fault.as_ref().expect(text).message, message);
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = 100_000;
        for (open, close) in [("{", "}"), ("\"${", "}\""), ("[", "]"), ("a {\n", "}\n")] {
            let text = format!("a {{\n b = {}{}\n}}", open.repeat(deep), close.repeat(deep));
            let (items, fault) = found(&text);
            assert!(fault.is_none(), "{fault:?}");
            assert_eq!(items, ["a"]);
        }
        let heredocs = "${<<A\n".repeat(deep) + &"\nA\n}".repeat(deep);
        assert_eq!(items(&format!("a {{\n b = \"{heredocs}\"\n}}")), ["a"]);
    }

    #[test]
    fn an_escape_may_spell_a_word() {
        assert!(may_mention("resource aws_ecs x {", &["aws_ecs"]));
        assert!(may_mention("resource \"aws\\u005fecs\" x {", &["aws_ecs"]));
        assert!(!may_mention(
            "resource \"aws_sqs\" x {",
            &["aws_ecs", "module"]
        ));
    }

    #[test]
    fn names_are_found_whole() {
        let names = ["each", "count"];
        for text in [
            "each.key",
            "{ a = each .value }",
            "\"${each.key}\"",
            "1-count.index",
            "[for key in [1] : key]\n+count.index",
            r#"${\teach.key}"#,
            r#"${\u0065ach.key}"#,
        ] {
            assert!(may_name(text, &names), "{text}");
        }
        for text in [
            "for_each",
            "var.desired_count",
            "account",
            "each_one",
            "counts",
            "",
        ] {
            assert!(!may_name(text, &names), "{text}");
        }
    }

    #[test]
    fn ranges_of_another_text_are_refused() {
        let file = file("é {}");
        for (start, end) in [(1, 2), (0, 1), (3, 99), (99, 100), (3, 2)] {
            let range = start..end;
            assert!(scan_body(&file, range.clone()).fault.is_some());
            assert!(scan_range(&file, range.clone()).fault.is_some());
            assert!(syntax::parse_expression(&file, range).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_scanned(bytes: Vec<u8>) {
            check_order(&file(bytes));
        }

        #[test]
        fn any_tokens_are_scanned(tokens in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "_", " ", "\n", "\r\n", "{", "}", "[", "]", "(", ")", "\"", "\\", "$", "%",
                "${", "%{", "$${", "<<", "-", "<<A\n", "\nA\n", "#", "/", "//", "/*", "*/", "=",
                ":", "?", ",", "é", "\u{feff}", "\0", "1", ".", "*", "~", "for ",
            ]), 0..40)) {
            let file = file(tokens.concat());
            check_order(&file);
            for block in &scan(&file).blocks {
                let _ = block.parse(&file);
            }
            let _ = syntax::parse_expression(&file, 0..file.text().len());
            let _ = syntax::parse_template(&file);
            let _ = syntax::parse_body(&file, 0..file.text().len());
        }
    }

    /// Items and the fault lie in the file, one after the other.
    fn check_order(file: &File) {
        let index = scan(file);
        let blocks = index.blocks.iter().map(|block| block.span);
        let attributes = index.attributes.iter().map(AttributeItem::span);
        let mut spans: Vec<_> = blocks.clone().chain(attributes).collect();
        assert!(blocks.is_sorted());
        spans.sort();
        let mut end = file.bom();
        for span in spans {
            assert!(end <= span.range().start && span.range().start < span.range().end);
            end = span.range().end;
        }
        assert!(end <= file.text().len());
        if let Some(fault) = index.fault {
            assert!(file.text().get(fault.span.range()).is_some());
        }
        for block in &index.blocks {
            block.body(file);
        }
    }
}
