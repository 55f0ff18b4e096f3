//! Spans, holes and encoded pieces, and agreement with `serde_json`.

use super::*;
use crate::source::{Memory, SourceMap};
use crate::value::{Kind, LiteralBuilder, Marks, Piece, Unknown};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;

fn open(bytes: impl AsRef<[u8]>) -> Arc<File> {
    SourceMap::new(Memory::new([("/a", bytes.as_ref())]), "/")
        .open(Path::new("/a"))
        .expect("it is in memory")
}

fn read(file: &File) -> Result<Value, SyntaxError> {
    parse_file(file, 0..file.text().len())
}

/// The value in a form that is short to write: `?` for unknown, `…` for what may be more.
fn show(value: &Value) -> String {
    let mut out = String::new();
    match &value.kind {
        Kind::Null(_) => out.push_str("null"),
        Kind::Bool(value) => write!(out, "{value}").unwrap(),
        Kind::Number(number) => write!(out, "{number}").unwrap(),
        Kind::Text(text) => {
            out.push('\'');
            for piece in text.expanded().pieces() {
                match &piece.kind {
                    crate::value::PieceKind::Literal(literal) => out.push_str(literal.as_str()),
                    _ => out.push('?'),
                }
            }
            out.push('\'');
        }
        Kind::List(list) => {
            let mut items: Vec<String> = list.iter().map(|item| show(&item)).collect();
            items.extend(list.rest.is_some().then(|| "…".to_owned()));
            write!(out, "[{}]", items.join(" ")).unwrap();
        }
        Kind::Object(object) => {
            let mut items: Vec<String> = object
                .members()
                .iter()
                .map(|member| format!("{}:{}", member.name, show(&member.value.get())))
                .collect();
            items.extend(object.rest.is_some().then(|| "…".to_owned()));
            write!(out, "{{{}}}", items.join(" ")).unwrap();
        }
        Kind::Unknown(_) => out.push('?'),
    }
    out
}

/// A rope from text in which `$` is a hole and `@` an encoded value.
fn rope(file: &File, encoded: &Value) -> Text {
    let text: Arc<str> = file.text().into();
    let whole = file.span(0, text.len());
    let literal = Literal::mapped(text.clone(), Map::verbatim(whole, 0));
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, mark) in text.match_indices(['$', '@']) {
        pieces.push(Piece::literal(literal.slice(from..at)));
        let span = file.span(at, at + 1);
        let made = match mark {
            "$" => Text::hole(Unknown::unset_input("`var.x` has no value", span, None)),
            _ => Text::encoded(encoded.clone()),
        };
        pieces.extend(made.pieces().iter().cloned());
        from = at + 1;
    }
    pieces.push(Piece::literal(literal.slice(from..text.len())));
    pieces.into_iter().collect()
}

fn shown_rope(text: &str, encoded: &Value) -> String {
    let file = open(text);
    match parse(&rope(&file, encoded), file.span(0, text.len())) {
        Ok(value) => show(&value),
        Err(error) => format!("{} | {}", error.message, file.slice(error.span)),
    }
}

#[test]
fn holes_are_understood_by_where_they_stand() {
    let none = Value::null(open("").span(0, 0));
    for (text, expected) in [
        ("$", "?"),
        (" $ ", "?"),
        ("[$]", "[…]"),
        ("[$, {\"a\":1}]", "[{a:1} …]"),
        ("[{\"a\":1}$]", "[{a:1} …]"),
        ("[{\"a\":1} $ 2]", "[{a:1} 2 …]"),
        ("[1, $, 2]", "[1 2 …]"),
        ("[1, $]", "[1 …]"),
        ("[1$]", "[? …]"),
        ("[1$2]", "[? …]"),
        ("[$2, 3]", "[? 3 …]"),
        ("[1$2$3$ , 4]", "[? 4 …]"),
        ("[$$]", "[…]"),
        ("{\"a\": $}", "{a:?}"),
        ("{\"a\": $, \"b\": 2}", "{a:? b:2}"),
        ("{\"a\": $5}", "{a:?}"),
        ("{\"a\": 5$}", "{a:? …}"),
        ("{\"a\": 5 $}", "{a:5 …}"),
        ("{\"a\": \"b\"$}", "{a:'b' …}"),
        ("{\"a\": tru$}", "{a:? …}"),
        ("{$}", "{…}"),
        ("{$, \"a\": 1}", "{a:1 …}"),
        ("{$ \"a\": 1}", "{a:1 …}"),
        ("{\"a\": 1, $}", "{a:1 …}"),
        ("{\"a\": null$ \"b\": 2}", "{a:null b:2 …}"),
        ("{\"a\": null$, \"b\": 2}", "{a:null b:2 …}"),
        ("{$: 1, \"b\": 2}", "{b:2 …}"),
        ("{\"x$\": 1, \"b\": 2}", "{b:2 …}"),
        ("{\"a\" $ 1}", "?"),
        ("{$ \"a\"}", "?"),
        ("{$ 5}", "?"),
        ("[$: 5}", "?"),
        ("[1 $", "?"),
        ("[1] $", "[1]"),
        ("$ [1]", "?"),
        ("[1] $ 5", "?"),
        ("1$", "?"),
        ("\"a$b\"", "'a?b'"),
        ("\"$\"", "'?'"),
        ("\"a\\n$\\t\"", "'a\n?\t'"),
        ("\"a\\$\"", "'?'"),
        ("\"a\\u00$41\"", "'?'"),
        ("[$,]", "expected another element after this comma | ,"),
        ("[1,,$]", "expected a JSON value, found `,` | ,"),
        ("[1 2 $]", "expected `,` or `]`, found `2` | 2"),
        ("[\"$\" 2]", "expected `,` or `]`, found `2` | 2"),
    ] {
        assert_eq!(shown_rope(text, &none), expected, "{text}");
    }
}

#[test]
fn encoded_pieces_are_values_or_characters_by_where_they_stand() {
    let file = open("[1, \"a\"]");
    let list = read(&file).unwrap();
    let number = read(&open("7")).unwrap();
    let string = read(&open("\"k\"")).unwrap();
    for (text, value, expected) in [
        ("@", &list, "[1 'a']"),
        ("[@, @]", &list, "[[1 'a'] [1 'a']]"),
        ("{\"a\": @}", &list, "{a:[1 'a']}"),
        ("[@$]", &list, "[[1 'a'] …]"),
        ("[@$]", &number, "[? …]"),
        ("[$@]", &number, "[? …]"),
        ("[1@]", &number, "[17]"),
        ("[@.5]", &number, "[7.5]"),
        ("\"@-@\"", &number, "'7-7'"),
        ("{@: 1}", &string, "{k:1}"),
        ("{\"a\\\"@\": @}", &number, "{a\"7:7}"),
        (
            "[@ @]",
            &list,
            "expected `,` or `]` before this value | [1, \"a\"]",
        ),
        ("\"@\"", &list, "expected nothing after the JSON value | a"),
    ] {
        let file = open(text);
        let shown = match parse(&rope(&file, value), file.span(0, text.len())) {
            Ok(value) => show(&value),
            Err(error) => {
                let at = error.span.range();
                let text = ["[1, \"a\"]", text].map(|text| text.get(at.clone()).unwrap_or(""));
                format!("{} | {}", error.message, text[0])
            }
        };
        assert_eq!(shown, expected, "{text}");
    }
    let unknown = Value::unknown(Unknown::unsupported("no", file.span(0, 1)));
    assert_eq!(shown_rope("[@]", &unknown), "[?]", "one value, not several");
    assert_eq!(shown_rope("\"@\"", &unknown), "'?'");
}

/// The text under the span of each string and name, in the order of the text.
fn places(file: &File, value: &Value, out: &mut Vec<String>) {
    match &value.kind {
        Kind::List(list) => list.iter().for_each(|item| places(file, &item, out)),
        Kind::Object(object) => {
            for member in object.members() {
                out.push(file.slice(member.name_span).to_owned());
                places(file, &member.value.get(), out);
            }
        }
        _ => out.push(file.slice(value.span).to_owned()),
    }
}

#[test]
fn every_span_of_a_file_holds_what_was_written() {
    let text = "\u{feff}\r\n[ {\"na\\u006de\" : \"rö\\not\", \"n\":-1.50e+3}, [ ], true,\t\"\"]\n";
    let file = open(text);
    let value = read(&file).unwrap();
    let mut found = Vec::new();
    places(&file, &value, &mut found);
    let expected = [
        r#""na\u006de""#,
        r#""rö\not""#,
        r#""n""#,
        "-1.50e+3",
        "true",
        r#""""#,
    ];
    assert_eq!(found, expected);
    assert_eq!(
        file.slice(value.span),
        text.trim_matches(['\u{feff}', '\r', '\n'])
    );
    let list = value.as_list().unwrap();
    assert_eq!(
        file.slice(list.items[0].span()),
        r#"{"na\u006de" : "rö\not", "n":-1.50e+3}"#
    );
    assert_eq!(file.slice(list.items[1].span()), "[ ]");
    let name = list.items[0]
        .get()
        .as_object()
        .unwrap()
        .get("name", value.span)
        .unwrap();
    let literal = name.as_text().unwrap().as_literal().unwrap();
    assert_eq!(literal.as_str(), "rö\not");
    assert_eq!(file.slice(literal.span()), r#""rö\not""#);
    assert_eq!(file.slice(literal.inner_span(1..4)), "ö\\n");
    let empty = list.items[3].get();
    let empty = empty.as_text().unwrap().as_literal().unwrap();
    assert_eq!(file.slice(empty.span()), r#""""#);
    assert!(empty.inner_span(0..0).range().is_empty());
}

#[test]
fn a_part_of_a_file_has_the_places_of_the_file() {
    let file = open(r#"{"a": {"b": "c\td"}}"#);
    let value = parse_file(&file, 6..19).unwrap();
    let inner = value.as_object().unwrap().get("b", value.span).unwrap();
    assert_eq!(file.slice(inner.span), r#""c\td""#);
    let members = members(&file, 0..20).unwrap();
    assert_eq!(file.slice(members[0].value), r#"{"b": "c\td"}"#);
}

#[test]
fn escapes_of_json_over_escapes_of_the_string_around_it() {
    // A quoted template: each \" is one quote, and \\ is one backslash.
    let file = open(r#""[\"a\\nb\", \"c\", 5]""#);
    let text = file.text();
    let mut builder = LiteralBuilder::new(file.span(0, text.len()));
    let mut at = 1;
    while at < text.len() - 1 {
        match &text[at..=at] {
            "\\" => builder.replaced(&text[at + 1..at + 2], at, 2),
            plain => builder.verbatim(plain, at),
        }
        at += if &text[at..=at] == "\\" { 2 } else { 1 };
    }
    let rope = Text::from(builder.finish());
    assert_eq!(rope.known().unwrap(), r#"["a\nb", "c", 5]"#);
    let value = parse(&rope, file.span(0, text.len())).unwrap();
    let mut found = Vec::new();
    places(&file, &value, &mut found);
    assert_eq!(found, [r#"\"a\\nb\""#, r#"\"c\""#, "5"]);
    let first = value.as_list().unwrap().items[0].get();
    let literal = first.as_text().unwrap().as_literal().unwrap();
    assert_eq!(literal.as_str(), "a\nb");
    assert_eq!(file.slice(literal.span()), r#"\"a\\nb\""#);
    assert_eq!(file.slice(literal.slice(1..2).span()), r"\\n");
    assert_eq!(file.slice(literal.slice(2..3).span()), "b");
    let second = value.as_list().unwrap().items[1].get();
    let literal = second.as_text().unwrap().as_literal().unwrap();
    assert_eq!(file.slice(literal.span()), r#"\"c\""#);
    assert_eq!(file.slice(literal.inner_span(0..1)), "c");
}

/// Pieces of one file: each a range, its text as it stands; the second and fourth have a trail.
fn pieces(file: &File, ranges: &[Range<usize>]) -> Text {
    let pieces = ranges.iter().enumerate().map(|(index, range)| {
        let span = file.span(range.start, range.end);
        let literal = Literal::mapped(file.slice(span).into(), Map::verbatim(span, range.start));
        let mut piece = Piece::literal(literal);
        if index % 2 == 1 {
            piece.trail = piece.trail.then("default of `uid`", span);
            piece.marks = Marks::SENSITIVE;
        }
        piece
    });
    pieces.collect()
}

#[test]
fn an_interpolation_that_is_the_whole_string_stands_where_it_was_written() {
    let text = r#"["", "x", 1, t] 10\n 20"#;
    let file = open(text);
    let at = |part: &str| {
        let start = text.rfind(part).unwrap();
        start..start + part.len()
    };
    let whole = file.span(0, text.len());
    let value = parse(&pieces(&file, &[0..2, at("20"), 2..3, 0..0, 14..15]), whole).unwrap();
    let item = value.as_list().unwrap().items[0].get();
    assert_eq!(item.as_str().unwrap(), "20");
    assert_eq!(
        (file.slice(item.span), item.marks),
        ("20", Marks::SENSITIVE)
    );
    assert_eq!(item.trail.steps().len(), 1);
    // With an escape of JSON in it.
    let value = parse(
        &pieces(&file, &[0..2, at(r"10\n"), 2..3, 0..0, 14..15]),
        whole,
    )
    .unwrap();
    let item = value.as_list().unwrap().items[0].get();
    assert_eq!(item.as_str().unwrap(), "10\n");
    assert_eq!(file.slice(item.span), r"10\n");
    assert_eq!(item.as_text().unwrap().pieces()[0].trail.steps().len(), 1);
    // Even if it is empty.
    let value = parse(&pieces(&file, &[0..2, 22..22, 2..3, 0..0, 14..15]), whole).unwrap();
    let item = value.as_list().unwrap().items[0].get();
    assert_eq!((item.as_str().unwrap().as_ref(), item.span.start), ("", 22));
    // With text beside it, the string stands between its quotes.
    let value = parse(
        &pieces(&file, &[0..1, 0..0, 5..7, at("20"), 7..8, 0..0, 14..15]),
        whole,
    );
    let value = value.unwrap();
    let item = value.as_list().unwrap().items[0].get();
    assert_eq!(item.as_str().unwrap(), "x20");
    assert_eq!(
        (file.slice(item.span), item.marks),
        (r#""x""#, Marks::SENSITIVE)
    );
    assert!(item.trail.is_empty());
    assert_eq!(item.as_text().unwrap().pieces().len(), 2);
    // A number that came as a piece.
    let value = parse(&pieces(&file, &[0..1, at("20"), 14..15]), whole).unwrap();
    let item = value.as_list().unwrap().items[0].get();
    assert_eq!((show(&item).as_str(), file.slice(item.span)), ("20", "20"));
    assert!(item.marks.is_sensitive() && item.trail.steps().len() == 1);
}

#[test]
fn an_escape_may_run_over_pieces() {
    let text = r#""a\u00|41b""#;
    let file = open(text);
    let bar = text.find('|').unwrap();
    let rope = pieces(&file, &[0..bar, bar + 1..text.len()]);
    let value = parse(&rope, file.span(0, text.len())).unwrap();
    assert_eq!(value.as_str().unwrap(), "aAb");
    let rendered = value.as_text().unwrap().render().unwrap();
    let slices = rendered.slice(1..3);
    assert_eq!(file.slice(slices[0].span()), r"\u00");
    assert_eq!(file.slice(slices[1].span()), "b");
}

#[test]
fn faults_are_named_at_their_place() {
    for (text, message, place) in [
        ("", "expected a JSON value, but the text is empty", ""),
        (" \n", "expected a JSON value, but the text is empty", " \n"),
        ("[1, 2", "this `[` is not closed", "["),
        (
            "{\"a\": [1], \"b\"",
            "expected `:` after this property name",
            "\"b\"",
        ),
        ("{\"a\": ", "this `{` is not closed", "{"),
        (
            "{\"a\": 1 \"b\": 2}",
            "expected `,` or `}`, found `\"`",
            "\"",
        ),
        (
            "{\"a\": 1,}",
            "expected a property name in double quotes after this comma",
            ",",
        ),
        ("[1,]", "expected another element after this comma", ","),
        (
            "['a']",
            "expected a JSON value, and JSON has no single quotes",
            "'",
        ),
        (
            "{'a': 1}",
            "expected a property name in double quotes, and JSON has no single quotes",
            "'",
        ),
        (
            "{a: 1}",
            "expected a property name in double quotes, found `a`",
            "a",
        ),
        (
            "// x\n1",
            "expected a JSON value, and JSON has no comments",
            "/",
        ),
        (
            "{\"a\": 1 /* x */}",
            "expected `,` or `}`, and JSON has no comments",
            "/",
        ),
        ("\"a", "this string has no closing quote", "\""),
        ("\"a\\", "this string has no closing quote", "\""),
        (
            "\"\\é\"",
            "expected one of `\"`, `\\`, `/`, `b`, `f`, `n`, `r`, `t` and `u` after this backslash",
            "\\é",
        ),
        (
            "\"\\u00g0\"",
            "expected four hexadecimal digits after `\\u`",
            "\\u00g",
        ),
        (
            "\"a\nb\"",
            "a line break inside a string is written `\\n`",
            "\n",
        ),
        (
            "\"a\0\"",
            "a control character inside a string is written `\\u0000`",
            "\0",
        ),
        ("{} x", "expected nothing after the JSON value", "x"),
        ("[1}", "expected `,` or `]`, found `}`", "}"),
        ("[True]", "expected a JSON value, found `True`", "True"),
        ("-", "expected a JSON value, found `-`", "-"),
        (
            "01",
            "expected a number without leading zeros, found `01`",
            "01",
        ),
        (
            "+1",
            "expected a number without a plus sign, found `+1`",
            "+1",
        ),
        ("1.", "expected a digit after the point of `1.`", "1."),
        ("1e+", "expected a digit in the exponent of `1e+`", "1e+"),
        ("0x1F", "expected a number, found `0x1F`", "0x1F"),
        ("[1 😀]", "expected `,` or `]`, found `😀`", "😀"),
        (
            "{5: 1}",
            "expected a property name in double quotes, found `5`",
            "5",
        ),
        (
            "{\"a\": 1, \0}",
            "expected a property name in double quotes, found `\0`",
            "\0",
        ),
    ] {
        let file = open(text);
        let error = read(&file).unwrap_err();
        let found = (error.message.as_str(), file.slice(error.span));
        assert_eq!(found, (message, place), "{text}");
    }
    let file = open(b"[\"a\xff\"]");
    assert_eq!(read(&file).unwrap_err().span, file.span(3, 4));
}

#[test]
fn depth_is_bounded_in_every_direction() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let deepest = read(&open(nested(MAX_DEPTH))).unwrap();
    assert_eq!(render(&deepest).known().unwrap(), nested(MAX_DEPTH));
    let error = read(&open(nested(10_000))).unwrap_err();
    assert_eq!(error.message, "nested more than 512 levels deep");
    assert_eq!(error.span.range(), 512..513);
    let file = open(format!("{{\"a\":{}}}", nested(100_000)));
    assert_eq!(members(&file, 0..file.text().len()).unwrap().len(), 1);
    let wrapped = Value::new(
        Kind::List(crate::value::List::new(vec![deepest.into()])),
        error.span,
    );
    assert!(render(&wrapped).has_holes());
}

#[test]
fn shared_parts_do_not_render_without_end() {
    let file = open("[\"x\"]");
    let mut value = read(&file).unwrap();
    for _ in 0..100 {
        let items = vec![value.clone().into(), value.into()];
        value = Value::new(Kind::List(crate::value::List::new(items)), file.span(0, 1));
    }
    assert!(writer::render(&value, 1 << 16).has_holes());
    // Each way is a piece of its own, which takes more than its characters.
    let mut value = read(&file).unwrap();
    for _ in 0..100 {
        let items = [0, 1].map(|_| value.clone().step("local", file.span(0, 1)).into());
        value = Value::new(
            Kind::List(crate::value::List::new(items.into())),
            file.span(0, 1),
        );
    }
    let pieces = writer::render(&value, 1 << 16).pieces().len();
    assert!(pieces < 300, "{pieces}");
    let mut value = read(&file).unwrap();
    for _ in 0..100 {
        value = Value::text(Text::encoded(value), file.span(0, 1));
    }
    assert!(writer::render(&value, 1 << 16).has_holes());
}

#[test]
fn rendering_is_what_terraform_renders() {
    let text =
        r#"{"b":[1,true,null,"<&>\u2028\u007f\u0001\b\f/é"],"a":{"z":1,"y":2,"z":3},"q\"":{}}"#;
    let rendered = render(&read(&open(text)).unwrap());
    assert_eq!(
        rendered.known().unwrap(),
        "{\"a\":{\"y\":2,\"z\":3},\"b\":[1,true,null,\
         \"\\u003c\\u0026\\u003e\\u2028\u{7f}\\u0001\\b\\f/é\"],\"q\\\"\":{}}"
    );
}

#[test]
fn what_is_rendered_and_read_again_has_kept_its_places() {
    let text = r#"[{"b":"x<\ny","a":"","n":[1,false]}, "1000"]"#;
    let file = open(text);
    let value = read(&file).unwrap();
    let rope = render(&value);
    assert_eq!(rope.pieces().len(), 1, "one file, one way, one piece");
    assert_eq!(rope.span(), Some(value.span));
    let again = parse(&rope, value.span).unwrap();
    let mut found = Vec::new();
    places(&file, &again, &mut found);
    let expected = [
        r#""a""#,
        r#""""#,
        r#""b""#,
        r#""x<\ny""#,
        r#""n""#,
        "1",
        "false",
        r#""1000""#,
    ];
    assert_eq!(found, expected);
    let object = again.as_list().unwrap().items[0].get();
    let b = object.as_object().unwrap().get("b", value.span).unwrap();
    let literal = b.as_text().unwrap().as_literal().unwrap();
    assert_eq!(literal.as_str(), "x<\ny");
    assert_eq!(file.slice(literal.inner_span(1..2)), "<");
    assert_eq!(file.slice(literal.inner_span(2..3)), r"\n");
}

#[test]
fn holes_survive_rendering() {
    let none = Value::null(open("").span(0, 0));
    for text in [
        "[\"a\" $ {}]",
        "[$]",
        "{\"a\":\"x$y\"$}",
        "{\"a\": $}",
        "[]",
        "[$, \"$\"]",
        "$",
    ] {
        let file = open(text);
        let value = parse(&rope(&file, &none), file.span(0, text.len())).unwrap();
        let rope = render(&value);
        let again = parse(&rope, value.span).unwrap();
        assert_eq!(show(&again), show(&value), "{text}: {rope:?}");
    }
}

#[test]
fn the_outline_is_not_fooled_by_strings() {
    let text = r#" {"a\u0062": "}\\", "b": [{"]\"": "{"}, "\\\""], "c":-1.5e3,"d":{}} "#;
    let file = open(text);
    let found: Vec<_> = members(&file, 0..text.len())
        .unwrap()
        .iter()
        .map(|member| (member.name.to_string(), file.slice(member.value).to_owned()))
        .collect();
    let expected = [
        ("ab", r#""}\\""#),
        ("b", r#"[{"]\"": "{"}, "\\\""]"#),
        ("c", "-1.5e3"),
        ("d", "{}"),
    ];
    assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    for bad in [
        "",
        "[]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":[}",
        "{\"a\":[}]}",
        "{\"a\":\"}",
        "{\"a\":{\"b\": \"c}}",
        "{\"a\":[\"b\":\"c\"]]",
        "{\"a\\",
        "{\"a\":\"\\",
        "{} x",
        "{\"a\":1 \"b\":2}",
        "{\"a\":}",
    ] {
        let file = open(bad);
        let error = members(&file, 0..bad.len()).unwrap_err();
        assert!(file.span(0, bad.len()).contains(error.span), "{bad}");
    }
    let file = open("[1, [2, 3], \"]\"]");
    let found = elements(&file, 0..file.text().len()).unwrap();
    let found: Vec<_> = found.iter().map(|&span| file.slice(span)).collect();
    assert_eq!(found, ["1", "[2, 3]", "\"]\""]);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "[\\\\\"{}\\[\\]:,<>&\u{1}\u{2028}😀a]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Whether both are the same; of a name that is there twice, the last counts.
fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (&ours.kind, theirs) {
        (Kind::Null(_), Json::Null) => true,
        (Kind::Bool(a), Json::Bool(b)) => a == b,
        (Kind::Number(a), Json::Number(b)) => match b.as_i64() {
            Some(b) => a.to_i64().is_none_or(|a| a == b),
            None => true,
        },
        (Kind::Text(a), Json::String(b)) => a.known().is_some_and(|a| a == b.as_str()),
        (Kind::List(a), Json::Array(b)) => {
            a.items.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a, b))
        }
        (Kind::Object(a), Json::Object(b)) => {
            let known = |name: &str| b.contains_key(name);
            a.members().iter().all(|member| known(&member.name))
                && b.iter()
                    .all(|(name, b)| a.get(name, ours.span).is_some_and(|a| same(&a, b)))
        }
        _ => false,
    }
}

/// Text near to JSON: mostly its own characters.
fn nearly_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"a\"",
            "\"b\":",
            "\\",
            "\\u00",
            "\\ud83d\\ude00",
            "41",
            "0",
            "-",
            "1.5",
            "e3",
            ".",
            "true",
            "false",
            "null",
            " ",
            "\n",
            "nul",
            "/",
            "'",
            "é",
            "\u{1}",
            "\\n",
            "\"\\\"\"",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn reads_what_serde_json_prints(json in any_json(), pretty in any::<bool>()) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&json).unwrap(),
            false => serde_json::to_string(&json).unwrap(),
        };
        let file = open(&text);
        let value = read(&file).unwrap();
        prop_assert!(same(&value, &json));
        // What is rendered is read back by both, and has the same places.
        let rope = render(&value);
        let rendered = rope.known().unwrap().into_owned();
        let theirs: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        prop_assert_eq!(&theirs, &json);
        let again = parse(&rope, value.span).unwrap();
        prop_assert!(same(&again, &json));
        prop_assert_eq!(again.span, value.span);
        let twice = render(&again);
        prop_assert_eq!(twice.known().unwrap(), rendered);
        // The outline agrees.
        if let Some(object) = value.as_object() {
            let members = members(&file, 0..text.len()).unwrap();
            prop_assert_eq!(members.len(), object.members().len());
            for (raw, member) in members.iter().zip(object.members()) {
                prop_assert_eq!(&*raw.name, &*member.name);
                prop_assert_eq!(raw.name_span, member.name_span);
                prop_assert_eq!(raw.value, member.value.span());
            }
        }
        if let Some(list) = value.as_list() {
            let spans: Vec<_> = list.items.iter().map(crate::value::Slot::span).collect();
            prop_assert_eq!(elements(&file, 0..text.len()).unwrap(), spans);
        }
    }

    #[test]
    fn a_truncated_file_is_an_error_inside_the_file(json in any_json(), cut in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&serde_json::json!([json])).unwrap();
        let file = open(&text.as_bytes()[..cut.index(text.len())]);
        let error = read(&file).unwrap_err();
        prop_assert!(error.span.end as usize <= file.text().len());
        let error = elements(&file, 0..file.text().len()).unwrap_err();
        prop_assert!(error.span.end as usize <= file.text().len());
        let _ = members(&file, 0..file.text().len());
    }

    #[test]
    fn accepts_what_serde_json_accepts(text in nearly_json()) {
        let file = open(&text);
        let ours = read(&file);
        match serde_json::from_str::<serde_json::Value>(&text[file.bom()..]) {
            Ok(json) => prop_assert!(same(&ours.unwrap(), &json)),
            Err(error) => {
                let known = ["surrogate", "hex escape", "number out of range"];
                let tolerated = known.iter().any(|known| error.to_string().contains(known));
                prop_assert!(ours.is_err() || tolerated, "{}: {}", text, error);
            }
        }
        let _ = members(&file, 0..text.len());
        let _ = elements(&file, 0..text.len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let file = open(&bytes);
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes[file.bom()..]);
        prop_assert_eq!(read(&file).is_ok(), theirs.is_ok());
        let _ = members(&file, 0..bytes.len());
    }

    #[test]
    fn any_rope_is_read_or_refused(text in "[\\[\\]{},:\"\\\\$@a1 .]{0,24}", number in any::<bool>()) {
        let file = open(&text);
        let encoded = read(&open(if number { "7" } else { "{\"a\":[\"b\"]}" })).unwrap();
        let rope = rope(&file, &encoded);
        if let Ok(value) = parse(&rope, file.span(0, text.len())) {
            let again = parse(&render(&value), value.span).unwrap();
            let shown = |value: &Value| format!("{:?}", render(value).known());
            prop_assert_eq!(shown(&again), shown(&value));
            prop_assert_eq!(render(&again).has_holes(), render(&value).has_holes());
        }
    }
}
