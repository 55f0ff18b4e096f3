//! Spans, holes and encoded pieces, and agreement with `serde_json`.

use super::*;
use crate::source::{Memory, SourceMap};
use crate::value::{Kind, LiteralBuilder, Piece, Unknown};
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
        Kind::Null => out.push_str("null"),
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
