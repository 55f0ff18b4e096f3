//! Expressions, templates and blocks against their places and the parser.

use super::super::scan::{self, Index};
use super::*;
use crate::source::{Memory, SourceMap};
use crate::value::{Piece, Text};
use hcl_edit::Span as _;
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
    let text = "a\n  b  \n ${~ x ~}  \n\n   c\n%{ for x in y ~}\n  i\n  %{~ endfor ~}\n z \\n \"";
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
    let block = &index.blocks[1];
    assert_eq!(file.slice(block.span), &text[5..text.len() - 1]);
    assert_eq!(block.labels.len(), 2);
    assert_eq!(file.slice(block.labels[0].span), "\"b\"");
    let body = block.body(&file);
    assert_eq!(body.blocks("f").count(), 2);
    let value = body.attributes[0].parse(&file).expect("it parses");
    assert_eq!(show(value), "1");
    let again = body.attributes[0].parse(&file).expect("it parses");
    assert!(Arc::ptr_eq(value, again));
    let inner = &body.blocks[2].body(&file).attributes[0];
    assert_eq!(show(inner.parse(&file).expect("it parses")), "2");
}

#[test]
fn a_block_names_what_is_wrong_in_it() {
    for (text, message, place) in [
        ("a {\n b {\n c = [\n}\n}", "this `[` is not closed", "["),
        (
            "a {\n b = 1 ;\n}",
            "`;` does not go on with the expression",
            ";",
        ),
    ] {
        let file = file(text);
        let index = scan::scan(&file);
        let error = index.first_fault(&file).expect(text);
        assert_eq!((&*error.message, file.slice(error.span)), (message, place));
    }
}

#[test]
fn variable_files() {
    let file = file("\u{feff}a = 1\n\nb = { c = \"d\" }\n");
    let index = scan::scan(&file);
    let values = index.attributes.iter();
    let values: Vec<_> = values
        .map(|item| show(item.parse(&file).expect("it parses")))
        .collect();
    assert_eq!(values, ["1", "{c=\"d\"}"]);
}

#[test]
fn what_is_too_deep_is_not_read() {
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
            error.message.contains("deeper") || error.message.contains("chain"),
            "{}",
            error.message
        );
        // Terraform reads it.
        let unknown = error.unknown(error.message.clone());
        assert!(!unknown.is_refused(), "{open}");
    }
}

#[test]
fn what_is_too_long_is_not_read() {
    for (element, is_too_long) in [("a,", true), ("\",,,\",", true), ("a,", false)] {
        let count = if is_too_long { 201_000 } else { 100_000 };
        let text = format!("f([{}])", element.repeat(count));
        let file = file(text.clone());
        let parsed = parse_expression(&file, 0..text.len());
        let is_limit = parsed.is_err_and(|error| error.is_limit);
        assert_eq!(is_limit, is_too_long, "{element}");
    }
    // Commas in a string are no elements.
    let text = format!("[\"{}\"]", ",".repeat(300_000));
    assert!(parse_expression(&file(text.clone()), 0..text.len()).is_ok());
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
        let index = scan::scan(&file);
        compare(&file, &index, &whole);
        check_index(&file, &index);
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
        let index = scan::scan(&file);
        let place = index.first_fault(&file).map_or(0..0, |error| error.span.range());
        prop_assert!(file.text().get(place).is_some());
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

fn check_index(file: &File, index: &Index) {
    for attribute in &index.attributes {
        check(file, attribute.parse(file).expect("it parses"));
    }
    for block in &index.blocks {
        check_index(file, block.body(file));
    }
}
