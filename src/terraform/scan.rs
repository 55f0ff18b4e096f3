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

/// Whether one of the words may be named in a file: by its bytes, or by an escape that could
/// spell it. Terraform resolves escapes in labels.
pub fn may_mention(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let holds = |word: &&str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let is_unicode = |at: usize| matches!(bytes.get(at + 1), Some(b'u' | b'U'));
    words.iter().any(holds) || memchr::memchr_iter(b'\\', bytes).any(is_unicode)
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
mod tests {
    use super::lexer::OPEN_STRING;
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
            let _ = scan(&file).first_fault(&file);
            let _ = syntax::parse_expression(&file, 0..file.text().len());
            let _ = syntax::parse_template(&file);
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
