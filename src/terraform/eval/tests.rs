//! Expressions with what the real Terraform answers, and what it cannot tell: places, unknowns,
//! worlds and bounds.

use super::*;
use crate::source::{Memory, SourceMap};
use crate::terraform::scan::Index;
use crate::terraform::syntax::{SyntaxError, parse_expression};
use crate::terraform::types::Constraint;
use crate::value::{Member, Object, PieceKind};
use crate::worlds::{Symbol, World};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A module whose variables are given as expressions; `None` is a variable without a value.
struct Module {
    unit: Rc<Unit>,
    variables: Vec<Variable>,
    nowhere: Span,
    this: std::rc::Weak<Module>,
    var: std::cell::OnceCell<Value>,
}

struct Variable {
    name: String,
    given: Option<Expr>,
    constraint: Constraint,
    marks: Marks,
}

impl Environment for Module {
    fn unit(&self) -> &Rc<Unit> {
        &self.unit
    }

    fn root(&self, name: &str) -> Option<Value> {
        let string = |text: &str| Slot::Ready(Value::string(text, self.nowhere));
        let object = |members: &[(&str, &str)]| {
            let members = members.iter().map(|(name, text)| Member {
                name: (*name).into(),
                name_span: self.nowhere,
                value: string(text),
            });
            Value::new(Kind::Object(Object::new(members.collect())), self.nowhere)
        };
        match name {
            "path" => return Some(object(&[("module", "."), ("root", ".")])),
            "terraform" => return Some(object(&[("workspace", "default")])),
            "var" => {}
            _ => return None,
        }
        let value = self.var.get_or_init(|| {
            let scope = Scope::new(self.this.upgrade().expect("it is in use"));
            let members = self.variables.iter().map(|variable| Member {
                name: variable.name.as_str().into(),
                name_span: self.nowhere,
                value: match &variable.given {
                    Some(expr) => {
                        let (constraint, marks) = (variable.constraint.clone(), variable.marks);
                        defer(expr, &scope).map(move |value| constraint.convert(value).mark(marks))
                    }
                    None => Slot::Deferred(Rc::new(Unset {
                        unit: self.unit.clone(),
                        label: format!("var.{}", variable.name),
                        constraint: variable.constraint.clone(),
                        marks: variable.marks,
                        span: self.nowhere,
                    })),
                },
            });
            Value::new(Kind::Object(Object::new(members.collect())), self.nowhere)
        });
        Some(value.clone())
    }

    fn reads_file(&self, _path: &Path) {}

    fn names_after(&self, _root: &str) -> usize {
        1
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        Unknown::invalid(format!("there is no `{root}.{member}`"), span)
    }
}

struct Unset {
    unit: Rc<Unit>,
    label: String,
    constraint: Constraint,
    marks: Marks,
    span: Span,
}

impl Deferred for Unset {
    fn get(&self) -> Value {
        let symbol = Symbol::new(self.label.clone(), self.label.clone());
        let reason = format!("`{}` has no value", self.label);
        let unknown = Unknown::unset_input(reason, self.span, Some(symbol));
        let unknown = unknown.with_hint(self.constraint.hint());
        reveal(&self.unit, unknown).mark(self.marks)
    }

    fn span(&self) -> Span {
        self.span
    }
}

/// An expression among variables.
pub(super) struct Case {
    module: Rc<Module>,
    expr: Expr,
}

impl Case {
    pub(super) fn new(text: &str, variables: &[(&str, Option<&str>)]) -> Case {
        let any = |&(name, value)| (name, "any", value);
        let variables: Vec<_> = variables.iter().map(any).collect();
        Case::typed(text, &variables)
    }

    /// An expression among variables of declared types: name, type and value.
    pub(super) fn typed(text: &str, variables: &[(&str, &str, Option<&str>)]) -> Case {
        let mut files = vec![
            ("/m/main.tf".to_owned(), text.to_owned()),
            ("/m/greeting.tpl".to_owned(), "Hello, ${name}!\n".to_owned()),
            (
                "/m/self.tpl".to_owned(),
                "${templatefile(\"self.tpl\", {})}".to_owned(),
            ),
            ("/m/plain.json".to_owned(), "{\"a\": [1]}".to_owned()),
            ("/m/plain.yaml".to_owned(), "a:\n  user: root\n".to_owned()),
        ];
        for (name, constraint, value) in variables {
            files.push((format!("/m/{name}"), value.unwrap_or("").to_owned()));
            files.push((format!("/m/{name}.type"), (*constraint).to_owned()));
        }
        let sources = Arc::new(SourceMap::new(Memory::new(files), "/m"));
        let parse = |path: &str| {
            let file = sources.open(Path::new(path)).expect("in memory");
            parse_expression(&file, 0..file.text().len())
                .unwrap_or_else(|error| panic!("{path}: {}: {}", error.message, file.text()))
        };
        let expr = parse("main.tf");
        let variables = variables.iter().map(|(name, _, value)| Variable {
            name: (*name).to_owned(),
            given: value.map(|_| parse(name)),
            constraint: Constraint::parse(&parse(&format!("{name}.type"))).expect("a type"),
            marks: Marks::NONE,
        });
        let variables = variables.collect();
        Case::among(sources, variables, "/m", expr)
    }

    /// An expression among the files and variables of a module on disk.
    pub(super) fn in_module(text: &str, directory: &Path) -> Result<Case, SyntaxError> {
        let files = Memory::new([(directory.join("expression"), text.to_owned())]);
        let files = files.over(crate::source::Disk);
        let sources = Arc::new(SourceMap::new(files, directory));
        let open = |path: &str| sources.open(Path::new(path)).expect("it is there");
        let (main, expression) = (open("main.tf"), open("expression"));
        let index = Index::of(&main).expect("nobody else has claimed it");
        let variables = index.blocks("variable").map(|block| {
            let expr = |name: &str| {
                let mut attributes = block.body(&main).attributes.iter();
                let found = attributes.find(|attribute| &*attribute.name.text == name)?;
                Some(found.parse(&main).expect("it parses").clone())
            };
            let says = |name| expr(name).is_some();
            Variable {
                name: block.labels[0].text.to_string(),
                given: expr("default"),
                constraint: expr("type").map_or(Constraint::Any, |it| {
                    Constraint::parse(&it).expect("a type")
                }),
                marks: Marks::SENSITIVE.when(says("sensitive"))
                    | Marks::EPHEMERAL.when(says("ephemeral")),
            }
        });
        let variables = variables.collect();
        let expr = parse_expression(&expression, 0..text.len())?;
        Ok(Case::among(sources, variables, directory, expr))
    }

    fn among(
        sources: Arc<SourceMap>,
        variables: Vec<Variable>,
        directory: impl Into<PathBuf>,
        expr: Expr,
    ) -> Case {
        let nowhere = expr.span;
        let unit = Rc::new(Unit {
            sources,
            world: World::new(),
            directory: directory.into(),
            fuel: Cell::new(FUEL),
            may_mark: Cell::new(true),
        });
        let module = Rc::new_cyclic(|this| Module {
            unit,
            variables,
            nowhere,
            this: this.clone(),
            var: Default::default(),
        });
        Case { module, expr }
    }

    pub(super) fn world(&self) -> &Rc<World> {
        &self.module.unit.world
    }

    pub(super) fn eval(&self) -> Value {
        eval(&self.expr, &Scope::new(self.module.clone()))
    }

    fn source(&self, span: Span) -> String {
        let file = self.module.unit.sources.file(span.file);
        file.slice(span).to_owned()
    }

    fn show(&self) -> String {
        show(&self.eval())
    }
}

#[test]
fn values_convert_to_the_type_of_their_variable() {
    for (constraint, value, shown) in [
        ("string", "1.50", "\"1.5\""),
        ("string", "[]", "error"),
        ("number", "\"7\"", "7"),
        ("bool", "\"true\"", "true"),
        ("any", "[1, \"a\"]", "[1,\"a\"]"),
        ("list(string)", "[1, \"a\"]", "[\"1\",\"a\"]"),
        ("list(any)", "[1, \"a\"]", "[\"1\",\"a\"]"),
        ("set(string)", "[\"b\", \"a\", \"b\"]", "[\"a\",\"b\"]"),
        ("map(number)", "{ a = \"1\" }", "{\"a\":1}"),
        ("map(string)", "[1]", "error"),
        ("tuple([string, number])", "[1, \"2\"]", "[\"1\",2]"),
        ("tuple([string])", "[1, 2]", "error"),
        (
            "object({ a = string })",
            "{ a = 1, b = 2 }",
            "{\"a\":\"1\"}",
        ),
        ("object({ a = string })", "{}", "error"),
        ("object({ a = optional(string) })", "{}", "{\"a\":null}"),
        (
            "object({ a = optional(number, \"5\") })",
            "{ a = null }",
            "{\"a\":5}",
        ),
        (
            "list(object({ a = optional(bool, true) }))",
            "[{}]",
            "[{\"a\":true}]",
        ),
        ("list(string)", "null", "null"),
        ("list(string)", "[var.x]", "[?]"),
        ("\"string\"", "1", "\"1\""),
    ] {
        let constraint = Constraint::parse(&Case::new(constraint, &[]).expr);
        let constraint = constraint.unwrap_or_else(|error| panic!("{}", error.message));
        let value = Case::new(value, &[("x", None)]).eval();
        assert_eq!(show(&constraint.convert(value)), shown, "{constraint:?}");
    }
    for wrong in [
        "strin",
        "list()",
        "optional(string)",
        "object(string)",
        "1",
        "list(string, 1)",
    ] {
        let constraint = Constraint::parse(&Case::new(wrong, &[]).expr);
        assert!(constraint.is_err(), "{wrong}");
    }
}

/// A value as JSON; `error` where anything in it is at fault, `?` for what is not known.
pub(super) fn show(value: &Value) -> String {
    fn fault(value: &Value) -> bool {
        match &value.kind {
            Kind::Unknown(unknown) => unknown.is_refused(),
            Kind::List(list) => list.iter().any(|value| fault(&value)),
            Kind::Object(object) => object
                .members()
                .iter()
                .any(|member| fault(&member.value.get())),
            _ => false,
        }
    }
    fn write(value: &Value, out: &mut String) {
        match &value.kind {
            Kind::Unknown(_) => out.push('?'),
            Kind::List(list) => {
                out.push('[');
                for (at, value) in list.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write(&value, out);
                }
                if list.rest.is_some() {
                    out.push('…');
                }
                out.push(']');
            }
            Kind::Object(object) => {
                out.push('{');
                for (at, member) in sorted_members(object).into_iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write(&Value::string(member.name.clone(), member.name_span), out);
                    out.push(':');
                    write(&member.value.get(), out);
                }
                if object.rest.is_some() {
                    out.push('…');
                }
                out.push('}');
            }
            _ => {
                for piece in crate::json::render(value).pieces() {
                    match &piece.kind {
                        PieceKind::Literal(literal) => out.push_str(literal.as_str()),
                        _ => out.push('?'),
                    }
                }
            }
        }
    }
    if fault(value) {
        return "error".to_owned();
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

#[test]
fn unknowns_are_never_taken_for_something_known() {
    for (text, shown) in [
        ("var.x", "?"),
        ("\"${var.x}:1000\"", "\"?:1000\""),
        ("var.x == \"a\"", "?"),
        ("false && var.x", "false"),
        ("var.x && false", "false"),
        ("true || var.x", "true"),
        ("var.x || true", "true"),
        ("var.x && true", "?"),
        ("var.x ? 1 : 1", "1"),
        ("var.x ? 1 : 2", "?"),
        ("!var.x", "?"),
        ("var.x + 1", "?"),
        ("[var.x, 1]", "[?,1]"),
        ("length([var.x, 1])", "2"),
        ("[for s in var.x : s]", "?"),
        ("[for s in [1, 2] : s if var.x == s]", "[…]"),
        ("{ for s in [var.x, \"a\"] : s => 1 }", "{\"a\":1…}"),
        ("{ a = 1, (var.x) = 2, b = 3 }", "{\"b\":3…}"),
        ("{ a = 1, (var.x) = 2 }.b", "?"),
        ("{ a = 1, (var.x) = 2, b = 3 }.b", "3"),
        ("merge(var.x, { a = 1 })", "{\"a\":1…}"),
        ("merge({ a = 1 }, var.x)", "{…}"),
        ("merge({ a = 1 }, var.x).a", "?"),
        ("merge({ a = 1 }, var.x, { b = 2 }).b", "2"),
        ("concat([1], var.x)", "[1…]"),
        ("length(concat([1], var.x))", "?"),
        ("flatten([[1], var.x])", "[1…]"),
        ("join(\",\", [var.x, \"a\"])", "\"?,a\""),
        ("format(\"%s-%d\", var.x, var.y)", "\"?-?\""),
        ("replace(\"a-${var.x}-b\", \"-\", \"_\")", "\"a_?_b\""),
        ("replace(\"ab${var.x}c\", \"bx\", \"y\")", "\"a?c\""),
        ("replace(\"ab${var.x}cd\", \"bxc\", \"y\")", "\"a?d\""),
        ("replace(\"a,${var.x},b\", \"x,\", \"y\")", "?"),
        ("replace(\"a${var.x}b\", \"c\", \"\\\"\")", "?"),
        (
            r#"replace("{\"a\":\"${var.x}\"}", "\"5\"", "5")"#,
            r#""{\"a\":?}""#,
        ),
        (
            r#"replace("{\"a\":\"${var.x}b\"}", "\"5\"", "5")"#,
            r#""{\"a\":\"?b\"}""#,
        ),
        (
            r#"replace("[\"${var.x}:1\",\"u:0\"]", "u:", "")"#,
            r#""[?,\"0\"]""#,
        ),
        ("replace(\"ab${var.x}b\", \"/b/\", \"c\")", "\"ac?c\""),
        ("replace(\"ab${var.x}b\", \"/b+/\", \"c\")", "?"),
        ("replace(\"ab${var.x}b\", \"/b$/\", \"c\")", "?"),
        (
            r#"replace("{\"a\":\"${var.x}\",\"b\":\"5\"}", "/\"([0-9]+)\"/", "$1")"#,
            r#""{\"a\":?,\"b\":5}""#,
        ),
        (
            r#"replace("{\"a\":\"${var.x}:1\",\"b\":\"5\"}", "/\"([0-9]+)\"/", "$1")"#,
            r#""{\"a\":\"?:1\",\"b\":5}""#,
        ),
        (
            r#"replace("{\"a\":\"${var.x}\",\"b\":\"5\"}", "/\"b\":\"([0-9]+)\"/", "\"b\":$1")"#,
            r#""{\"a\":\"?\",\"b\":5}""#,
        ),
        (
            r#"replace("{\"a\":\"${var.x}\"}", "/\"a\":\"([0-9]+)\"/", "\"a\":$1")"#,
            "?",
        ),
        (
            r#"replace("{\"a\":${var.x},\"b\":\"5\"}", "/\"([0-9]+)\"/", "$1")"#,
            r#""{\"a\":?,\"b\":5}""#,
        ),
        (
            r#"replace("{\"a\":\"${var.x}\"}", "/\"([0-9]+)\"/", "$1,\"b\":0")"#,
            "?",
        ),
        (
            r#"yamldecode("- a: ${var.x}\n  b: 'x-${var.x}'\n  c: r/${var.x}:1\n  d: 0\n")"#,
            r#"[{"a":?,"b":"x-?","c":"r/?:1","d":0}]"#,
        ),
        ("yamldecode(\"a: 1\\n${var.x}\")", "?"),
        ("yamldecode(\"${var.x}: 1\")", "?"),
        ("yamldecode(\"[1, ${var.x}]\")", "?"),
        ("yamldecode(\"- 1\\n# ${var.x}\\n- ${var.x}\")", "[1,?]"),
        ("startswith(\"ab${var.x}\", \"ab\")", "true"),
        ("startswith(\"ab${var.x}\", \"x\")", "false"),
        ("startswith(\"ab${var.x}\", \"abc\")", "?"),
        ("\"a${var.x}\" == \"b\"", "false"),
        ("\"a${var.x}\" == \"ab\"", "?"),
        ("\"a${var.x}b\" == \"a\"", "false"),
        ("contains([\"a\", var.x], \"a\")", "true"),
        ("contains([\"a\", var.x], \"b\")", "?"),
        ("toset([var.x, \"a\"])", "[\"a\"…]"),
        ("coalesce(var.x, \"a\")", "?"),
        ("coalesce(\"a\", var.x)", "\"a\""),
        ("coalesce(\"${var.x}:0\", \"a\")", "\"?:0\""),
        ("coalesce(null, jsonencode([var.x]), \"a\")", "\"[?]\""),
        ("compact([jsonencode(var.x), \"\"])", "[\"?\"]"),
        ("try(var.x, 1)", "?"),
        ("try(var.x.y, 1)", "?"),
        ("try([tonumber(var.x)], 1)", "?"),
        ("try({ a = var.x }, 1)", "{\"a\":?}"),
        ("try(nosuch(), var.x)", "?"),
        ("can(var.x.y)", "?"),
        ("can(tonumber(\"${var.x}:1\"))", "false"),
        ("can(tonumber(\"1${var.x}\"))", "?"),
        ("can(tobool(\"x${var.x}\"))", "false"),
        ("can(tobool(\"t${var.x}\"))", "?"),
        (
            "[for t in [\"a${var.x}\"] : try(tolist(t), tonumber(t), tobool(t), tostring(t))][0]",
            "\"a?\"",
        ),
        (
            "[for k in [\"a\"] : can(keys({ a = { b = var.x } }[k]))][0]",
            "?",
        ),
        (
            "[for m in [{ a = { b = var.x } }] : [for k in keys(m) : can(keys(m[k]))]][0][0]",
            "true",
        ),
        (
            "[for m in [{ a = var.x }] : [for k in keys(m) : can(keys(m[k]))]][0][0]",
            "?",
        ),
        ("lookup({ a = 1 }, var.x, 2)", "?"),
        ("var.x[0]", "?"),
        ("[1, 2][var.x]", "?"),
        ("jsonencode({ a = var.x })", "\"{\\\"a\\\":?}\""),
        ("jsondecode(jsonencode({ a = var.x }))", "{\"a\":?}"),
        ("jsondecode(var.x)", "?"),
        ("upper(\"a${var.x}\")", "?"),
        ("\"%{if var.x}a%{endif}b\"", "\"?b\""),
        ("\"%{for s in var.x}a%{endfor}b\"", "\"?b\""),
        ("timestamp()", "?"),
        ("provider::aws::arn_parse(\"a\")", "?"),
        ("var.nosuch", "error"),
        ("file(\"nosuch\")", "error"),
    ] {
        let case = Case::new(text, &[("x", None), ("y", None)]);
        assert_eq!(case.show(), shown, "{text}");
    }
}

#[test]
fn a_derived_unknown_is_no_symbol() {
    for text in [
        "upper(var.x)",
        "var.x == \"a\"",
        "var.x ? 1 : 2",
        "trimspace(var.x)",
    ] {
        let value = Case::new(text, &[("x", None)]).eval();
        let unknown = match &value.kind {
            Kind::Text(text) => text.first_hole().expect("a hole"),
            _ => value.as_unknown().expect("unknown"),
        };
        assert!(unknown.symbol().is_none(), "{text}");
        assert_eq!(unknown.reason(), "`var.x` has no value", "{text}");
    }
    let value = Case::new("var.x.y", &[("x", None)]).eval();
    let unknown = value.as_unknown().expect("unknown");
    assert_eq!(unknown.reason(), "`var.x.y` has no value");
    assert!(unknown.symbol().is_some());
}

#[test]
fn worlds_answer_what_a_symbol_decides() {
    for (text, outcomes) in [
        ("var.x == \"prod\" ? \"a\" : \"b\"", "\"b\" \"a\""),
        ("var.x ? 1 : 2", "2 1"),
        ("!var.x", "true false"),
        ("contains([\"a\", \"b\"], var.x)", "false true true"),
        ("{ a = 1, b = 2 }[var.x]", "1 2"),
        ("try({ a = 1 }[var.x], 0)", "0 1"),
        ("lookup({ a = 1 }, var.x, 0)", "0 1"),
        ("[1, 2][var.x]", "1 2"),
        ("var.x == null ? 1 : 2", "2 1"),
        ("coalesce(var.x, \"d\")", "? \"d\" \"d\""),
        // All others are empty: Terraform makes no plan unless this one is filled.
        ("coalesce(null, var.x, \"\")", "?"),
        ("var.x.kind == \"a\" ? var.x.kind : \"b\"", "\"b\" \"a\""),
        ("var.x == \"a\" ? (var.x == \"b\" ? 1 : 2) : 3", "3 2"),
        (
            "[for s in [\"a\", \"b\"] : s if s == var.x]",
            "[] [\"a\"] [\"b\"]",
        ),
        ("\"%{if var.x}a%{else}b%{endif}\"", "\"b\" \"a\""),
    ] {
        let case = Case::new(text, &[("x", None)]);
        let explored = case.module.unit.world.explore(|| case.show());
        let shown: Vec<&str> = explored.leaves.iter().map(|leaf| &*leaf.outcome).collect();
        assert_eq!(shown.join(" "), outcomes, "{text}");
    }
}

#[test]
fn values_stand_where_their_text_stands() {
    let variables = [
        ("u", Some("\"root\"")),
        ("o", Some("{ user = \"0\", n = [7] }")),
    ];
    for (text, place) in [
        ("var.u", "\"root\""),
        ("var.o.user", "\"0\""),
        ("var.o[\"n\"][0]", "7"),
        ("true ? var.u : 1", "\"root\""),
        ("[for s in [\"a\"] : s][0]", "\"a\""),
        ("{ for k, v in { a = \"b\" } : k => v }.a", "\"b\""),
        ("{ for k, v in { a = \"b\" } : v => k }.b", "a"),
        ("merge({ a = 1 }, { a = 2 }).a", "2"),
        ("concat([1], [\"z\"])[1]", "\"z\""),
        ("flatten([[1], [\"z\"]])[1]", "\"z\""),
        ("lookup({ a = \"x\" }, \"a\", 1)", "\"x\""),
        ("lookup({}, \"a\", \"d\")", "\"d\""),
        ("try(nosuch(), \"d\")", "\"d\""),
        ("coalesce(null, \"d\")", "\"d\""),
        ("([{ a = \"b\" }][*].a)[0]", "\"b\""),
        ("jsondecode(jsonencode({ a = var.u })).a", "\"root\""),
        ("values({ a = \"x\" })[0]", "\"x\""),
        ("tolist([\"a\"])[0]", "\"a\""),
        ("split(\":\", \"ab:cd\")[1]", "cd"),
        ("yamldecode(\"a: [1, bc]\").a[1]", "bc"),
        ("yamldecode(file(\"plain.yaml\")).a.user", "root"),
        ("(true ? { a = var.u } : {}).a", "\"root\""),
        ("tolist([{ a = var.u }, { a = 1 }])[0].a", "\"root\""),
        ("coalesce(null, var.o.user)", "\"0\""),
        ("1 + 2", "1 + 2"),
        ("upper(var.u)", "upper(var.u)"),
    ] {
        let case = Case::new(text, &variables);
        assert_eq!(case.source(case.eval().span), place, "{text}");
    }
}

#[test]
fn pieces_stand_where_their_text_stands() {
    let variables = [
        ("u", Some("\"root\"")),
        ("n", Some("10")),
        ("t", Some("\"as $${u}\"")),
    ];
    for (text, places) in [
        ("\"a-${var.u}:${var.n}\"", "a-|\"root\"|:|10"),
        ("join(\",\", [var.u, \"b\"])", "\"root\"|\",\"|\"b\""),
        ("format(\"%s:%d\", var.u, var.n)", "\"root\"|:|10"),
        ("replace(\"a-b\", \"-\", \"_\")", "a|\"_\"|b"),
        ("trimspace(\" a \")", "a"),
        ("trimprefix(\"abc\", \"a\")", "bc"),
        ("templatestring(var.t, { u = var.u })", "as |\"root\""),
        (
            "templatefile(\"greeting.tpl\", { name = var.u })",
            "Hello, |\"root\"|!\n",
        ),
    ] {
        let case = Case::new(text, &variables);
        let value = case.eval();
        let text_value = value
            .as_text()
            .unwrap_or_else(|| panic!("{text}: {value:?}"));
        let shown: Vec<String> = text_value
            .pieces()
            .iter()
            .map(|piece| case.source(piece.span()))
            .collect();
        assert_eq!(shown.join("|"), places, "{text}");
    }
}

#[test]
fn a_branch_says_why_it_was_taken() {
    let case = Case::new(
        "var.p ? var.a : 1",
        &[("p", Some("true")), ("a", Some("\"x\""))],
    );
    let value = case.eval();
    let steps = value.trail.steps();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].text.to_string(), "chosen because this is true");
    assert_eq!(case.source(steps[0].span), "var.p");
}

#[test]
fn files_are_read_from_the_root_module() {
    for (text, shown) in [
        ("file(\"plain.json\")", "\"{\\\"a\\\": [1]}\""),
        ("jsondecode(file(\"./plain.json\")).a", "[1]"),
        (
            "templatefile(\"greeting.tpl\", { name = \"x\" })",
            "\"Hello, x!\\n\"",
        ),
        ("templatefile(\"greeting.tpl\", {})", "error"),
        ("templatefile(\"self.tpl\", {})", "error"),
        ("fileexists(\"plain.json\")", "true"),
    ] {
        assert_eq!(Case::new(text, &[]).show(), shown, "{text}");
    }
}

#[test]
fn marks_follow_what_is_sensitive() {
    for (text, sensitive) in [
        ("\"x${sensitive(\"a\")}\"", true),
        ("upper(sensitive(\"a\"))", true),
        ("sensitive(\"a\") == \"a\"", true),
        ("sensitive(true) ? 1 : 2", true),
        ("{ a = sensitive(1), b = 2 }.a", true),
        ("{ a = sensitive(1), b = 2 }.b", false),
        ("sensitive({ a = 1 }).a", true),
        ("[for s in sensitive([1]) : s][0]", true),
        ("merge({ a = sensitive(1) }, { b = 1 }).b", false),
        ("join(\",\", [sensitive(\"a\")])", true),
    ] {
        let marks = Case::new(text, &[]).eval().marks;
        assert_eq!(marks.is_sensitive(), sensitive, "{text}");
    }
}

#[test]
fn what_would_run_long_runs_out() {
    let doubling = |first: &str, next: &str, count: usize| {
        let mut variables = vec![("s0".to_owned(), first.to_owned())];
        for at in 1..count {
            let before = format!("var.s{}", at - 1);
            variables.push((format!("s{at}"), next.replace('@', &before)));
        }
        variables
    };
    let thousand = "range(1000)";
    let nested = "[for a in var.r : [for b in var.r : [for c in var.r : a * b * c]]]";
    let product = "setproduct(var.r, var.r, var.r, var.r)";
    for (text, variables, shown) in [
        (
            "var.s47 == \"\"",
            doubling("\"xxxxxxxx\"", "\"${@}${@}\"", 48),
            "?",
        ),
        (
            "length(var.s47) == 1",
            doubling("[1, 2, 3]", "concat(@, @)", 48),
            "?",
        ),
        (
            "length(var.p)",
            vec![("r".into(), thousand.into()), ("p".into(), product.into())],
            "?",
        ),
        (
            "length(var.x)",
            vec![("r".into(), thousand.into()), ("x".into(), nested.into())],
            "1000",
        ),
        (
            "jsonencode(var.s47) == \"\"",
            doubling("[1]", "[@, @]", 48),
            "?",
        ),
    ] {
        let given: Vec<(&str, Option<&str>)> = variables
            .iter()
            .map(|(name, value)| (&**name, Some(&**value)))
            .collect();
        let started = std::time::Instant::now();
        assert_eq!(Case::new(text, &given).show(), shown, "{text}");
        assert!(
            started.elapsed().as_secs() < 10,
            "{text}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn long_chains_and_circles_end() {
    let chain: Vec<(String, String)> = (0..10_000)
        .map(|at| (format!("a{at}"), format!("var.a{}", at + 1)))
        .chain([("a10000".to_owned(), "\"root\"".to_owned())])
        .collect();
    let given: Vec<(&str, Option<&str>)> = chain
        .iter()
        .map(|(name, value)| (&**name, Some(&**value)))
        .collect();
    assert_eq!(Case::new("var.a0", &given).show(), "\"root\"");
    let case = Case::new("var.a", &[("a", Some("var.b")), ("b", Some("[var.a][0]"))]);
    let value = case.eval();
    assert_eq!(
        value.as_unknown().map(Unknown::reason),
        Some("it refers to itself")
    );
}

proptest! {
    #[test]
    fn no_expression_panics(text in "(\"|var\\.x|\\[|\\]|\\{|\\}|\\(|\\)|,|=|==|\\?|:|1|-|true|null|a|for |in |\\.\\.\\.|\\[\\*\\]|merge\\(|try\\(|join\\(|format\\(\"%d%s\"|\\$\\{|\\.| ){0,24}") {
        let sources = Arc::new(SourceMap::new(Memory::new([("/m/e", text.clone())]), "/m"));
        let file = sources.open(Path::new("e")).expect("in memory");
        if parse_expression(&file, 0..text.len()).is_ok() {
            let _ = Case::new(&text, &[("x", None)]).show();
        }
    }

    /// What is known holds whatever the unset variable turns out to be.
    #[test]
    fn what_is_known_holds_for_every_value(
        at in 0..SOUND.len(),
        value in prop_oneof![Just("a".to_owned()), Just(String::new()), "[a-c:-]{0,4}"],
    ) {
        let shown = Case::new(SOUND[at], &[("x", None)]).show();
        if !shown.contains(['?', '…']) {
            let given = format!("{value:?}");
            let real = Case::new(SOUND[at], &[("x", Some(&given))]).show();
            prop_assert!(real == shown || real == "error", "{}: {shown}, not {real}", SOUND[at]);
        }
    }
}

/// Expressions over a string that is not given.
const SOUND: &[&str] = &[
    "var.x == \"a\"",
    "\"a${var.x}\" == \"ab\"",
    "\"${var.x}a\" == \"b\"",
    "\"${var.x}:${var.x}\" == \":\"",
    "startswith(\"a${var.x}\", \"a\")",
    "startswith(\"${var.x}a\", \"a\")",
    "strcontains(\"a${var.x}b\", \"a\")",
    "strcontains(\"a${var.x}b\", \"ab\")",
    "replace(\"a${var.x}\", \"ab\", \"c\") == \"c\"",
    "replace(\"b:a${var.x}:b\", \"/[ab]+/\", \"c\") == \"c:c:c\"",
    "replace(\"a${var.x}:b\", \"/b/\", \"c\") == \"a:c\"",
    "trimspace(\" ${var.x} \") == \"\"",
    "coalesce(\"a${var.x}\", \"b\") == \"b\"",
    "join(\",\", compact([var.x, \"a\"])) == \"a\"",
    "length(toset([var.x, \"a\"])) == 2",
    "contains([var.x], \"a\")",
    "length(split(\":\", \"a:${var.x}\")) == 2",
    "length([for s in [\"a\", \"b\"] : s if s != var.x]) == 2",
    "length(merge({ a = 1 }, { (var.x) = 2 })) == 2",
    "merge({ (var.x) = 2 }, { a = 1 }).a == 1",
    "merge({ a = 1 }, { (var.x) = 2 }).a == 1",
    "distinct([\"a\", var.x])[0] == \"a\"",
    "(true ? { a = var.x } : { a = 1 }).a == \"a\"",
    "lookup(tomap({ a = var.x }), \"b\", \"c\") == \"c\"",
    "tolist([[1], [var.x]])[0] == tolist([1])",
    "false && var.x",
    "true || var.x == \"a\"",
    "yamldecode(\"a: ${var.x}\").a == \"a\"",
    "matchkeys([1], [var.x], [\"a\"]) == [1]",
    "index([\"a\", var.x], \"a\") == 0",
    "try(tonumber(var.x), 0) == 0",
];
