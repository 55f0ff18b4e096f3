//! Findings in generated templates are those that some choice of all parameters has, and each
//! finding's conditions are the fewest that bring it about.

use ecslint::check::{Judgements, check};
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

    fn text(&self) -> String {
        let value = |(parameter, value): (usize, usize)| {
            let (name, values) = PARAMETERS[parameter];
            (name, values[value % values.len()])
        };
        let (given, value_given) = value(self.given);
        let (barred, value_barred) = value(self.barred);
        format!(
            "{{RuleCondition: !Equals [!Ref {given}, '{value_given}'], Assertions: [{{Assert: \
             !Not [{{'Fn::Contains': [['{value_barred}'], !Ref {barred}]}}]}}]}}"
        )
    }
}

fn parameter() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["A", "B", "U", "M"])
}

fn value_of(parameter: &'static str) -> impl Strategy<Value = &'static str> {
    let values = PARAMETERS.iter().find(|(name, _)| *name == parameter);
    prop::sample::select(values.expect("it is one of them").1)
}

/// A condition, which may refer to those before it.
fn condition(at: usize) -> BoxedStrategy<String> {
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
            (0..CONDITIONS, inner.clone(), inner)
                .prop_map(|(at, yes, no)| format!("!If [C{at}, {yes}, {no}]"))
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
    let around = prop::option::of((0..CONDITIONS, any::<bool>()));
    (name, user, privileged, around).prop_map(move |(name, user, privileged, around)| {
        let own =
            format!("{{Name: {name}, Image: 'i{at}', User: {user}, Privileged: {privileged}}}");
        match around {
            Some((at, true)) => format!("!If [C{at}, {own}, !Ref AWS::NoValue]"),
            Some((at, false)) => format!("!If [C{at}, !Ref AWS::NoValue, {own}]"),
            None => own,
        }
    })
}

const KEYS: &str = "Mappings:\n  Keys: {x: {user: '0', flag: 'on'}, y: {user: '7', flag: 'off'}, \
                    z: {user: 'root:1', flag: 'on'}}\n";

fn parameters() -> String {
    let mut text = "Parameters:\n".to_owned();
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

/// A template with so many rules at most.
fn template(rules: usize) -> impl Strategy<Value = (String, Vec<Rule>)> {
    let conditions = (condition(0), condition(1), condition(2), condition(3));
    let at = || (0..PARAMETERS.len() - 1, 0..3_usize);
    let rule = (at(), at()).prop_map(|(given, barred)| Rule { given, barred });
    let task = (
        prop::option::of(0..CONDITIONS),
        chosen(&["host", "bridge", "!Ref M", "!Sub '${M}'"]),
        (container(0), container(1)),
        prop::option::of(0..CONDITIONS),
    );
    (conditions, prop::collection::vec(rule, 0..=rules), task).prop_map(
        |(conditions, rules, (exists, mode, containers, around))| {
            let mut text = parameters();
            text.push_str(KEYS);
            if !rules.is_empty() {
                text.push_str("Rules:\n");
            }
            for (at, rule) in rules.iter().enumerate() {
                writeln!(text, "  R{at}: {}", rule.text()).expect("a string takes all");
            }
            let (a, b, c, d) = conditions;
            write!(
                text,
                "Conditions:\n  C0: {a}\n  C1: {b}\n  C2: {c}\n  C3: {d}\n\
                 Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n"
            )
            .expect("a string takes all");
            if let Some(at) = exists {
                writeln!(text, "    Condition: C{at}").expect("a string takes all");
            }
            let own = format!(
                "{{NetworkMode: {mode}, ContainerDefinitions: [{}, {}]}}",
                containers.0, containers.1
            );
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

/// A template that nests another one, of the same parameters, and passes them on.
fn around() -> impl Strategy<Value = String> {
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
    let conditions = (condition(0), condition(0));
    (conditions, (a, b, u, m, p), exists, any::<bool>()).prop_map(
        |((k0, k1), (a, b, u, m, p), exists, whole)| {
            let mut text = parameters();
            text.push_str(KEYS);
            write!(
                text,
                "Conditions:\n  K0: {k0}\n  K1: {k1}\n\
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
            text
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
    check(&sources, &Settings::default(), &"t".into(), None, &tasks)
}

/// What a finding is about: its rule and the object of the container.
fn about(finding: &Finding) -> (&'static str, Span) {
    (finding.rule, finding.about[1])
}

/// Whether a choice meets an answer such as "`A` is not \"x\"".
fn meets(answer: &str, choice: &Choice) -> bool {
    let mut parts = answer.splitn(3, '`');
    let name = parts.nth(1).expect("it names a parameter");
    let told = parts.next().expect("it says what that is");
    let told = told.strip_prefix(" is ").expect("it says what that is");
    let (is, value) = match told.strip_prefix("not ") {
        Some(value) => (false, value),
        None => (true, told),
    };
    let value = match value {
        "empty" => "",
        quoted => quoted.trim_matches('"'),
    };
    (choice[name] == value) == is
}

fn meets_all(answers: &[String], choice: &Choice) -> bool {
    answers.iter().all(|answer| meets(answer, choice))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn findings_are_those_of_some_choice((text, rules) in template(2)) {
        compare(&text, None, &deployable(&rules))?;
    }

    /// The same through a stack that nests the template.
    #[test]
    fn nested_findings_are_those_of_some_choice((text, _) in template(0), around in around()) {
        compare(&text, Some(&around), &deployable(&[]))?;
    }
}

/// The choices that no rule bars.
fn deployable(rules: &[Rule]) -> Vec<Choice> {
    let mut all = choices(&PARAMETERS);
    all.retain(|choice| rules.iter().all(|rule| rule.lets(choice)));
    all
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
