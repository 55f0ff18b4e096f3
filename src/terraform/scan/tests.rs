//! What is found, what is a fault, and Terraform's rules of lines.

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
    let source =
        b"# \xe9\na {}\n/* \xff\xfe\n\xff */\nb { // \xe9\n x = \"${1 /* \xe9 */}\"\n}\n".to_vec();
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
    assert!(may_mention(
        "resource aws_ecs x {",
        &[Finder::new("aws_ecs")]
    ));
    assert!(may_mention(
        "resource \"aws\\u005fecs\" x {",
        &[Finder::new("aws_ecs")]
    ));
    assert!(!may_mention(
        "resource \"aws_sqs\" x {",
        &[Finder::new("aws_ecs"), Finder::new("module")]
    ));
}

#[test]
fn names_are_found_whole() {
    let names = ["each", "count"].map(Finder::new);
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
