//! Values and their places, YAML 1.1 scalars, and what is refused.

use super::*;
use crate::source::{Memory, SourceMap};
use crate::value::{Kind, Member, Number, Object};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

fn open(text: &str) -> Arc<File> {
    SourceMap::new(Memory::new([("/t.yaml", text)]), "/")
        .open(Path::new("/t.yaml"))
        .expect("in memory")
}

/// Long-form objects, as CloudFormation makes them.
fn tagged(tag: Tag, value: Value) -> Value {
    let span = tag.span.to(value.span);
    let member = Member {
        name: tag.name.into(),
        name_span: tag.span,
        value: value.into(),
    };
    Value::new(Kind::Object(Object::new(vec![member])), span)
}

fn read_text(text: &str) -> Result<(Arc<File>, Document), SyntaxError> {
    let file = open(text);
    let document = read(&file, 0..text.len(), &mut tagged)?;
    Ok((file, document))
}

/// A value in a line: what it is and, behind `@`, the text under its span.
fn show(file: &File, value: &Value, out: &mut String) {
    use std::fmt::Write;
    match &value.kind {
        Kind::Null(_) => out.push_str("null"),
        Kind::Bool(value) => write!(out, "{value}").expect("a string takes all"),
        Kind::Number(number) => write!(out, "{number}").expect("a string takes all"),
        Kind::Text(text) => {
            write!(out, "{:?}", text.known().expect("no holes")).expect("a string takes all");
        }
        Kind::List(list) => {
            out.push('[');
            for item in list.iter() {
                show(file, &item, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        Kind::Object(object) => {
            out.push('{');
            for member in object.members() {
                write!(out, "{}<{}>: ", member.name, file.slice(member.name_span))
                    .expect("a string takes all");
                show(file, &member.value.get(), out);
                out.push_str(", ");
            }
            out.push('}');
        }
        Kind::Unknown(unknown) => {
            write!(out, "?{}", unknown.reason()).expect("a string takes all");
        }
    }
    write!(out, "@{:?}", file.slice(value.span)).expect("a string takes all");
}

fn shown(text: &str) -> String {
    let (file, document) = read_text(text).expect("it is YAML");
    let mut out = String::new();
    show(&file, &document.root, &mut out);
    out
}

fn scalar(text: &str) -> (Arc<File>, Value) {
    let (file, document) = read_text(text).expect("it is YAML");
    let value = document.root.as_object().expect("a mapping").members()[0]
        .value
        .get();
    (file, value)
}

#[test]
fn spans_hold_exactly_the_text() {
    for (text, expected) in [
        ("a: b # c", r#"{a<a>: "b"@"b", }@"a: b""#),
        (
            "'a' :  \"b\"  # c\n",
            r#"{a<'a'>: "b"@"\"b\"", }@"'a' :  \"b\"""#,
        ),
        (
            "a: &x 'q'  # c\nb: *x\n",
            r#"{a<a>: "q"@"'q'", b<b>: "q"@"'q'", }@"a: &x 'q'  # c\nb: *x""#,
        ),
        (
            "é: !Ref  ü # c\n",
            r#"{é<é>: {Ref<!Ref>: "ü"@"ü", }@"!Ref  ü", }@"é: !Ref  ü""#,
        ),
        (
            "a: !If [ 1, x ] \nb: 1",
            r#"{a<a>: {If<!If>: [1@"1", "x"@"x", ]@"[ 1, x ]", }@"!If [ 1, x ]", b<b>: 1@"1", }@"a: !If [ 1, x ] \nb: 1""#,
        ),
        (
            "a: !If\n- 1\n\n# c\nb: !T\n  k: v\n",
            r#"{a<a>: {If<!If>: [1@"1", ]@"- 1", }@"!If\n- 1", b<b>: {T<!T>: {k<k>: "v"@"v", }@"k: v", }@"!T\n  k: v", }@"a: !If\n- 1\n\n# c\nb: !T\n  k: v""#,
        ),
        (
            "a:\n-   # c\n  q: 1\n- x\n",
            r#"{a<a>: [{q<q>: 1@"1", }@"q: 1", "x"@"x", ]@"-   # c\n  q: 1\n- x", }@"a:\n-   # c\n  q: 1\n- x""#,
        ),
        (
            "- - a\n  -\n    - b\n- c",
            r#"[["a"@"a", ["b"@"b", ]@"- b", ]@"- a\n  -\n    - b", "c"@"c", ]@"- - a\n  -\n    - b\n- c""#,
        ),
        (
            "a:\nb: !Ref\n\nc: {d: , e}\n",
            r#"{a<a>: null@"a:", b<b>: {Ref<!Ref>: null@"", }@"!Ref", c<c>: {d<d>: null@"d:", e<e>: null@"e", }@"{d: , e}", }@"a:\nb: !Ref\n\nc: {d: , e}""#,
        ),
        (
            "a: [{b: 1}, c: 2]",
            r#"{a<a>: [{b<b>: 1@"1", }@"{b: 1}", {c<c>: 2@"2", }@"c: 2", ]@"[{b: 1}, c: 2]", }@"a: [{b: 1}, c: 2]""#,
        ),
        (
            "a: |2\n   x\n  y\n# c\nb: >-\n  p\n  q\n\n\n",
            r#"{a<a>: " x\ny\n"@" x\n  y", b<b>: "p q"@"p\n  q", }@"a: |2\n   x\n  y\n# c\nb: >-\n  p\n  q""#,
        ),
        (
            "a: x\n  y\n\n  z\nb: \"p\\\n  q\\u0041\"",
            r#"{a<a>: "x y\nz"@"x\n  y\n\n  z", b<b>: "pqA"@"\"p\\\n  q\\u0041\"", }@"a: x\n  y\n\n  z\nb: \"p\\\n  q\\u0041\"""#,
        ),
        (
            "a: !Sub |\r\n  é\r\n\r\n  b\r\nc: d\r\n",
            r#"{a<a>: {Sub<!Sub>: "é\n\nb\n"@"é\r\n\r\n  b", }@"!Sub |\r\n  é\r\n\r\n  b", c<c>: "d"@"d", }@"a: !Sub |\r\n  é\r\n\r\n  b\r\nc: d""#,
        ),
        (
            "{\"a\": [1,true,\"x\"]}",
            r#"{a<"a">: [1@"1", true@"true", "x"@"\"x\"", ]@"[1,true,\"x\"]", }@"{\"a\": [1,true,\"x\"]}""#,
        ),
        (
            "a: !!str 1\nb: ! 2\nc: !!int '3'",
            r#"{a<a>: "1"@"1", b<b>: "2"@"2", c<c>: 3@"'3'", }@"a: !!str 1\nb: ! 2\nc: !!int '3'""#,
        ),
        (
            " f: |\n e: >+\n\n g: 1\n",
            r#"{f<f>: ""@"|", e<e>: "\n"@">+", g<g>: 1@"1", }@"f: |\n e: >+\n\n g: 1""#,
        ),
        ("", r#"null@"""#),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn plain_scalars_read_as_yaml_1_1() {
    for (text, expected) in [
        ("0", "0"),
        ("00", "0"),
        ("-0", "0"),
        ("+0", "0"),
        ("0x0", "0"),
        ("0b0", "0"),
        ("0_0", "0"),
        ("0_", "0"),
        ("010", "8"),
        ("-0x1F", "-31"),
        ("1_000", "1000"),
        ("1000:0", "60000"),
        ("-1:30", "-90"),
        ("1:30.5", "90.5"),
        ("08.5", "8.5"),
        (".5", "0.5"),
        ("1.25e+1", "12.5"),
    ] {
        let (file, value) = scalar(&format!("k: {text}"));
        let number = value.as_number().expect(text).clone();
        assert_eq!(Some(number), Number::parse(expected), "{text}");
        assert_eq!(file.slice(value.span), text);
    }
    for text in [
        "0o17",
        "1.0",
        "1.5e+3",
        "0:0",
        "09",
        "1e3",
        "1.5e3",
        "0b_",
        "0x",
        ".",
        "-",
        "-.5",
        "._5",
        "_1",
        "y",
        "n",
        "1000:60",
        "2024-01-01",
        "nUll",
        ".inf",
        "010:10",
        "1.2.3",
        "=",
    ] {
        let (_, value) = scalar(&format!("k: '{text}'"));
        assert_eq!(value.as_str().as_deref(), Some(text));
        if text != "-" {
            let (_, value) = scalar(&format!("k: {text}"));
            assert_eq!(value.as_str().as_deref(), Some(text));
        }
    }
    for text in [
        "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
    ] {
        assert_eq!(scalar(&format!("k: {text}")).1.as_bool(), Some(true));
    }
    for text in [
        "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
    ] {
        assert_eq!(scalar(&format!("k: {text}")).1.as_bool(), Some(false));
    }
    for text in ["", "~", "null", "Null", "NULL", "# c"] {
        assert!(scalar(&format!("k: {text}")).1.is_null(), "{text}");
    }
    let (_, value) = scalar("k: 1000:0");
    assert_eq!(
        value.trail.steps()[0].text.to_string(),
        "`1000:0` without quotes is the number 60000, since YAML counts in sixties at a colon"
    );
}

#[test]
fn aliases_and_merge_keys_keep_the_place_of_the_anchor() {
    let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 5\nd: *a\n";
    let (file, document) = read_text(text).expect("it is YAML");
    let root = document.root.as_object().expect("a mapping");
    let at = document.root.span;
    let c = root.get("c", at).expect("it is there");
    let read = |name: &str| {
        let value = c
            .as_object()
            .expect("a mapping")
            .get(name, at)
            .expect("there");
        (
            value.as_number().and_then(Number::to_i64),
            file.slice(value.span).to_owned(),
        )
    };
    assert_eq!(read("x"), (Some(5), "5".to_owned()));
    assert_eq!(
        read("y"),
        (Some(2), "2".to_owned()),
        "the first mapping wins"
    );
    assert_eq!(read("z"), (Some(4), "4".to_owned()));
    let d = root.get("d", at).expect("it is there");
    assert_eq!(file.slice(d.span), "{x: 1, y: 2}");
    let steps = d.trail.steps();
    assert_eq!(
        (&*steps[0].text.to_string(), file.slice(steps[0].span)),
        ("alias `*a`", "*a")
    );
    let kinds: Vec<_> = document.notes.iter().map(|note| note.kind).collect();
    assert_eq!(
        kinds,
        [
            NoteKind::Alias,
            NoteKind::Alias,
            NoteKind::MergeKey,
            NoteKind::Alias
        ]
    );
}

#[test]
fn duplicate_keys_are_kept_and_noted() {
    let (file, document) = read_text("a: 1\nb: 2\na: 3\n").expect("it is YAML");
    let root = document.root.as_object().expect("a mapping");
    assert_eq!(root.members().len(), 3);
    let a = root.get("a", document.root.span).expect("it is there");
    assert_eq!(file.slice(a.span), "3");
    assert_eq!(document.notes.len(), 1);
    assert_eq!(document.notes[0].span.start, 10);
}

#[test]
fn lines_too_far_left_are_read_in_brackets_and_quotes() {
    for (text, expected) in [
        (
            "é:\n    a: [x,\n    y, # ü\n  z\n]\n    b: 1\n",
            r#"{é<é>: {a<a>: ["x"@"x", "y"@"y", "z"@"z", ]@"[x,\n    y, # ü\n  z\n]", b<b>: 1@"1", }@"a: [x,\n    y, # ü\n  z\n]\n    b: 1", }@"é:\n    a: [x,\n    y, # ü\n  z\n]\n    b: 1""#,
        ),
        (
            "a:\n  b: {\n\"k\": \"v\"}\n",
            r#"{a<a>: {b<b>: {k<"k">: "v"@"\"v\"", }@"{\n\"k\": \"v\"}", }@"b: {\n\"k\": \"v\"}", }@"a:\n  b: {\n\"k\": \"v\"}""#,
        ),
        (
            "a:\n  b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'\n",
            r#"{a<a>: {b<b>: "c\nd e\n"@"\"c\n\n d \\\ne\\n\"", f<f>: "g h"@"'g\nh'", }@"b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'", }@"a:\n  b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'""#,
        ),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
    // Each is read again from the start, which must not be done too often.
    let many = format!("a:\n{}", "  b: [\nx]\n".repeat(20_000));
    assert!(read_text(&many).is_err());
}

#[test]
fn faults_have_a_place() {
    for (text, at, message) in [
        ("a: [1, {", 8, ""),
        ("a: 1\n---\nb: 2\n", 5, "second document"),
        ("a: 1\0", 4, "NUL"),
        ("? [a]\n: b\n", 2, "a key is"),
        ("!Ref a: b\n", 0, "a key is"),
        ("a: *x\n", 3, "anchor"),
    ] {
        let error = read_text(text).expect_err(text);
        assert_eq!(error.span.start, at, "{text:?}: {}", error.message);
        assert!(error.message.contains(message), "{}", error.message);
    }
}

#[test]
fn bombs_end_quickly() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..40 {
        let aliases = vec![format!("*a{}", at - 1); 10].join(", ");
        laughs += &format!("a{at}: &a{at} [{aliases}]\n");
    }
    laughs += "last: 1\n";
    let (_, document) = read_text(&laughs).expect("it is YAML");
    let root = document.root.as_object().expect("a mapping");
    assert_eq!(root.members().len(), 41);
    assert!(root.get("last", document.root.span).is_some());

    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for at in 1..64 {
        let before = at - 1;
        merges += &format!("a{at}: &a{at} {{<<: [*a{before}, *a{before}]}}\n");
    }
    read_text(&merges).expect("it is YAML");

    let (_, document) = read_text("a: &m\n  again: *m\nb: 1\n").expect("it is YAML");
    assert_eq!(
        document
            .root
            .as_object()
            .expect("a mapping")
            .members()
            .len(),
        2
    );

    let deep: String = (0..2500).map(|at| " ".repeat(at) + "a:\n").collect();
    read_text(&format!("{deep}b: 1\n")).expect("it is YAML");
    let dashes = "- ".repeat(10_000);
    read_text(&dashes).expect("it is YAML");
    assert!(read_text(&"[".repeat(10_000)).is_err());
    let _ = read_text(&"{a: ".repeat(10_000));
    let _ = read_text(&"? ".repeat(10_000));
    let _ = read_text(&"&a ".repeat(10_000));
}

/// Every scalar of a document, with the text that the parser itself decodes.
fn assert_mapped(text: &str) {
    let Ok((file, document)) = read_text(text) else {
        return;
    };
    let mut waiting = vec![document.root];
    while let Some(value) = waiting.pop() {
        match &value.kind {
            Kind::List(list) => waiting.extend(list.iter()),
            Kind::Object(object) => {
                waiting.extend(object.members().iter().map(|member| member.value.get()));
            }
            Kind::Text(rope) => {
                let literal = rope.as_literal().expect("a scalar is one literal");
                let decoded = literal.as_str();
                for (at, character) in decoded.char_indices() {
                    let span = literal.inner_span(at..at + character.len_utf8());
                    let source = file.slice(span);
                    let escaped = source.starts_with('\\') || source == "''";
                    let folded = matches!(character, ' ' | '\n');
                    assert!(
                        escaped || folded || source.starts_with(character),
                        "{character:?} of {decoded:?} at {source:?} in {text:?}"
                    );
                }
            }
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "[a-c:&*!|>'\"\\\\{}\\[\\],#?~é \n\r\t+\\-0-9<]{0,60}") {
        let _ = read_text(&text);
    }

    #[test]
    fn bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = read_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn block_scalars_map_every_character(
        lead in "(|é: ü\r?\n)",
        header in "[|>][+-]?",
        lines in proptest::collection::vec("( {0,3}[a-zé ]{0,6})(\n|\r\n)", 0..6),
        tail in "(|z: 1\n|# c\nz: 1\n)",
    ) {
        let body: String = lines.iter().map(|line| format!("  {line}")).collect();
        assert_mapped(&format!("{lead}k: {header}\n{body}{tail}"));
        assert_mapped(&format!("{lead}k: !T {header}\n{body}{tail}"));
        assert_mapped(&format!("- - {header}\n    {}\n", body.replace('\n', "\n    ")));
    }

    #[test]
    fn flow_scalars_map_every_character(
        quote in "['\"]?",
        text in "[a-zé]([a-zé ]|\n  |\r\n  |\n\n   ){0,20}[a-z]",
        escape in "(|\\\\n|\\\\u00e9|\\\\\\\\|\\\\\n  |'')",
    ) {
        let escape = match (&*quote, &*escape) {
            ("'", "''") => "''",
            ("\"", escape) if escape != "''" => escape,
            _ => "",
        };
        assert_mapped(&format!("é: {quote}{text}{escape}{text}{quote} # c\nb: {quote}{text}{quote}\n"));
    }
}
