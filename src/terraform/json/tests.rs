//! Blocks, labels and templates of JSON syntax, and the places of faults.

use super::*;
use crate::source::{Memory, SourceMap};
use proptest::prelude::*;

fn open(text: &str) -> Arc<File> {
    let sources = SourceMap::new(Memory::new([("/main.tf.json", text)]), "/");
    sources
        .open(Path::new("main.tf.json"))
        .expect("it is in memory")
}

fn headers(text: &str) -> Vec<String> {
    let file = open(text);
    let index = Index::of(&file).expect("it is nobody else's");
    let header = |block: &BlockItem| {
        let labels = block.labels.iter().map(|label| format!(" {}", label.text));
        format!("{}{}", block.kind.text, labels.collect::<String>())
    };
    index.blocks.iter().map(header).collect()
}

#[test]
fn properties_are_labels_and_lists_are_several_blocks() {
    let text = r#"{
            "//": "a comment",
            "resource": {"aws_x": {"a": {}, "b": [{}, {}]}, "aws_y": [{"c": {}}]},
            "data": [{"aws_z": {"d": {}}}],
            "variable": {"v": {}},
            "locals": {"l": 1},
            "terraform": [{"backend": {}}]
        }"#;
    assert_eq!(
        headers(text),
        [
            "resource aws_x a",
            "resource aws_x b",
            "resource aws_x b",
            "resource aws_y c",
            "data aws_z d",
            "variable v",
            "locals",
            "terraform"
        ]
    );
}

#[test]
fn strings_are_templates_where_they_may_be() {
    let file = open(
        r#"{"variable": {"v": {"type": "list(string)", "default": ["${x}"]}},
               "locals": {"a": "${var.v[0]}", "b": "x-${var.v}", "c": "$${x}", "d": -5, "e": {"${k}": "v"}}}"#,
    );
    let index = Index::of(&file).expect("it is nobody else's");
    let shape = |block: usize| -> Vec<&'static str> {
        let attributes = index.blocks[block].body(&file).attributes.iter();
        attributes
            .map(
                |attribute| match &attribute.parse(&file).expect("it parses").kind {
                    ExprKind::Call(_) => "call",
                    ExprKind::Tuple(_) => "tuple",
                    ExprKind::Template(_) => "template",
                    ExprKind::String(literal) if literal.as_str() == "${x}" => "string",
                    ExprKind::Number(text) if &**text == "-5" => "number",
                    ExprKind::Object(_) => "object",
                    _ => "something else",
                },
            )
            .collect()
    };
    assert_eq!(shape(0), ["call", "tuple"]);
    assert_eq!(
        shape(1),
        ["template", "template", "template", "number", "object"]
    );
    let default = index.blocks[0].body(&file).attributes[1].parse(&file);
    let ExprKind::Tuple(items) = &default.expect("it parses").kind else {
        panic!("a list");
    };
    assert!(matches!(&items[0].kind, ExprKind::String(text) if text.as_str() == "${x}"));
}

#[test]
fn what_could_be_blocks_is_both() {
    let file = open(
        r#"{"resource": {"t": {"n": {
                "volume": [{"name": "a"}, {"name": "b"}],
                "tags": {"k": "v"},
                "dynamic": {"volume": {"for_each": "${var.v}", "content": {"name": "c"}}},
                "list": [1]
            }}}}"#,
    );
    let index = Index::of(&file).expect("it is nobody else's");
    let body = index.blocks[0].body(&file);
    let attributes: Vec<&str> = body.attributes.iter().map(|it| &*it.name.text).collect();
    assert_eq!(attributes, ["volume", "tags", "list"]);
    let kinds: Vec<String> = body
        .blocks
        .iter()
        .map(|block| format!("{} {}", block.kind.text, block.labels.len()))
        .collect();
    assert_eq!(kinds, ["volume 0", "volume 0", "tags 0", "dynamic 1"]);
    let dynamic = body.blocks[3].body(&file);
    assert_eq!(&*dynamic.blocks[0].kind.text, "content");
}

#[test]
fn a_fault_has_a_place() {
    let file = open("{\"resource\": {\"a\": 1}}");
    let index = Index::of(&file).expect("it is nobody else's");
    let fault = index.fault.as_ref().expect("1 is no object");
    assert_eq!(file.slice(fault.span), "1");
}

proptest! {
    #[test]
    fn nothing_panics(text in "[{}\\[\\]\",: a$\\\\/n0-9%-]{0,60}|\\{\"resource\": [{}\\[\\]\",:a${]{0,40}") {
        let file = open(&text);
        if let Some(index) = Index::of(&file) {
            let _ = index.first_fault(&file);
        }
    }
}
