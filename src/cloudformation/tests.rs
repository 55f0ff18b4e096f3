//! Templates in memory, evaluated in every world.

use super::*;
use crate::check::{Precedents, check};
use crate::model::{Existence, State};
use crate::source::Memory;
use crate::worlds::{Answer, Answerable, Question};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

struct Loaded {
    sources: Arc<SourceMap>,
    tasks: Vec<TaskDefinition>,
    gaps: Vec<Gap>,
}

fn load_with(text: &str, parameters: &[(&str, &str)]) -> Loaded {
    let sources = Arc::new(SourceMap::new(Memory::new([("/t", text)]), "/"));
    let file = sources.open(Path::new("/t")).expect("in memory");
    let options = Options {
        parameters: parameters
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        ..Options::default()
    };
    let mut gaps = Vec::new();
    let tasks = load(&sources, &file, &options)
        .expect("it is a template")
        .tasks;
    let tasks = tasks.take(&mut gaps);
    Loaded {
        sources,
        tasks,
        gaps,
    }
}

/// What stands under a span.
fn slice(loaded: &Loaded, span: Span) -> String {
    loaded.sources.file(span.file).slice(span).to_owned()
}

/// Mode, then the user of each container, each with the text under its span.
fn show(loaded: &Loaded, task: &TaskDefinition) -> String {
    match task.exists() {
        Existence::Exists => {}
        Existence::NotInstantiated => return "not deployed".to_owned(),
        Existence::Unknown(unknown) => return format!("?{}", unknown.reason()),
    }
    let mut out = String::new();
    let value = |out: &mut String, name: &str, of: &Value| {
        let value = of.as_object().and_then(|object| object.get(name, of.span));
        match value {
            None => out.push('-'),
            Some(value) => {
                show_value(out, &value);
                write!(out, " at {}", slice(loaded, value.span)).expect("a string takes all");
            }
        }
    };
    let definition = task.definition().get();
    if let Some(unknown) = definition.as_unknown() {
        return format!("?{}", unknown.reason());
    }
    value(&mut out, "networkMode", &definition);
    let containers = definition
        .as_object()
        .and_then(|object| object.get("containerDefinitions", definition.span));
    match containers.map(|value| value.kind) {
        Some(Kind::List(list)) => {
            for container in list.iter() {
                out.push_str("; ");
                value(&mut out, "user", &container);
            }
        }
        Some(Kind::Unknown(unknown)) => write!(out, "; ?{}", unknown.reason()).expect("it does"),
        _ => {}
    }
    out
}

fn show_value(out: &mut String, value: &Value) {
    match &value.kind {
        Kind::Null(_) => out.push_str("null"),
        Kind::Bool(truth) => write!(out, "{truth}").expect("a string takes all"),
        Kind::Unknown(unknown) => write!(out, "?{}", unknown.reason()).expect("a string takes all"),
        Kind::Text(text) => match text.render() {
            Ok(rendered) => write!(out, "{:?}", rendered.text).expect("a string takes all"),
            Err(unknown) => {
                write!(out, "{:?}..?{}", text.known_prefix(), unknown.reason()).expect("it does");
            }
        },
        _ => out.push_str(value.describe()),
    }
}

/// Each world of the only task definition: its answers, what it is there, and what it assumes.
fn worlds(text: &str) -> Vec<String> {
    let loaded = load_with(text, &[]);
    let [task] = &loaded.tasks[..] else {
        panic!("one task definition: {:?}", loaded.gaps);
    };
    let explored = task.world.explore(|| show(&loaded, task));
    assert!(explored.complete);
    let leaves = explored.leaves.iter().map(|leaf| {
        let answers: Vec<String> = leaf.answers.iter().map(Answer::to_string).collect();
        let assumes: Vec<String> = leaf
            .assumes
            .iter()
            .map(|(symbol, value)| format!(" ({} = {value})", symbol.label()))
            .collect();
        format!(
            "{}: {}{}",
            answers.join(" and "),
            leaf.outcome,
            assumes.concat()
        )
    });
    leaves.collect()
}

/// A template with one host task, whose one container has this `User`.
fn with_user(sections: &str, user: &str) -> String {
    format!(
        "{sections}\nResources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
         NetworkMode: host\n      ContainerDefinitions:\n        - Name: a\n          User: {user}\n"
    )
}

fn users(sections: &str, user: &str) -> Vec<String> {
    let worlds = worlds(&with_user(sections, user)).into_iter();
    worlds
        .map(|world| world.replace("\"host\" at host; ", ""))
        .collect()
}

const ENV: &str = "Parameters:\n  Env: {Type: String, Default: dev}\n  Uid: {Type: String}\n  \
                   Mode: {Type: String, AllowedValues: [a, b, c]}\n  N: {Type: Number, Default: 2}\n  \
                   L: {Type: CommaDelimitedList, Default: 'x, root'}\n  \
                   S: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /uid}\n  \
                   K: {Type: String, Default: k, NoEcho: true}\n  \
                   P: {Type: String, AllowedPattern: 'a.'}\n  \
                   AL: {Type: CommaDelimitedList, AllowedValues: [a, b]}\n  Only: {Type: String, AllowedValues: [host]}\n\
                   Mappings:\n  M: {a: {u: '0'}, b: {u: '1'}}\n\
                   Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n  NotProd: !Not [!Condition IsProd]\n  \
                   IsB: !Equals [b, !Ref Mode]\n  Both: !And [!Condition IsProd, !Condition IsB]\n  \
                   Loop: !Not [!Condition Loop]\n";

#[test]
fn scalars_and_the_text_under_them() {
    for (user, expected) in [
        ("0", ": \"0\" at 0"),
        ("\"root\"", ": \"root\" at \"root\""),
        ("1000:0", ": \"60000\" at 1000:0"),
        ("010", ": \"8\" at 010"),
        ("yes", ": \"true\" at yes"),
        ("", ": null at User:"),
        ("!Ref AWS::NoValue", ": null at !Ref AWS::NoValue"),
        (
            "!Sub '${Env}:0'",
            ": \"dev:0\" at '${Env}:0' (Env = \"dev\")",
        ),
        ("!Sub ${Env}", ": \"dev\" at dev (Env = \"dev\")"),
        (
            "!Sub 'a${!Env}$b${!'",
            ": \"a${Env}$b${!\" at 'a${!Env}$b${!'",
        ),
        (
            "!Sub ['${x}-${Env}', {x: !Ref N}]",
            ": \"2-dev\" at '${x}-${Env}' (N = 2) (Env = \"dev\")",
        ),
        (
            "!Join [':', ['0', !Ref N]]",
            ": \"0:2\" at !Join [':', ['0', !Ref N]] (N = 2)",
        ),
        ("!Join ['', [root]]", ": \"root\" at root"),
        ("!Join ['', []]", ": \"\" at !Join ['', []]"),
        (
            "!Join ['-', [a, !Ref AWS::NoValue, b]]",
            ": \"a-b\" at !Join ['-', [a, !Ref AWS::NoValue, b]]",
        ),
        ("!Select [1, !Ref L]", ": \"root\" at root (L = \"x,root\")"),
        ("!Select ['0', [0, 1]]", ": \"0\" at 0"),
        (
            "!Select [2, [0, 1]]",
            ": ?there is no element 2 in a list of 2 at !Select [2, [0, 1]]",
        ),
        ("!Select [0, !Split [':', '0:1000']]", ": \"0\" at 0"),
        ("!FindInMap [M, a, u]", ": \"0\" at '0'"),
        (
            "!FindInMap [M, z, u]",
            ": ?mapping `M` has no key `z` here at z",
        ),
        (
            "!FindInMap [M, z, u, {DefaultValue: '5'}]",
            ": \"5\" at '5'",
        ),
        ("!Base64 ab", ": \"YWI=\" at !Base64 ab"),
        (
            "!GetAtt Task.Arn",
            ": ?attribute `Task.Arn` is known only after the deployment at !GetAtt Task.Arn",
        ),
        (
            "!GetAtt [Nil, Arn]",
            ": ?the template has no resource `Nil` at !GetAtt [Nil, Arn]",
        ),
        (
            "!ImportValue x",
            ": ?`Fn::ImportValue` is read from another stack when this one is deployed at !ImportValue x",
        ),
        (
            "!Ref S",
            ": ?parameter `S` is read from Systems Manager when the stack is deployed at !Ref S",
        ),
        ("!Ref Uid", ": ?parameter `Uid` has no value at !Ref Uid"),
        (
            "!Ref Nobody",
            ": ?the template has no parameter or resource `Nobody` at !Ref Nobody",
        ),
        (
            "!Ref AWS::Region",
            ": ?`AWS::Region` is known only when the stack is deployed at !Ref AWS::Region",
        ),
        (
            "!Cidr [a, 1, 2]",
            ": ?`Fn::Cidr` takes a block of addresses, a count up to 256 and the bits of a part at !Cidr [a, 1, 2]",
        ),
        (
            "!Join [',', !Cidr [10.0.3.0/16, 3, 8]]",
            ": \"10.0.0.0/24,10.0.1.0/24,10.0.2.0/24\" at !Join [',', !Cidr [10.0.3.0/16, 3, 8]]",
        ),
        (
            "!Select [1, !Cidr ['2001:db8::/48', 2, 64]]",
            ": \"2001:db8:0:1::/64\" at !Cidr ['2001:db8::/48', 2, 64]",
        ),
        (
            "!Select [0, !GetAZs '']",
            ": ?the availability zones are read from the account when the stack is deployed at !GetAZs ''",
        ),
        (
            "!Ref {Fn::Sub: 'En${x}'}",
            ": ?the template has no parameter or resource `x` at ${x}",
        ),
        (
            "!Ref {Fn::Join: ['', [En, v]]}",
            ": \"dev\" at dev (Env = \"dev\")",
        ),
        (
            "!If [Loop, a, b]",
            ": ?condition `Loop` refers to itself at Loop",
        ),
        (
            "!If [Nope, a, b]",
            ": ?the template has no condition `Nope` at Nope",
        ),
        (
            "'{{resolve:ssm:uid}}'",
            ": \"\"..?dynamic reference `{{resolve:ssm:uid}}` is resolved when the stack is deployed at '{{resolve:ssm:uid}}'",
        ),
        (
            "'1{{resolve:ssm:uid}}:0'",
            ": \"1\"..?dynamic reference `{{resolve:ssm:uid}}` is resolved when the stack is deployed at '1{{resolve:ssm:uid}}:0'",
        ),
        (
            "!ToJsonString {a: 1}",
            ": \"{\\\"a\\\":1}\" at !ToJsonString {a: 1}",
        ),
        ("!Length [a, b]", ": \"2\" at !Length [a, b]"),
    ] {
        assert_eq!(users(ENV, user), [expected], "{user}");
    }
}

#[test]
fn conditions_make_worlds() {
    for (user, expected) in [
        (
            "!If [IsProd, root, '1']",
            &[
                "`Env` is not \"prod\": \"1\" at '1'",
                "`Env` is \"prod\": \"root\" at root",
            ][..],
        ),
        (
            "!If [IsProd, !Ref AWS::NoValue, !If [NotProd, '1', '2']]",
            &[
                "`Env` is not \"prod\": \"1\" at '1'",
                "`Env` is \"prod\": null at !Ref AWS::NoValue",
            ],
        ),
        (
            "!If [IsProd, !Ref Env, x]",
            &[
                "`Env` is not \"prod\": \"x\" at x",
                "`Env` is \"prod\": \"prod\" at !Ref Env",
            ],
        ),
        (
            "!If [Both, p, q]",
            &[
                "`Env` is not \"prod\": \"q\" at q",
                "`Env` is \"prod\" and `Mode` is not \"b\": \"q\" at q",
                "`Env` is \"prod\" and `Mode` is \"b\": \"p\" at p",
            ],
        ),
        (
            // `c` is no key: the stack cannot be deployed so.
            "!FindInMap [M, !Ref Mode, u]",
            &[
                "`Mode` is not \"a\": \"1\" at '1'",
                "`Mode` is \"a\": \"0\" at '0'",
            ],
        ),
        (
            "!FindInMap [M, !Ref Env, u, {DefaultValue: z}]",
            &[
                "`Env` is not \"a\" and `Env` is not \"b\": \"z\" at z",
                "`Env` is \"a\": \"0\" at '0'",
                "`Env` is not \"a\" and `Env` is \"b\": \"1\" at '1'",
            ],
        ),
    ] {
        assert_eq!(users(ENV, user), expected, "{user}");
    }
}

#[test]
fn what_is_compared_is_told_apart() {
    for (condition, expected) in [
        (
            "!Equals [!Sub 'a-${Env}-z', a-prod-z]",
            r#"`Env` is not "prod" | `Env` is "prod""#,
        ),
        ("!Equals [!Sub 'a-${Env}', b-prod]", ""),
        ("!Equals [!Ref N, 2]", "`N` is 2 | `N` is not 2"),
        ("!Equals [!Ref N, two]", ""),
        ("!Equals [!Ref Mode, d]", ""),
        ("!Equals [!Ref Env, !Ref Env]", ""),
        // Text that several parameters make is asked about piece by piece.
        (
            "!Equals [!Sub '${Env}-${Uid}', prod-eu]",
            r#"`Env` is not "prod" | `Env` is "prod" and `Uid` is not "eu" | `Env` is "prod" and `Uid` is "eu""#,
        ),
        (
            "!Equals [!Join ['', [!Ref Mode, !Ref N]], b7]",
            r#"`Mode` is not "b" | `Mode` is "b" and `N` is not 7 | `Mode` is "b" and `N` is 7"#,
        ),
        ("!Equals [!Sub '${Env}.${Env}', a.b]", ""),
        (
            "!Equals [!Sub ['${x}-${Env}', {x: a}], a-b]",
            r#"`Env` is not "b" | `Env` is "b""#,
        ),
        // A pattern holds for the whole of a value.
        ("!Equals [!Ref P, abc]", ""),
        ("!Equals [!Ref P, ab]", r#"`P` is not "ab" | `P` is "ab""#),
        // Each element of a list is one that is allowed.
        ("!Equals [!Join [',', !Ref AL], 'a,c']", ""),
        (
            "!Equals [!Join [',', !Ref AL], 'a,b']",
            r#"`AL` is not "a,b" | `AL` is "a,b""#,
        ),
        ("!Equals [!Ref Only, host]", ""),
        (
            "!Equals [!Join [',', !Ref L], '']",
            "`L` is not empty | `L` is empty",
        ),
        (
            "!Equals [!Join [',', !Ref L], 'x,root']",
            r#"`L` is "x,root" | `L` is not "x,root""#,
        ),
        ("!Equals [!Join [',', !Ref L], 'x, root']", ""),
        (
            "!Equals ['', !Join ['', !Ref L]]",
            "`L` is not empty | `L` is empty",
        ),
        (
            "!Equals [!Join ['-', !Ref L], x-root]",
            r#"`L` is "x,root" | `L` is not "x,root""#,
        ),
        ("!Equals [true, 'true']", ""),
        // What is the same has the same value.
        (
            "!Equals [!Ref Env, !Ref Uid]",
            "`Env` does not equal `Uid` | `Env` equals `Uid`",
        ),
        (
            "!Equals [!Ref Env, !Ref P]",
            "`Env` does not equal `P` | `Env` equals `P`",
        ),
        ("!Equals [!Sub 'b${Env}', !Sub 'b${Env}']", ""),
        // An element is asked about where the list is not its default.
        (
            "!Equals [!Select [0, !Ref L], root]",
            "`L` is \"x,root\" | `L` is not \"x,root\" and `L[0]` is not \"root\" | \
             `L` is not \"x,root\" and `L[0]` is \"root\"",
        ),
        ("!Equals [!Select [1, !Ref AL], c]", ""),
        (
            "!Or [!Equals [!Ref Env, a], !Equals [!Ref Env, b]]",
            r#"`Env` is not "a" and `Env` is not "b" | `Env` is "a" | `Env` is not "a" and `Env` is "b""#,
        ),
        (
            "!Equals [!Sub '${Mode}${Mode}', bb]",
            r#"`Mode` is not "b" | `Mode` is "b""#,
        ),
    ] {
        let sections = format!("{ENV}  C: {condition}\n");
        let worlds = users(&sections, "!If [C, y, n]").into_iter();
        let answers: Vec<String> = worlds
            .map(|world| world.split(": ").next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(answers.join(" | "), expected, "{condition}");
    }
}

/// Nothing is taken to be its default where that decides a condition, unless it is asked for.
#[test]
fn what_cannot_be_asked_is_not_known() {
    for (condition, asked) in [
        ("!Equals [!Select [1, !Split ['-', !Ref Env]], x]", None),
        ("!Equals [!Sub 'x${Uid}', !Ref K]", None),
        (
            "!Equals [!Sub '${Env}${K}${Uid}', abcdefghijklmnopqrstuvwxyz]",
            None,
        ),
        (
            "!Equals [!Base64 {Ref: Env}, cHJvZA==]",
            Some("`Env` is \"dev\""),
        ),
    ] {
        let sections = format!("{ENV}  C: {condition}\n");
        let mut worlds = users(&sections, "!If [C, root, '1']");
        let other = worlds.pop().unwrap_or_default();
        assert!(other.contains("?it depends on"), "{condition}: {other}");
        let asked: Vec<&str> = asked.into_iter().collect();
        let known = worlds.iter().filter(|world| !world.contains('?'));
        let known: Vec<&str> = known
            .filter_map(|world| Some(world.split_once(": ")?.0))
            .collect();
        assert_eq!(known, asked, "{condition}");
    }
}

#[test]
fn rules_rule_worlds_out() {
    let with_rules = |rules: &str, user: &str| users(&format!("{ENV}Rules:\n{rules}"), user);
    let assert = |condition: &str, assert: &str| {
        format!("  R:\n    RuleCondition: {condition}\n    Assertions: [{{Assert: {assert}}}]\n")
    };
    let prod_needs_b = assert("!Equals [!Ref Env, prod]", "!Contains [[b, c], !Ref Mode]");
    assert_eq!(
        with_rules(
            &prod_needs_b,
            "!If [IsProd, !FindInMap [M, !Ref Mode, u], x]"
        ),
        [
            "`Env` is not \"prod\": \"x\" at x",
            "`Env` is \"prod\" and `Mode` is not \"a\" and `Mode` is \"b\": \"1\" at '1'",
        ]
    );
    // A rule about something else asks nothing.
    assert_eq!(
        with_rules(&prod_needs_b, "!Ref N"),
        [": \"2\" at 2 (N = 2)"]
    );
    // Where nothing can be deployed, nothing is ruled out.
    let never =
        "  R: {Assertions: [{Assert: !Equals [!Ref Env, '']}, {Assert: !Equals [!Ref Env, a]}]}\n";
    assert_eq!(with_rules(never, "!If [IsProd, a, b]").len(), 2);
    let each = assert(
        "!EachMemberIn [[!Ref Mode], [a, c]]",
        "!EachMemberEquals [[!Ref Mode], a]",
    );
    assert_eq!(
        with_rules(&each, "!If [IsB, y, n]"),
        [
            "`Mode` is not \"b\": \"n\" at n",
            "`Mode` is \"b\": \"y\" at y",
        ]
    );
}

#[test]
fn no_value_takes_its_element_away() {
    let text = format!(
        "{ENV}Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Condition: IsB\n    Properties: !If\n      - IsProd\n      \
         - {{}}\n      - NetworkMode: !If [IsProd, host, bridge]\n        ContainerDefinitions:\n          \
         - {{Name: a, User: '1'}}\n          - !If [IsB, !Ref AWS::NoValue, {{Name: b}}]\n          \
         - !Ref AWS::NoValue\n          - Fn::If: [IsB, {{Name: c, User: 3}}, {{Name: b}}]\n"
    );
    assert_eq!(
        worlds(&text),
        [
            "`Mode` is not \"b\": not deployed",
            "`Mode` is \"b\" and `Env` is not \"prod\": \"bridge\" at bridge; \"1\" at '1'; \"3\" at 3",
            "`Mode` is \"b\" and `Env` is \"prod\": -",
        ]
    );
}

#[test]
fn json_and_yaml_are_one() {
    let yaml = with_user(ENV, "!If [IsProd, !Sub '${Uid}:0', !FindInMap [M, a, u]]");
    let json = r#"{"Parameters": {"Env": {"Type": "String", "Default": "dev"}, "Uid": {"Type": "String"}},
        "Mappings": {"M": {"a": {"u": "0"}}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
        "Resources": {"Other": {"Type": "AWS::SNS::Topic"}, "Task": {"Type": "AWS\u003a:ECS::TaskDefinition", "Properties": {"NetworkMode": "host",
        "ContainerDefinitions": [{"Name": "a", "User": {"Fn::If": ["IsProd", {"Fn::Sub": "${Uid}:0"}, {"Fn::FindInMap": ["M", "a", "u"]}]}}]}}}}"#;
    let plain = |text: &str| {
        let worlds = worlds(text).into_iter();
        let worlds = worlds.map(|world| world.replace(['\'', '"'], ""));
        worlds.collect::<Vec<String>>()
    };
    assert_eq!(plain(&yaml), plain(json));
    assert_eq!(
        plain(json),
        [
            "`Env` is not prod: host at host; 0 at 0",
            "`Env` is prod: host at host; ..?parameter `Uid` has no value at ${Uid}:0"
        ]
    );
}

/// All task definitions with their addresses, in the first world.
fn all(text: &str) -> Vec<String> {
    let loaded = load_with(text, &[]);
    let tasks = loaded.tasks.iter().map(|task| {
        let explored = task.world.explore(|| show(&loaded, task));
        format!("{}: {}", task.address, explored.leaves[0].outcome)
    });
    let gaps = loaded.gaps.iter().map(|gap| gap.message.clone());
    tasks.chain(gaps).collect()
}

#[test]
fn loops_make_resources() {
    let text = "Transform: AWS::LanguageExtensions\n\
                Parameters:\n  Names: {Type: CommaDelimitedList, Default: 'web, db-1'}\n  UidWeb: {Type: String, Default: '0'}\n\
                Conditions:\n  'Fn::ForEach::C':\n    - X\n    - [Web, Db]\n    - Is${X}: !Equals ['${X}', Web]\n\
                Mappings:\n  Uids: {Web: {Id: '0'}, Db: {Id: '7'}}\n\
                Resources:\n  \
                Fn::ForEach::Outer:\n    - Name\n    - !Ref Names\n    - Task&{Name}:\n        \
                Type: AWS::ECS::TaskDefinition\n        Properties:\n          NetworkMode: host\n          \
                ContainerDefinitions: [{Name: a, User: !Sub '${Name}:${AWS::Region}'}, {User: !Ref Name}, {User: 'x-${Name}'}]\n  \
                Fn::ForEach::Kind:\n    - Kind\n    - [Web, Db]\n    - Fn::ForEach::N:\n      - N\n      - ['1', 2]\n      - ${Kind}${N}:\n          \
                Type: AWS::ECS::TaskDefinition\n          Properties:\n            NetworkMode: host\n            \
                ContainerDefinitions: [{User: !FindInMap [Uids, !Ref Kind, Id]}, {User: !If ['Is${Kind}', '${N}', n]}]\n";
    assert_eq!(
        all(text),
        [
            "Taskweb: \"host\" at host; \"web:\"..?`AWS::Region` is known only when the stack is deployed at '${Name}:${AWS::Region}'; \"web\" at web; \"x-web\" at 'x-${Name}'",
            "Taskdb1: \"host\" at host; \"db-1:\"..?`AWS::Region` is known only when the stack is deployed at '${Name}:${AWS::Region}'; \"db-1\" at db-1; \"x-db-1\" at 'x-${Name}'",
            "Web1: \"host\" at host; \"0\" at '0'; \"1\" at '1'",
            "Web2: \"host\" at host; \"0\" at '0'; \"2\" at 2",
            "Db1: \"host\" at host; \"7\" at '7'; \"n\" at n",
            "Db2: \"host\" at host; \"7\" at '7'; \"n\" at n",
        ]
    );
}

#[test]
fn loops_go_over_what_their_world_has() {
    let looped = |collection: &str| {
        format!(
            "{ENV}Resources:\n  Fn::ForEach::L:\n    - X\n    - {collection}\n    - T${{X}}:\n        \
             Type: AWS::ECS::TaskDefinition\n        Properties:\n          NetworkMode: host\n          \
             ContainerDefinitions: [{{User: '${{X}}'}}]\n"
        )
    };
    let shown = |collection: &str| {
        let loaded = load_with(&looped(collection), &[]);
        let tasks = loaded.tasks.iter().map(|task| {
            let explored = task.world.explore(|| show(&loaded, task));
            let leaves = explored.leaves.iter().map(|leaf| {
                let answers: Vec<String> = leaf.answers.iter().map(Answer::to_string).collect();
                let assumes = leaf.assumes.len();
                format!("{} {} {assumes}", answers.join(" and "), leaf.outcome)
            });
            format!(
                "{}: {}",
                task.address,
                leaves.collect::<Vec<String>>().join("; ")
            )
        });
        tasks.collect::<Vec<String>>()
    };
    assert_eq!(
        shown("!Ref L"),
        [
            "Tx:  \"host\" at host; \"x\" at x 1",
            "Troot:  \"host\" at host; \"root\" at root 1"
        ]
    );
    assert_eq!(
        shown("!If [IsProd, ['0'], ['1', '0']]"),
        [
            "T1: `Env` is not \"prod\" \"host\" at host; \"1\" at '1' 0; `Env` is \"prod\" not deployed 0",
            "T0: `Env` is not \"prod\" \"host\" at host; \"0\" at '0' 0; `Env` is \"prod\" \"host\" at host; \"0\" at '0' 0",
        ]
    );
    assert_eq!(
        shown("[!Ref Uid]"),
        ["T${X}:  ?parameter `Uid` has no value 0"]
    );
    assert_eq!(shown("[]"), [""; 0]);
}

#[test]
fn loops_make_members_and_included_files_hold_some() {
    let sources = Arc::new(SourceMap::new(
        Memory::new([
            (
                "/w/t.yaml",
                "Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n\
                 Mappings:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: maps.json}}\n\
                 Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
                 Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/net.yaml}}\n      \
                 ContainerDefinitions:\n        - Fn::ForEach::K: [K, [User, Image], {'${K}': !FindInMap [M, '${K}', v]}]\n        \
                 - Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}\n        \
                 - Fn::Transform: {Name: Own}\n          User: '0'\n        \
                 - Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://x/y'}}\n",
            ),
            (
                "/w/more.yaml",
                "Resources:\n  U:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {NetworkMode: none}\n",
            ),
            (
                "/w/maps.json",
                "{\"M\": {\"User\": {\"v\": 0}, \"Image\": {\"v\": \"a\"}}}",
            ),
            ("/w/parts/net.yaml", "NetworkMode: !Sub ho${!x}\n"),
            (
                "/w/self.yaml",
                "User: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}}\n",
            ),
        ]),
        "/w",
    ));
    let file = sources.open(Path::new("t.yaml")).expect("in memory");
    let mut gaps = Vec::new();
    let tasks = load(&sources, &file, &Options::default())
        .expect("it is a template")
        .tasks;
    let tasks = tasks.take(&mut gaps);
    assert_eq!(gaps.len(), 0, "{gaps:?}");
    let loaded = Loaded {
        sources,
        tasks,
        gaps,
    };
    let shown: Vec<String> = (loaded.tasks.iter().map(|task| show(&loaded, task))).collect();
    assert_eq!(
        shown,
        [
            "\"ho${x}\" at ho${!x}; \"0\" at 0; ?what is included by `AWS::Include` includes nothing itself at {Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}}; -; -",
            "\"none\" at none",
        ]
    );
}

#[test]
fn templates_that_others_nest_are_no_units() {
    let nests = |paths: &[&str]| {
        let mut text = "Resources:\n".to_owned();
        for (at, path) in paths.iter().enumerate() {
            writeln!(
                text,
                "  S{at}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {path}}}}}"
            )
            .expect("it does");
        }
        text
    };
    let files = [
        ("/w/outer.yaml", nests(&["./in/mid.yaml", "https://x/y"])),
        ("/w/in/mid.yaml", nests(&["../leaf.json"])),
        ("/w/leaf.json", "{}".to_owned()),
        ("/w/one.yaml", nests(&["two.yaml"])),
        ("/w/two.yaml", nests(&["one.yaml"])),
        ("/w/self.yaml", nests(&["self.yaml"])),
        ("/w/app.yaml", "Resources: {A: {Type: AWS::Serverless::Application, Properties: {Location: sam.yaml}}}".to_owned()),
        ("/w/sam.yaml", "Resources: {}".to_owned()),
        ("/w/loop.yaml", "Resources:\n  Fn::ForEach::L: [X, [a, b], {'S${X}': {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: '${X}.yaml'}}}]".to_owned()),
        ("/w/a.yaml", "a: 1".to_owned()),
        ("/w/b.yaml", "b: 1".to_owned()),
    ];
    let paths: BTreeSet<PathBuf> = files
        .iter()
        .map(|(path, _)| Path::new(path).to_path_buf())
        .collect();
    let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
    let named = ["/w/in/mid.yaml".into()].into_iter().collect();
    let nests = paths.iter().map(|path: &PathBuf| {
        let file = sources.open(path).expect("it is there");
        let loaded = load(&sources, &file, &Options::default());
        (path, loaded.map_or(Vec::new(), |loaded| loaded.nests))
    });
    let nests = nests.collect();
    let left_out = nested_only(&nests, &named);
    let left_out: Vec<String> = left_out.iter().map(|path| sources.display(path)).collect();
    assert_eq!(
        left_out,
        ["a.yaml", "b.yaml", "leaf.json", "sam.yaml", "two.yaml"]
    );
}

#[test]
fn trails_tell_the_way() {
    let text = with_user(
        ENV,
        "!If [NotProd, !Sub ['${u}', {u: !FindInMap [M, a, u]}], x]",
    );
    let loaded = load_with(&text, &[]);
    let task = &loaded.tasks[0];
    let explored = task.world.explore(|| {
        let user = task.containers().list[0].user.read();
        let steps = user.trail.steps();
        let steps = steps
            .iter()
            .map(|step| format!("{} @ {}", step.text, slice(&loaded, step.span)));
        steps.collect::<Vec<String>>()
    });
    assert_eq!(
        explored.leaves[0].outcome,
        [
            "mapping `M` @ !FindInMap [M, a, u]",
            "`${u}` @ ${u}",
            "chosen when `NotProd` is true @ NotProd",
        ]
    );
}

#[test]
fn given_parameters_are_known() {
    let text = with_user(ENV, "!If [IsProd, !Select [1, !Ref L], !Ref 'AWS::Region']");
    let shown = |parameters: &[(&str, &str)]| {
        let loaded = load_with(&text, parameters);
        show(&loaded, &loaded.tasks[0])
    };
    assert_eq!(
        shown(&[("Env", "prod"), ("L", "a,b")]),
        "\"host\" at host; \"b\" at !Ref L"
    );
    assert_eq!(
        shown(&[("Env", "dev"), ("AWS::Region", "eu-west-1")]),
        "\"host\" at host; \"eu-west-1\" at !Ref 'AWS::Region'"
    );
    assert_eq!(
        shown(&[]),
        "\"host\" at host; ?it depends on whether parameter `Env` is \"prod\" at !Ref Env"
    );
}

#[test]
fn a_region_that_is_given_tells_its_partition() {
    let text = with_user(
        "Conditions:\n  Cn: !Equals [!Ref AWS::Partition, aws-cn]\n",
        "!If [Cn, !Ref AWS::URLSuffix, !Sub '${AWS::Partition}']",
    );
    let shown = |parameters: &[(&str, &str)]| {
        let loaded = load_with(&text, parameters);
        let shown = show(&loaded, &loaded.tasks[0]);
        let user = shown.split("; ").nth(1).unwrap_or_default();
        user.split(" at ").next().unwrap_or_default().to_owned()
    };
    for (region, user) in [
        ("eu-west-1", "\"aws\""),
        ("cn-north-1", "\"amazonaws.com.cn\""),
        ("us-gov-west-1", "\"aws-us-gov\""),
        ("us-isob-east-1", "\"aws-iso-b\""),
        ("eusc-de-east-1", "\"aws-eusc\""),
    ] {
        assert_eq!(shown(&[("AWS::Region", region)]), user, "{region}");
    }
    let both = [("AWS::Region", "eu-west-1"), ("AWS::Partition", "other")];
    assert_eq!(shown(&both), "\"other\"");
    assert!(shown(&[("AWS::Region", "nowhere")]).starts_with("?it depends on"));
}

#[test]
fn lists_of_pseudo_parameters_are_lists() {
    let text = with_user("", "!Select [1, !Ref AWS::NotificationARNs]");
    let loaded = load_with(&text, &[("AWS::NotificationARNs", "a, b")]);
    assert!(show(&loaded, &loaded.tasks[0]).contains("; \"b\" at "));
}

/// A judgement asks only about what it reads.
#[test]
fn conditions_that_reach_nothing_that_is_read_cost_nothing() {
    let mut text = "Parameters:\n".to_owned();
    for at in 0..64 {
        writeln!(text, "  P{at}: {{Type: String, Default: x}}").expect("it does");
    }
    text.push_str("Conditions:\n");
    for at in 0..64 {
        writeln!(text, "  C{at}: !Equals [!Ref P{at}, y]").expect("it does");
    }
    text.push_str(
        "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
         NetworkMode: host\n      ContainerDefinitions:\n",
    );
    for at in 0..64 {
        writeln!(
            text,
            "        - {{Name: !If [C{at}, a, b], Image: i{at}, User: !If [C{at}, '0', '1'], Environment: [!If [C{at}, {{Name: a}}, {{Name: b}}]]}}"
        )
        .expect("it does");
    }
    let loaded = load_with(&text, &[]);
    let task = &loaded.tasks[0];
    let explored = task.world.explore(|| task.containers().list.len());
    assert_eq!(explored.leaves.len(), 1);
    for at in [0, 63] {
        let explored = task.world.explore(|| {
            let user = task.containers().list[at].user.read().state;
            matches!(user, State::Known(text) if text.known().as_deref() == Some("0"))
        });
        let outcomes: Vec<bool> = explored.leaves.iter().map(|leaf| leaf.outcome).collect();
        assert_eq!(outcomes, [false, true]);
    }
}

/// Judged by the rules: each finding's conditions, in order.
fn conditions_of_findings(text: &str) -> Vec<Vec<String>> {
    let loaded = load_with(text, &[]);
    let settings = crate::rules::Settings::default();
    let precedents = Precedents::default();
    let unit = "t".into();
    let judged = check(
        &loaded.sources,
        &settings,
        &unit,
        None,
        &precedents,
        &loaded.tasks,
    );
    assert!(judged.undetermined.is_empty(), "{:?}", judged.undetermined);
    let findings = judged.findings.into_iter();
    findings.map(|finding| finding.when).collect()
}

#[test]
fn a_container_that_aliases_repeat_is_one() {
    let template = |list: &str| {
        format!(
            "Parameters:\n  A: {{Type: String}}\n  B: {{Type: String}}\n\
             Conditions:\n  A: !Equals [!Ref A, a]\n  B: !Equals [!Ref B, b]\n\
             Metadata: {{c: &c {{Name: c, Image: i}}, d: &d {{Name: d, Image: i, User: '1'}}}}\n\
             Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
             NetworkMode: host\n      ContainerDefinitions: {list}\n"
        )
    };
    let always = "!If [A, [*c, !If [B, *d, !Ref AWS::NoValue]], \
                  [!If [B, *d, !Ref AWS::NoValue], *c]]";
    let nothing: [&str; 0] = [];
    assert_eq!(conditions_of_findings(&template(always)), [nothing]);
    let some = "!If [A, [!If [B, *c, !Ref AWS::NoValue], *d], [*c]]";
    let told = conditions_of_findings(&template(some));
    assert_eq!(told, [["`A` is not \"a\""]]);
}

#[test]
fn a_list_is_not_what_its_elements_tell_that_it_is_not() {
    let told = |condition: &str| {
        let text = format!(
            "Parameters:\n  L: {{Type: CommaDelimitedList, Default: 'p,q'}}\n\
             Conditions:\n  C: {condition}\n\
             Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
             NetworkMode: host\n      ContainerDefinitions:\n        \
             - {{Name: a, Image: i, User: !If [C, root, app]}}\n"
        );
        conditions_of_findings(&text)
    };
    let (first, second) = ("!Select [0, !Ref L]", "!Select [1, !Ref L]");
    let equal = format!("!Equals [{first}, {second}]");
    assert_eq!(told(&equal), [["`L[0]` equals `L[1]`"]]);
    let both = format!("!And [!Equals [!Join [',', !Ref L], 'p,q'], {equal}]");
    assert!(told(&both).is_empty());
    let both = format!("!And [{equal}, !Equals [!Join [',', !Ref L], 'p,q']]");
    assert!(told(&both).is_empty());
}

#[test]
fn places_of_nested_stacks_that_refer_to_one_another_are_told_once() {
    let mut text = "Resources:\n".to_owned();
    for at in 0..40 {
        let next = (at + 1) % 40;
        writeln!(
            text,
            "  N{at}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      \
             TemplateURL: !Sub '${{N{next}.Outputs.A}}${{N{next}.Outputs.B}}'"
        )
        .expect("a string takes all");
    }
    let loaded = load_with(&text, &[]);
    assert_eq!(loaded.gaps.len(), 40);
}

#[test]
fn regions_partitions_and_domains_go_together() {
    let worlds = |conditions: [&str; 3], given: &[(&str, &str)]| {
        let [a, b, c] = conditions;
        let text = format!(
            "Conditions:\n  A: {a}\n  B: {b}\n  C: {c}\nResources:\n  T:\n    \
             Type: AWS::ECS::TaskDefinition\n    Properties:\n      Family: !Join \
             ['', [!If [A, a, '-'], !If [B, b, '-'], !If [C, c, '-'], !Ref AWS::Partition]]\n"
        );
        let loaded = load_with(&text, given);
        let task = &loaded.tasks[0];
        let explored = task.world.explore(|| {
            let definition = task.definition().get();
            let object = definition.as_object().expect("it is one");
            let family = object.get("family", task.span).expect("it is there");
            let text = family.as_text().expect("it is a text");
            text.known()
                .map_or_else(|| text.known_prefix() + "?", |text| text.into_owned())
        });
        let all: BTreeSet<String> = explored
            .leaves
            .into_iter()
            .map(|leaf| leaf.outcome)
            .collect();
        all.into_iter().collect::<Vec<String>>()
    };
    let region = |name: &str| format!("!Equals [!Ref AWS::Region, {name}]");
    let china = "!Equals [!Ref AWS::Partition, aws-cn]";
    let domain = "!Equals [!Ref AWS::URLSuffix, amazonaws.com.cn]";
    let plain = "!Equals [!Sub '${AWS::URLSuffix}', amazonaws.com]";
    let (here, there) = (region("eu-west-1"), region("cn-north-1"));
    assert_eq!(
        worlds([&here, china, domain], &[]),
        ["---?", "-bcaws-cn", "a--aws"]
    );
    // In any order.
    assert_eq!(
        worlds([domain, china, &there], &[]),
        ["---?", "ab-aws-cn", "abcaws-cn"]
    );
    assert_eq!(
        worlds(
            [plain, "!Equals [!Ref AWS::Partition, aws-us-gov]", china],
            &[]
        ),
        ["---?", "--caws-cn", "a--aws", "ab-aws-us-gov"]
    );
    // A partition that is given rules regions out.
    let given = [("AWS::Partition", "aws-cn")];
    assert_eq!(
        worlds([&here, &there, domain], &given),
        ["--caws-cn", "-bcaws-cn"]
    );
}

#[test]
fn loops_have_a_bound() {
    let loop_of = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("n{at}")).collect();
        format!(
            "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L:\n    - X\n    - [{}]\n    - T${{X}}: {{Type: AWS::ECS::TaskDefinition}}\n",
            names.join(", ")
        )
    };
    let loaded = load_with(&loop_of(loops::MAX_MEMBERS), &[]);
    assert_eq!((loaded.tasks.len(), loaded.gaps.len()), (5000, 0));
    let present = loaded.tasks.iter().map(TaskDefinition::exists);
    assert!(
        present
            .into_iter()
            .all(|one| matches!(one, Existence::Exists))
    );
    let loaded = load_with(&loop_of(loops::MAX_MEMBERS + 1), &[]);
    let gaps: Vec<&str> = loaded.gaps.iter().map(|gap| &*gap.message).collect();
    assert_eq!(
        gaps,
        [
            "loops make more than 5000 members here, so the resources that `Fn::ForEach::L` makes were not checked"
        ]
    );
}

#[test]
fn what_no_echo_hides_is_marked() {
    for user in ["!Ref K", "!Sub '${K}:0'", "!Join [':', [!Ref K, a]]"] {
        let loaded = load_with(&with_user(ENV, user), &[]);
        assert!(
            loaded.tasks[0].containers().list[0].user.read().sensitive,
            "{user}"
        );
    }
}

#[test]
fn types_are_coerced() {
    let text = with_user(
        "",
        "0\n          Privileged: 'true'\n          ReadonlyRootFilesystem: !Sub 'false'\n          user: 7",
    );
    let loaded = load_with(&text, &[]);
    let containers = loaded.tasks[0].containers();
    let state = |state: State<bool>| match state {
        State::Known(truth) => truth,
        _ => panic!("it is known"),
    };
    assert!(state(containers.list[0].privileged.read().state));
    assert!(!state(
        containers.list[0].readonly_root_filesystem.read().state
    ));
    let gaps: Vec<&str> = loaded.gaps.iter().map(|gap| &*gap.message).collect();
    assert_eq!(
        gaps,
        ["CloudFormation has no property `user` here, so it was not read"]
    );
}

#[test]
fn nested_stacks_are_followed() {
    let outer = "Parameters:\n  Env: {Type: String, Default: dev}\n\
                 Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n\
                 Resources:\n  \
                 Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: net.yaml}}\n  \
                 App:\n    Type: AWS::CloudFormation::Stack\n    Condition: IsProd\n    Properties:\n      \
                 TemplateURL: ./apps/app.yaml\n      Parameters:\n        \
                 Uid: !GetAtt Net.Outputs.Uid\n        Stage: !Sub '${Env}'\n        Other: !Ref AWS::NoValue\n  \
                 Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}\n  \
                 Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x/y'}}\n";
    let app = "Parameters:\n  Uid: {Type: String}\n  Stage: {Type: String}\n  Other: {Type: String, Default: z}\n  Unset: {Type: String, Default: d}\n\
               Conditions:\n  Live: !Equals [!Ref Stage, prod]\n  Z: !Equals [!Ref Other, z]\n  D: !Equals [!Ref Unset, d]\n\
               Resources:\n  Self: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: app.yaml}}\n  \
               Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: !If [Live, host, bridge]\n      \
               ContainerDefinitions:\n        - {Name: a, User: !Ref Uid}\n        - {Name: b, User: !If [Z, !If [D, 'y', n], n]}\n";
    let sources = Arc::new(SourceMap::new(
        Memory::new([
            ("/w/outer.yaml", outer),
            (
                "/w/net.yaml",
                "Resources: {}\nOutputs:\n  Uid: {Value: '0'}\n",
            ),
            ("/w/apps/app.yaml", app),
        ]),
        "/w",
    ));
    let file = sources.open(Path::new("outer.yaml")).expect("in memory");
    let mut gaps = Vec::new();
    let tasks = load(&sources, &file, &Options::default())
        .expect("it is a template")
        .tasks;
    let tasks = tasks.take(&mut gaps);
    let messages: Vec<&str> = gaps.iter().map(|gap| &*gap.message).collect();
    assert_eq!(
        messages,
        [
            "nested stack `Self` was not followed: its template `apps/app.yaml` nests itself, so its task definitions were not checked",
            "nested stack `Gone` was not followed: its template `gone.yaml` could not be read: there is no such file, so its task definitions were not checked",
            "nested stack `Far` was not followed: its template at `https://x/y` is not on disk, so its task definitions were not checked",
        ]
    );
    let loaded = Loaded {
        sources,
        tasks,
        gaps,
    };
    let [task] = &loaded.tasks[..] else {
        panic!("one task definition");
    };
    assert_eq!(&*task.address, "App/Task");
    let explored = task.world.explore(|| show(&loaded, task));
    let leaves: Vec<(String, &str)> = explored
        .leaves
        .iter()
        .map(|leaf| {
            let answers: Vec<String> = leaf.answers.iter().map(Answer::to_string).collect();
            (answers.join(" and "), &*leaf.outcome)
        })
        .collect();
    assert_eq!(
        leaves,
        [
            ("`Env` is not \"prod\"".to_owned(), "not deployed"),
            (
                "`Env` is \"prod\"".to_owned(),
                "\"host\" at host; \"0\" at '0'; \"y\" at 'y'"
            ),
        ]
    );
}

#[test]
fn long_and_wide_conditions_end() {
    let mut sections = "Parameters:\n".to_owned();
    for at in 0..1000 {
        writeln!(sections, "  P{at}: {{Type: String, Default: n}}").expect("a string takes all");
    }
    sections.push_str("Conditions:\n  C0: !Equals [!Ref P0, y]\n");
    for at in 1..20_000 {
        writeln!(sections, "  C{at}: !Not [!Condition C{}]", at - 1).expect("it does");
    }
    let any: Vec<String> = (0..1000)
        .map(|at| format!("!Equals [!Ref P{at}, y]"))
        .collect();
    writeln!(sections, "  Any: !Or [{}]", any.join(", ")).expect("a string takes all");
    assert_eq!(users(&sections, "!If [C100, y, n]").len(), 2);
    let deep = users(&sections, "!If [C19999, y, n]");
    assert!(deep[0].contains("stand in one another"), "{deep:?}");
    let loaded = load_with(&with_user(&sections, "!If [Any, y, n]"), &[]);
    let explored = loaded.tasks[0]
        .world
        .explore(|| show(&loaded, &loaded.tasks[0]));
    assert!(!explored.complete);
}

#[test]
fn other_files_are_told_apart() {
    let sources = Arc::new(SourceMap::new(
        Memory::new([
            ("/none", "Resources:\n  A: {Type: AWS::SNS::Topic}\n"),
            ("/docs", "text: AWS::ECS::TaskDefinition\nResources: none\n"),
            ("/list", "[\"AWS::ECS::TaskDefinition\", \"Resources\"]"),
            (
                "/escaped",
                "Resources:\n  A: {Type: \"\\x41WS::ECS::TaskDefinition\"}\n",
            ),
            (
                "/two",
                "Resources:\n  A: {Type: AWS::ECS::TaskDefinition}\n---\na: 1\n",
            ),
            (
                "/fault",
                "{\"Conditions\": {\"A\" 1}, \"Resources\": {\"A\": {\"Type\": \"AWS::ECS::TaskDefinition\"}}}",
            ),
            ("/open", "Resources: {A: {Type: AWS::ECS::TaskDefinition}\n"),
        ]),
        "/",
    ));
    let outcome = |path: &str| {
        let file = sources.open(Path::new(path)).expect("in memory");
        let mut gaps = Vec::new();
        let tasks = may_hold(&file).then(|| load(&sources, &file, &Options::default()));
        let tasks = tasks.map(|loaded| loaded.map(|loaded| loaded.tasks.take(&mut gaps).len()));
        (tasks, gaps.len())
    };
    assert_eq!(outcome("/none"), (None, 0));
    assert_eq!(outcome("/docs"), (Some(None), 0));
    assert_eq!(outcome("/list"), (Some(None), 0));
    assert_eq!(outcome("/escaped"), (Some(Some(1)), 0));
    assert_eq!(outcome("/two"), (Some(Some(0)), 1));
    assert_eq!(outcome("/fault"), (Some(Some(1)), 1));
    assert_eq!(outcome("/open"), (Some(Some(0)), 1));
}

/// A condition over parameters, each one of `x`, `y`, `z`.
fn condition(depth: u32, parameter: &'static str) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (parameter, "[xyzw]").prop_map(|(p, v)| format!("!Equals [!Ref {p}, {v}]")),
        (parameter, "[xyzw]").prop_map(|(p, v)| format!("!Equals [!Sub 'p${{{p}}}', p{v}]")),
        (parameter, parameter).prop_map(|(p, q)| format!("!Equals [!Ref {p}, !Ref {q}]")),
        (parameter, parameter, "[xyz]{2}")
            .prop_map(|(p, q, v)| format!("!Equals [!Join ['', [!Ref {p}, !Ref {q}]], {v}]")),
        parameter.prop_map(|p| format!("!Equals [!FindInMap [M, !Ref {p}, k], '1']")),
    ];
    leaf.prop_recursive(depth, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|of| format!("!Not [{of}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("!And [{a}, {b}]")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("!Or [{a}, {b}]")),
        ]
    })
    .boxed()
}

/// A value that depends on the conditions and parameters.
fn value(parameter: &'static str, condition: &'static str) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("'0'".to_owned()),
        Just("root".to_owned()),
        Just("!Ref AWS::NoValue".to_owned()),
        parameter.prop_map(|p| format!("!FindInMap [M, !Ref {p}, k]")),
    ];
    leaf.prop_recursive(3, 8, 2, move |inner| {
        (condition, inner.clone(), inner).prop_map(|(c, a, b)| format!("!If [{c}, {a}, {b}]"))
    })
    .boxed()
}

fn first_user(loaded: &Loaded) -> String {
    let mut out = String::new();
    let task = &loaded.tasks[0];
    match task.containers().list[0].user.read().state {
        State::Known(text) => show_value(&mut out, &Value::text(text, task.span)),
        State::Absent => out.push_str("absent"),
        State::Unknown(unknown) => out.push_str(unknown.reason()),
    }
    out
}

fn holds(answer: &Answer, values: &[(&str, &str)]) -> bool {
    let Question::Equals(symbol, value) = &answer.question else {
        panic!("CloudFormation asks for equality only");
    };
    let (_, own) = values
        .iter()
        .find(|(name, _)| *name == symbol.label())
        .expect("it is one of the parameters");
    (*value == Answerable::Text((*own).into())) == answer.yes
}

proptest! {
    /// The worlds that are explored are those that the parameters' values make.
    #[test]
    fn worlds_are_those_of_all_values(
        conditions in proptest::collection::vec(condition(3, "[ABC]"), 3),
        user in value("[ABC]", "C[0-2]"),
        default in "[xyz]",
    ) {
        let mut sections = format!(
            "Parameters:\n  A: {{Type: String, AllowedValues: [x, y, z]}}\n  \
             B: {{Type: String, AllowedValues: [x, y, z], Default: {default}}}\n  \
             C: {{Type: String, AllowedValues: [x, y, z]}}\n\
             Mappings:\n  M: {{x: {{k: '1'}}, y: {{k: '0'}}, z: {{k: '2'}}}}\nConditions:\n"
        );
        for (at, condition) in conditions.iter().enumerate() {
            writeln!(sections, "  C{at}: {condition}").expect("a string takes all");
        }
        let text = with_user(&sections, &user);
        let loaded = load_with(&text, &[]);
        let explored = loaded.tasks[0].world.explore(|| first_user(&loaded));
        prop_assert!(explored.complete);
        let mut outcomes = Vec::new();
        for index in 0..27 {
            let pick = |at: usize| ["x", "y", "z"][at % 3];
            let values = [("A", pick(index)), ("B", pick(index / 3)), ("C", pick(index / 9))];
            let expected = first_user(&load_with(&text, &values));
            let mut leaves = explored.leaves.iter();
            let leaf = leaves.find(|leaf| leaf.answers.iter().all(|answer| holds(answer, &values)));
            let leaf = leaf.expect("every value has its world");
            prop_assert_eq!(&leaf.outcome, &expected, "{:?} {}", values, text);
            let more = leaves.any(|leaf| leaf.answers.iter().all(|answer| holds(answer, &values)));
            prop_assert!(!more, "worlds exclude one another");
            outcomes.push((values, expected));
        }
        // A witness reproduces what it is a witness of, and no answer of it can be left out.
        for (at, leaf) in explored.leaves.iter().enumerate() {
            let is_same = |outcome: &String| *outcome == leaf.outcome;
            let witness = explored.witness(at, is_same);
            let always = |witness: &[Answer]| {
                let mut under = outcomes.iter().filter(|(values, _)| {
                    witness.iter().all(|answer| holds(answer, values))
                });
                under.all(|(_, outcome)| is_same(outcome))
            };
            prop_assert!(always(&witness), "{:?} {}", witness, text);
            for left_out in 0..witness.len() {
                let mut fewer = witness.clone();
                fewer.remove(left_out);
                prop_assert!(!always(&fewer), "{:?} {}", witness, text);
            }
        }
    }

    #[test]
    fn nothing_panics(text in "[a-zA-Z:&*!|>'\"{}\\[\\],#$. \n-]{0,120}") {
        let text = format!("Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n{text}");
        let sources = Arc::new(SourceMap::new(Memory::new([("/t", text)]), "/"));
        let file = sources.open(Path::new("/t")).expect("in memory");
        if let Some(loaded) = load(&sources, &file, &Options::default()) {
            for task in loaded.tasks.take(&mut Vec::new()) {
                task.world.explore(|| (task.exists(), task.containers().list.len()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Eight parameters and conditions are exact, and each witness, given as parameters, gives
    /// what it is a witness of.
    #[test]
    fn eight_conditions_are_exact(
        conditions in proptest::collection::vec(condition(2, "[A-H]"), 8),
        user in value("[A-H]", "C[0-7]"),
        defaults in "[xy]{8}",
        samples in proptest::collection::vec(any::<u8>(), 16),
    ) {
        let mut sections = "Parameters:\n".to_owned();
        for (name, default) in ('A'..='H').zip(defaults.chars()) {
            let default = if name < 'E' { format!(", Default: {default}") } else { String::new() };
            writeln!(sections, "  {name}: {{Type: String, AllowedValues: [x, y]{default}}}").expect("it does");
        }
        sections.push_str("Mappings:\n  M: {x: {k: '1'}, y: {k: '0'}}\nConditions:\n");
        for (at, condition) in conditions.iter().enumerate() {
            writeln!(sections, "  C{at}: {condition}").expect("a string takes all");
        }
        let text = with_user(&sections, &user);
        let loaded = load_with(&text, &[]);
        let explored = loaded.tasks[0].world.explore(|| first_user(&loaded));
        prop_assert!(explored.complete);
        let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let values = |bits: u8| names.map(|name| {
            let bit = bits >> (name.as_bytes()[0] - b'A') & 1;
            (name, ["x", "y"][usize::from(bit)])
        });
        for &sample in &samples {
            let values = values(sample);
            let mut leaves = explored.leaves.iter();
            let leaf = leaves.find(|leaf| leaf.answers.iter().all(|answer| holds(answer, &values)));
            let leaf = leaf.expect("every value has its world");
            prop_assert_eq!(&leaf.outcome, &first_user(&load_with(&text, &values)), "{}", text);
        }
        for (at, leaf) in explored.leaves.iter().enumerate().take(4) {
            let witness = explored.witness(at, |outcome| *outcome == leaf.outcome);
            let agrees = |bits: &u8| witness.iter().all(|answer| holds(answer, &values(*bits)));
            let some = (0..=u8::MAX).filter(agrees).step_by(17);
            for bits in some {
                let found = first_user(&load_with(&text, &values(bits)));
                prop_assert_eq!(&leaf.outcome, &found, "{:?} {}", witness, text);
            }
        }
    }
}

#[test]
fn types_are_told_in_other_files() {
    for (text, found) in [
        ("T:\n  Type: AWS::ECS::TaskDefinition\n", Some(11)),
        ("Type : 'AWS::ECS::TaskDefinition'", Some(8)),
        (r#"{"T":{"Type":"AWS::ECS::TaskDefinition"}}"#, Some(14)),
        ("# Type: AWS::ECS::TaskDefinition", None),
        (r#"{"typeName": "AWS::ECS::TaskDefinition"}"#, None),
        ("ResourceType: AWS::ECS::TaskDefinition", None),
        ("- AWS::ECS::TaskDefinition", None),
    ] {
        let place = mentions::typed(text);
        assert_eq!(place.map(|place| place.start), found, "{text}");
    }
}

#[test]
fn a_name_counts_only_whole() {
    for text in [
        "Type: AWS::ECS::TaskDefinition",
        "Type: AWS::CloudFormation::StackSet",
        "Type: My::Own::Service::MODULE",
        "'Fn::ForEach::Tasks'",
        "Name: AWS::Include",
        r#""AWS::ECS::\u0054askDefinition""#,
    ] {
        assert!(mentions::mentions_ours(text), "{text}");
    }
    for text in [
        "Type: ECS::TaskDefinition",
        "Type: AWS::ECS::Service",
        "IncludeGlobalResourceTypes: true",
        "Transform: AWS::Serverless-2016-10-31",
        "ForEach",
    ] {
        assert!(!mentions::mentions_ours(text), "{text}");
    }
}
