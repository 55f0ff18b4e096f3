//! Findings in generated templates are those that some choice of all parameters has, and each
//! finding's conditions are the fewest that bring it about.

use ecslint::check::{Judgements, Precedents, check};
use ecslint::cloudformation::{self, Options};
use ecslint::finding::{Finding, Verdict};
use ecslint::rules::Settings;
use ecslint::source::{Memory, SourceMap, Span};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// All parameters with what they may be; the default of `B` is its second value.
const PARAMETERS: [(&str, &[&str]); 5] = [
    ("A", &["x", "y", "z"]),
    ("B", &["x", "y", "z"]),
    ("U", &["0", "1000", ""]),
    ("M", &["host", "bridge"]),
    ("P", &["true", "false"]),
];

type Choice = BTreeMap<String, String>;

/// What some templates ask about besides. It may have other values than these, each of which comes to
/// what the last one does.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Extra {
    None,
    Pattern,
    Number,
    Region,
    /// Three that are compared with one another. The default of `F` is `p`, and `H` is two letters
    /// at most.
    Free,
    /// A list, whose default is `p,q`, and what is compared with its elements.
    List,
}

impl Extra {
    fn choices(self) -> Vec<Choice> {
        match self {
            Extra::None => choices(&[]),
            Extra::Pattern => choices(&[("Q", &["a", "bb", "cc"])]),
            Extra::Number => choices(&[("N", &["2", "3", "4"])]),
            // `long` is none of what `H` can be, and `u` and `v` stand for all others.
            Extra::Free => choices(&[
                ("F", &["p", "q", "u", "long"]),
                ("G", &["p", "q", "u", "long"]),
                ("H", &["p", "q", "u", "v"]),
            ]),
            Extra::List => choices(&[
                (
                    "L",
                    &[
                        "p,q", "p,u", "p,p", "q,p", "q,q", "q,u", "u,p", "u,q", "u,u", "u,v",
                    ],
                ),
                ("E", &["p", "q", "u", "v"]),
            ]),
            Extra::Region => {
                let pseudo = ["AWS::Region", "AWS::Partition", "AWS::URLSuffix"];
                let regions = [
                    ["us-east-1", "aws", "amazonaws.com"],
                    ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
                    ["cn-northwest-1", "aws-cn", "amazonaws.com.cn"],
                    ["us-iso-east-1", "aws-iso", "c2s.ic.gov"],
                    ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
                    ["eu-west-1", "aws", "amazonaws.com"],
                ];
                let regions = regions.into_iter().map(|values| {
                    let pairs = pseudo.into_iter().zip(values);
                    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
                    pairs.collect()
                });
                regions.collect()
            }
        }
    }

    fn conditions(self) -> Vec<&'static str> {
        match self {
            Extra::None => vec![],
            // Neither the text of three letters nor the empty one matches.
            Extra::Pattern => vec![
                "!Equals [!Ref Q, a]",
                "!Equals [!Ref Q, bb]",
                "!Equals [!Ref Q, abc]",
                "!Equals [!Ref Q, '']",
                "!Equals [!Sub '${A}-${Q}', x-a]",
                "!Equals [!Join ['', [!Ref Q, !Ref M]], bbhost]",
            ],
            // Neither is in the range.
            Extra::Number => vec![
                "!Equals [!Ref N, 2]",
                "!Equals [!Ref N, '3']",
                "!Equals [!Ref N, 5]",
                "!Equals [!Ref N, 1]",
            ],
            Extra::Free => vec![
                "!Equals [!Ref F, !Ref G]",
                "!Equals [!Ref G, !Sub '${F}']",
                "!Equals [!Ref F, !Ref H]",
                "!Equals [!Sub 'a-${G}-b', !Sub 'a-${H}-b']",
                "!Equals [!Ref F, p]",
                "!Equals [q, !Ref G]",
                "!Equals [!Ref H, p]",
                "!Equals [!Ref G, long]",
            ],
            Extra::List => vec![
                "!Equals [!Select [0, !Ref L], p]",
                "!Equals [!Select ['1', !Ref L], q]",
                "!Equals [!Select [1, !Ref L], !Ref E]",
                "!Equals [!Select [0, !Ref L], !Select [1, !Ref L]]",
                "!Equals [!Sub ['${X}-y', {X: !Select [0, !Ref L]}], q-y]",
                "!Equals [!Join [',', !Ref L], 'q,p']",
                "!Equals [!Ref E, q]",
            ],
            Extra::Region => vec![
                "!Equals [!Ref AWS::Region, us-east-1]",
                "!Equals [!Sub '${AWS::Region}', cn-north-1]",
                "!Equals [!Ref AWS::Partition, aws-cn]",
                "!Equals [aws, !Ref AWS::Partition]",
                "!Equals [!Ref AWS::URLSuffix, amazonaws.com]",
                "!Equals [!FindInMap [Regions, !Ref AWS::Region, flag, {DefaultValue: 'off'}], 'on']",
            ],
        }
    }
}

fn extra() -> impl Strategy<Value = Extra> {
    prop::sample::select(vec![
        Extra::None,
        Extra::Pattern,
        Extra::Number,
        Extra::Region,
        Extra::Free,
        Extra::List,
    ])
}

/// Whether a template has a look-up, in a condition, of which a choice is no key.
fn lacks_key(text: &str, choice: &Choice) -> bool {
    let looks_up = |keys: &str| text.contains(&format!("!FindInMap [{keys}]"));
    let is = |name: &str, value: &str| choice[name] == value;
    looks_up("Partial, !Ref A, flag") && is("A", "z")
        || looks_up("Partial, !Ref B, flag") && is("B", "z")
        || looks_up("Partial, all, !Ref A") && is("A", "x")
        || looks_up("Pairs, !Ref A, !Ref B") && is("A", "x") && is("B", "z")
        || looks_up("Joined, !Sub '${A}-${M}', flag") && is("A", "y") && is("M", "host")
}

const LOOKED_UP: [&str; 5] = [
    "!Equals [!FindInMap [Partial, !Ref A, flag], 'on']",
    "!Equals [!FindInMap [Partial, !Ref B, flag], 'on']",
    "!Equals [!FindInMap [Partial, all, !Ref A], 'on']",
    "!Equals [!FindInMap [Pairs, !Ref A, !Ref B], 'on']",
    "!Equals [!FindInMap [Joined, !Sub '${A}-${M}', flag], 'on']",
];

fn choices(parameters: &[(&str, &[&str])]) -> Vec<Choice> {
    let mut all = vec![Choice::new()];
    for &(name, values) in parameters {
        all = all
            .iter()
            .flat_map(|choice| {
                values.iter().map(|value| {
                    let mut choice = choice.clone();
                    choice.insert(name.to_owned(), (*value).to_owned());
                    choice
                })
            })
            .collect();
    }
    all
}

/// A rule: where one parameter has a value, another one has not.
#[derive(Clone, Debug)]
struct Rule {
    given: (usize, usize),
    barred: (usize, usize),
}

impl Rule {
    fn lets(&self, choice: &Choice) -> bool {
        let has = |(parameter, value): (usize, usize)| {
            let (name, values) = PARAMETERS[parameter];
            choice[name] == values[value % values.len()]
        };
        !(has(self.given) && has(self.barred))
    }

    /// One of the ways in which it can be written.
    fn text(&self) -> String {
        let value = |(parameter, value): (usize, usize)| {
            let (name, values) = PARAMETERS[parameter];
            (name, values[value % values.len()])
        };
        let (given, value_given) = value(self.given);
        let (barred, value_barred) = value(self.barred);
        let assert = match self.given.1 % 3 {
            0 => format!("!Not [{{'Fn::Contains': [['{value_barred}'], !Ref {barred}]}}]"),
            1 => format!("!Not [{{'Fn::EachMemberIn': [[!Ref {barred}], ['{value_barred}']]}}]"),
            _ => format!(
                "!Not [{{'Fn::EachMemberEquals': [[!Sub '${{{barred}}}'], '{value_barred}']}}]"
            ),
        };
        let given = format!("!Equals [!Ref {given}, '{value_given}']");
        // Where the rule has no condition, its assertion has it.
        match self.barred.1 % 2 {
            0 => format!("{{RuleCondition: {given}, Assertions: [{{Assert: {assert}}}]}}"),
            _ => format!("{{Assertions: [{{Assert: !Or [!Not [{given}], {assert}]}}]}}"),
        }
    }
}

fn parameter() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["A", "B", "U", "M"])
}

fn value_of(parameter: &'static str) -> impl Strategy<Value = &'static str> {
    let values = PARAMETERS.iter().find(|(name, _)| *name == parameter);
    prop::sample::select(values.expect("it is one of them").1)
}

/// A condition, which may refer to those before it, and may look up keys that are not there.
fn condition(at: usize, extra: Extra, may_lack: bool) -> BoxedStrategy<String> {
    let equals = parameter().prop_flat_map(|name| {
        value_of(name).prop_map(move |value| format!("!Equals [!Ref {name}, '{value}']"))
    });
    let inside = parameter().prop_flat_map(|name| {
        value_of(name).prop_map(move |value| format!("!Equals [!Sub 'p-${{{name}}}', 'p-{value}']"))
    });
    let joined = "[xyz]{2}".prop_map(|v| format!("!Equals [!Join ['', [!Ref A, !Ref B]], {v}]"));
    let mapped = Just("!Equals [!FindInMap [Keys, !Ref A, flag], 'on']".to_owned());
    let mut leaves = vec![
        equals.boxed(),
        inside.boxed(),
        joined.boxed(),
        mapped.boxed(),
        Just("!Equals [!Ref A, !Ref B]".to_owned()).boxed(),
    ];
    let others = extra.conditions();
    if !others.is_empty() {
        let others = prop::sample::select(others).prop_map(str::to_owned);
        leaves.extend([others.clone().boxed(), others.boxed()]);
    }
    if may_lack {
        let looked_up = prop::sample::select(LOOKED_UP.to_vec());
        leaves.push(looked_up.prop_map(str::to_owned).boxed());
        leaves.push(Just("!Condition Each1y".to_owned()).boxed());
    }
    if at > 0 {
        leaves.push((0..at).prop_map(|at| format!("!Condition C{at}")).boxed());
    }
    prop::strategy::Union::new(leaves)
        .prop_recursive(2, 6, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|of| format!("!Not [{of}]")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("!And [{a}, {b}]")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("!Or [{a}, {b}]")),
            ]
        })
        .boxed()
}

const CONDITIONS: usize = 4;

/// One of some texts, or a choice between them.
fn chosen(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts)
        .prop_map(str::to_owned)
        .prop_recursive(2, 4, 2, |inner| {
            (0..CONDITIONS, inner.clone(), inner, 0..4_usize).prop_map(|(at, yes, no, loops)| {
                // Some conditions are made by loops.
                match loops {
                    0 => format!("!If [Each1x, {yes}, {no}]"),
                    _ => format!("!If [C{at}, {yes}, {no}]"),
                }
            })
        })
        .boxed()
}

fn container(at: usize) -> impl Strategy<Value = String> {
    let name = chosen(&["web", "!Sub '${A}-web'", "!Sub '${B}-${A}'"]);
    let user = chosen(&[
        "'0'",
        "'1000'",
        "root",
        "!Ref U",
        "!Sub '${U}:1'",
        "!Sub '1:${U}'",
        "!FindInMap [Keys, !Ref A, user]",
        "!FindInMap [Keys, !Ref B, user]",
        "!Select [1, !Split ['-', 'a-0']]",
        "!Ref AWS::NoValue",
    ]);
    let privileged = chosen(&["!Ref AWS::NoValue", "false", "true", "!Ref P"]);
    let around = prop::collection::vec((0..CONDITIONS, any::<bool>()), 0..=2);
    (name, user, privileged, around).prop_map(move |(name, user, privileged, around)| {
        let own =
            format!("{{Name: {name}, Image: 'i{at}', User: {user}, Privileged: {privileged}}}");
        around
            .into_iter()
            .fold(own, |own, (at, holds)| match holds {
                true => format!("!If [C{at}, {own}, !Ref AWS::NoValue]"),
                false => format!("!If [C{at}, !Ref AWS::NoValue, {own}]"),
            })
    })
}

const KEYS: &str = "Mappings:\n  Keys: {x: {user: '0', flag: 'on'}, y: {user: '7', flag: 'off'}, \
                    z: {user: 'root:1', flag: 'on'}}\n  \
                    Partial: {x: {flag: 'on'}, y: {flag: 'off'}, all: {y: 'on', z: 'off'}}\n  \
                    Pairs: {x: {x: 'on', y: 'off'}, y: {x: 'on', y: 'on', z: 'off'}, \
                    z: {x: 'off', y: 'off', z: 'on'}}\n  \
                    Joined: {x-host: {flag: 'on'}, x-bridge: {flag: 'off'}, y-bridge: {flag: 'on'}, \
                    z-host: {flag: 'off'}, z-bridge: {flag: 'on'}}\n  \
                    Regions: {us-east-1: {flag: 'on'}, cn-north-1: {flag: 'off'}}\n";

/// Conditions that a loop in a loop makes.
const LOOPS: &str = "  Fn::ForEach::Outer: [I, ['1'], {'Fn::ForEach::Inner': [J, [x, y], \
                     {'Each${I}${J}': !Equals [!Ref A, !Ref J]}]}]\n";

fn parameters() -> String {
    let mut text = "Transform: AWS::LanguageExtensions\nParameters:\n".to_owned();
    for (name, values) in PARAMETERS {
        let default = if name == "B" { ", Default: y" } else { "" };
        let values = values.join("', '");
        writeln!(
            text,
            "  {name}: {{Type: String, AllowedValues: ['{values}']{default}}}"
        )
        .expect("a string takes all");
    }
    text
}

fn rule() -> impl Strategy<Value = Rule> {
    let at = || (0..PARAMETERS.len() - 1, 0..3_usize);
    (at(), at()).prop_map(|(given, barred)| Rule { given, barred })
}

/// A template with so many rules at most, and look-ups of keys that are not there if it `may_lack`
/// them.
fn template(
    rules: usize,
    extra: Extra,
    may_lack: bool,
) -> impl Strategy<Value = (String, Vec<Rule>)> {
    let condition = move |at| condition(at, extra, may_lack);
    let conditions = (condition(0), condition(1), condition(2), condition(3));
    let task = (
        prop::option::of(0..CONDITIONS),
        chosen(&["host", "bridge", "!Ref M", "!Sub '${M}'"]),
        (container(0), container(1)),
        prop::option::of(0..CONDITIONS),
        prop::option::of((0..CONDITIONS, container(2))),
    );
    (conditions, prop::collection::vec(rule(), 0..=rules), task).prop_map(
        move |(conditions, rules, (exists, mode, containers, around, instead))| {
            let mut text = parameters();
            match extra {
                Extra::Pattern => {
                    text.push_str("  Q: {Type: String, AllowedPattern: '[a-c]{1,2}'}\n");
                }
                Extra::Number => {
                    text.push_str("  N: {Type: Number, MinValue: 2, MaxValue: 4}\n");
                }
                Extra::Free => {
                    text.push_str("  F: {Type: String, Default: p}\n  G: {Type: String}\n");
                    text.push_str("  H: {Type: String, MaxLength: 2}\n");
                }
                Extra::List => {
                    text.push_str("  L: {Type: CommaDelimitedList, Default: 'p,q'}\n");
                    text.push_str("  E: {Type: String}\n");
                }
                Extra::None | Extra::Region => {}
            }
            text.push_str(KEYS);
            push_rules(&mut text, &rules);
            let (a, b, c, d) = conditions;
            write!(
                text,
                "Conditions:\n  C0: {a}\n  C1: {b}\n  C2: {c}\n  C3: {d}\n{LOOPS}\
                 Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n"
            )
            .expect("a string takes all");
            if let Some(at) = exists {
                writeln!(text, "    Condition: C{at}").expect("a string takes all");
            }
            let list = format!("[{}, {}]", containers.0, containers.1);
            let list = match instead {
                Some((at, other)) => format!("!If [C{at}, {list}, [{other}]]"),
                None => list,
            };
            let own = format!("{{NetworkMode: {mode}, ContainerDefinitions: {list}}}");
            match around {
                Some(at) => writeln!(
                    text,
                    "    Properties: !If [C{at}, {own}, {{NetworkMode: host}}]"
                ),
                None => writeln!(text, "    Properties: {own}"),
            }
            .expect("a string takes all");
            (text, rules)
        },
    )
}

fn push_rules(text: &mut String, rules: &[Rule]) {
    if !rules.is_empty() {
        text.push_str("Rules:\n");
    }
    for (at, rule) in rules.iter().enumerate() {
        writeln!(text, "  R{at}: {}", rule.text()).expect("a string takes all");
    }
}

/// A template that nests another one, of the same parameters, and passes them on.
fn around(rules: usize) -> impl Strategy<Value = (String, Vec<Rule>)> {
    let passed = PARAMETERS.map(|(name, values)| {
        prop_oneof![
            4 => Just(format!("!Ref {name}")),
            1 => Just(format!("!Sub '${{{name}}}'")),
            2 => prop::sample::select(values)
                .prop_map(move |value| format!("!If [K0, !Ref {name}, '{value}']")),
            1 => prop::sample::select(values)
                .prop_map(move |value| format!("!If [K1, '{value}', !Ref {name}]")),
        ]
    });
    let [a, b, u, m, p] = passed;
    // The nested stack has a default for `B` only.
    let b = prop_oneof![3 => b, 1 => Just("!If [K1, !Ref B, !Ref AWS::NoValue]".to_owned())];
    let exists = prop::option::of(0..2_usize);
    let conditions = (
        condition(0, Extra::None, true),
        condition(0, Extra::None, true),
    );
    let rules = prop::collection::vec(rule(), 0..=rules);
    let properties = ((a, b, u, m, p), exists, any::<bool>());
    (conditions, rules, properties).prop_map(
        |((k0, k1), rules, ((a, b, u, m, p), exists, whole))| {
            let mut text = parameters();
            text.push_str(KEYS);
            push_rules(&mut text, &rules);
            write!(
                text,
                "Conditions:\n  K0: {k0}\n  K1: {k1}\n{LOOPS}\
                 Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n"
            )
            .expect("a string takes all");
            if let Some(at) = exists {
                writeln!(text, "    Condition: K{at}").expect("a string takes all");
            }
            let own = format!("{{A: {a}, B: {b}, U: {u}, M: {m}, P: {p}}}");
            let own = match whole {
                true => format!("!If [K0, {own}, {{A: x, B: z, U: '0', M: host, P: 'false'}}]"),
                false => own,
            };
            writeln!(
                text,
                "    Properties: {{TemplateURL: t, Parameters: {own}}}"
            )
            .expect("a string takes all");
            (text, rules)
        },
    )
}

fn judge(text: &str, around: Option<&str>, parameters: &Choice) -> Judgements {
    let files = [("/t", text), ("/around", around.unwrap_or_default())];
    let sources = Arc::new(SourceMap::new(Memory::new(files), "/"));
    let path = if around.is_some() { "/around" } else { "/t" };
    let file = sources.open(Path::new(path)).expect("it is in memory");
    let options = Options {
        parameters: parameters.clone(),
        ..Options::default()
    };
    let tasks = cloudformation::load(&sources, &file, &options).expect("it is a template");
    let mut gaps = Vec::new();
    let tasks = tasks.tasks.take(&mut gaps);
    assert!(gaps.is_empty(), "{gaps:?} {text}");
    check(
        &sources,
        &Settings::default(),
        &"t".into(),
        None,
        &Precedents::default(),
        &tasks,
    )
}

/// What a finding is about: its rule and the object of the container.
fn about(finding: &Finding) -> (&'static str, Span) {
    (finding.rule, finding.about[1])
}

/// Whether a choice meets an answer such as "`A` is not \"x\"" and "`F` equals `G`".
fn meets(answer: &str, choice: &Choice) -> bool {
    let mut parts = answer.splitn(3, '`');
    let name = parts.nth(1).expect("it names a parameter");
    let told = parts.next().expect("it says what that is");
    let own = told_value(name, choice);
    for (words, is) in [(" equals `", true), (" does not equal `", false)] {
        if let Some(other) = told.strip_prefix(words) {
            return (own == told_value(other.trim_end_matches('`'), choice)) == is;
        }
    }
    let told = told.strip_prefix(" is ").expect("it says what that is");
    let (is, value) = match told.strip_prefix("not ") {
        Some(value) => (false, value),
        None => (true, told),
    };
    let value = match value {
        "empty" => "",
        quoted => quoted.trim_matches('"'),
    };
    (own == value) == is
}

/// The value of a parameter, or of an element of one: `L[0]`.
fn told_value<'c>(name: &str, choice: &'c Choice) -> &'c str {
    let Some((list, index)) = name.split_once('[') else {
        return &choice[name];
    };
    let index: usize = index.trim_end_matches(']').parse().expect("it is a number");
    choice[list].split(',').nth(index).expect("it has as many")
}

fn meets_all(answers: &[String], choice: &Choice) -> bool {
    answers.iter().all(|answer| meets(answer, choice))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn findings_are_those_of_some_choice(
        (extra, (text, rules)) in extra().prop_flat_map(|extra| {
            (Just(extra), template(2, extra, true))
        })
    ) {
        compare(&text, None, &deployable(&text, &rules, extra))?;
    }

    /// The same through a stack that nests the template.
    #[test]
    fn nested_findings_are_those_of_some_choice(
        (text, _) in template(0, Extra::None, false),
        (around, rules) in around(2),
    ) {
        compare(&text, Some(&around), &deployable(&around, &rules, Extra::None))?;
    }
}

/// The choices that no rule bars, and no look-up in a condition of the template that is deployed.
fn deployable(text: &str, rules: &[Rule], extra: Extra) -> Vec<Choice> {
    let (_, after_parameters) = text.split_once("Mappings:").expect("it has some");
    let words = after_parameters.split(|letter: char| !letter.is_alphanumeric());
    let words: BTreeSet<&str> = words.collect();
    // What nobody refers to may as well be one value.
    let parameters = PARAMETERS.map(|(name, values)| match words.contains(name) {
        true => (name, values),
        false => (name, &values[..1]),
    });
    let others = extra.choices();
    let all = choices(&parameters).into_iter();
    let all = all.flat_map(|choice| {
        let with = |other: &Choice| choice.clone().into_iter().chain(other.clone()).collect();
        others.iter().map(with).collect::<Vec<Choice>>()
    });
    let is_let =
        |choice: &Choice| rules.iter().all(|rule| rule.lets(choice)) && !lacks_key(text, choice);
    all.filter(is_let).collect()
}

/// What each of many containers has to itself: parameters `P0`, `P1` and so on, and three that
/// all share. As no container looks further than the parameter after its own, these choices have all
/// that any of them can meet.
fn choices_of_many(count: usize) -> Vec<Choice> {
    const SHARED: [(&str, &[&str]); 5] = [
        ("M", &["host", "bridge"]),
        ("U", &["0", "1000", ""]),
        ("W", &["on", "off"]),
        ("even", &["on", "off"]),
        ("odd", &["on", "off"]),
    ];
    let mut all = choices(&SHARED);
    for choice in &mut all {
        let own = ["even", "odd"].map(|name| choice.remove(name).expect("it is among them"));
        choice.extend((0..count).map(|at| (format!("P{at}"), own[at % 2].clone())));
    }
    all
}

/// A container whose conditions are `C`, the number of the container and a letter.
fn one_of_many() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "!If [C#a, {Name: n#, User: '0'}, !Ref AWS::NoValue]",
        "!If [C#a, {Name: n#, User: '1000'}, {Name: n#, User: !Ref U}]",
        "!If [C#b, !If [C#a, {Name: n#}, !Ref AWS::NoValue], {Name: n#, User: '0:0'}]",
        "!If [C#c, {Name: n#, User: !If [C#a, '0', '7']}, {Name: n#, Privileged: true}]",
        "!If [C#c, !Ref AWS::NoValue, {Name: n#, User: !If [C#d, !Ref U, '7']}]",
        "{Name: n#, User: !If [C#a, '0', !Ref AWS::NoValue], Privileged: !If [C#b, true, false]}",
        "{Name: n#, User: '1000'}",
        "{Name: n#}",
    ])
}

/// A template with an even number of containers and their conditions.
fn many() -> impl Strategy<Value = (String, usize)> {
    let whole = prop::option::of(prop::sample::select(vec!["Host", "Whole"]));
    let containers = prop::collection::vec((one_of_many(), one_of_many()), 5..=32);
    (containers, whole, any::<bool>()).prop_map(|(containers, whole, asks)| {
        let (mut parameters, mut conditions) = (String::new(), String::new());
        let mut list = String::new();
        let containers: Vec<&str> = containers.iter().flat_map(|&(a, b)| [a, b]).collect();
        let count = containers.len();
        for (at, container) in containers.iter().enumerate() {
            let next = (at + 1) % count;
            writeln!(
                parameters,
                "  P{at}: {{Type: String, AllowedValues: ['on', 'off']}}"
            )
            .expect("a string takes all");
            write!(
                conditions,
                "  C{at}a: !Equals [!Ref P{at}, 'on']\n  C{at}b: !Equals [!Ref M, host]\n  \
                 C{at}c: !And [!Condition C{at}a, !Equals [!Ref P{next}, 'on']]\n  \
                 C{at}d: !Not [!Equals [!Ref P{at}, !Ref P{next}]]\n"
            )
            .expect("a string takes all");
            writeln!(
                list,
                "          - {}",
                container.replace('#', &at.to_string())
            )
            .expect("a string takes all");
        }
        let (open, close) = match whole {
            Some(name) => (
                format!("\n        Fn::If:\n        - {name}\n        -\n"),
                "        - [{Name: alone, User: '0'}]\n",
            ),
            None => ("\n".to_owned(), ""),
        };
        let mode = if asks { "!Ref M" } else { "host" };
        let text = format!(
            "Parameters:\n  M: {{Type: String, AllowedValues: [host, bridge]}}\n  \
             U: {{Type: String, AllowedValues: ['0', '1000', '']}}\n  \
             W: {{Type: String, AllowedValues: ['on', 'off']}}\n{parameters}\
             Conditions:\n  Host: !Equals [!Ref M, host]\n  Whole: !Equals [!Ref W, 'on']\n\
             {conditions}Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    \
             Properties:\n      NetworkMode: {mode}\n      \
             ContainerDefinitions:{open}{list}{close}"
        );
        (text, count)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// However many containers stand under conditions of their own, each is decided.
    #[test]
    fn findings_in_many_containers_are_those_of_some_choice((text, count) in many()) {
        compare(&text, None, &choices_of_many(count))?;
    }
}

/// `choices` are those with which the template can be deployed.
fn compare(text: &str, around: Option<&str>, choices: &[Choice]) -> Result<(), TestCaseError> {
    let open = judge(text, around, &Choice::new());
    let shown = format!("{}{text}", around.unwrap_or_default());
    prop_assert!(
        open.undetermined.is_empty(),
        "{:?} {}",
        open.undetermined,
        shown
    );
    // What is found with each choice.
    let mut found: Vec<(&Choice, BTreeSet<(&str, Span)>)> = Vec::new();
    for choice in choices {
        let judged = judge(text, around, choice);
        prop_assert!(judged.undetermined.is_empty());
        let fails = judged.findings.iter().map(|finding| {
            prop_assert_eq!(finding.verdict, Verdict::Fail);
            Ok(about(finding))
        });
        found.push((choice, fails.collect::<Result<_, _>>()?));
    }
    prop_assume!(!found.is_empty());
    let has =
        |what: &(&str, Span), (_, fails): &(&Choice, BTreeSet<(&str, Span)>)| fails.contains(what);
    for finding in &open.findings {
        let what = about(finding);
        let told = format!("{}\n{shown}", finding.message);
        let assumed = found
            .iter()
            .filter(|(choice, _)| meets_all(&finding.assumes, choice));
        let always = assumed.clone().all(|one| has(&what, one));
        prop_assert_eq!(finding.verdict == Verdict::Fail, always, "{}", told);
        let mut under = assumed
            .clone()
            .filter(|(choice, _)| meets_all(&finding.when, choice));
        prop_assert!(under.clone().next().is_some(), "{}", told);
        prop_assert!(under.all(|one| has(&what, one)), "{}", told);
        for left_out in 0..finding.when.len() {
            let mut fewer = finding.when.clone();
            fewer.remove(left_out);
            let mut under = assumed
                .clone()
                .filter(|(choice, _)| meets_all(&fewer, choice));
            prop_assert!(!under.all(|one| has(&what, one)), "{}", told);
        }
        // It does not say what a parameter is where saying what it is not tells more.
        let told_here = assumed
            .clone()
            .filter(|(choice, _)| meets_all(&finding.when, choice))
            .count();
        for (at, answer) in finding.when.iter().enumerate() {
            let Some((name, values)) = PARAMETERS
                .iter()
                .find(|(name, _)| answer.starts_with(&format!("`{name}` is \"")))
            else {
                continue;
            };
            for value in *values {
                let mut wider = finding.when.clone();
                wider[at] = format!("`{name}` is not \"{value}\"");
                let mut under = assumed
                    .clone()
                    .filter(|(choice, _)| meets_all(&wider, choice));
                let tells_more = under.clone().count() > told_here;
                prop_assert!(
                    !(tells_more && under.all(|one| has(&what, one))),
                    "{} {:?}",
                    told,
                    wider
                );
            }
        }
    }
    let Some(task) = open.task_definitions.first() else {
        // No choice deploys the stack around.
        let any = found.iter().any(|(_, fails)| !fails.is_empty());
        prop_assert!(around.is_some() && !any, "{}", shown);
        return Ok(());
    };
    for (choice, fails) in &found {
        for what in fails {
            let is_told = open.findings.iter().any(|finding| about(finding) == *what);
            // The default of `B` was taken where it is read.
            prop_assert!(
                is_told || choice.get("B").is_some_and(|own| own != "y"),
                "{:?} {}",
                choice,
                shown
            );
            let of_rule = |(rule, _): &&(&str, Vec<String>)| *rule == what.0;
            let rests_on_nothing = task.assumes.iter().find(of_rule).is_none();
            let verdict = task.verdicts.iter().find(|(rule, _)| *rule == what.0);
            let passes = verdict.is_some_and(|(_, verdict)| *verdict <= Verdict::Pass);
            prop_assert!(!(passes && rests_on_nothing), "{:?} {}", choice, shown);
        }
    }
    Ok(())
}
