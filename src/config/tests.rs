//! What can be set, and what a fault says of its place and the way out.

use super::*;
use crate::rules::{self, OptionValue, RuleSettings};
use proptest::prelude::*;

fn fault(text: &str) -> String {
    let (position, message) = Config::parse(text).expect_err(text);
    let (line, column) = position.expect("it has a place");
    format!("{line}:{column}: {message}")
}

#[test]
fn everything_that_can_be_set() {
    let config = Config::parse(
        "fail-on: high
rules:
  privileged-container: off
  host-network-root-user:
    enabled: true
    severity: low
    judge-privileged: true
    missing-user: info
exclude: [\"vendor/**\"]
engine: tofu
modules:
  no-task-definitions: [\"git::https://example.com/*\"]
",
    )
    .expect("it is right");
    assert_eq!(config.fail_on, Some(Severity::High));
    let [network, privileged] = ["host-network-root-user", "privileged-container"]
        .map(|id| rules::find(id).expect("a rule"));
    assert!(config.settings.is_on(network));
    assert!(!config.settings.is_on(privileged));
    assert_eq!(config.settings.severity(network.id), Some(Severity::Low));
    let mut wanted = Settings::default();
    wanted.set(
        privileged,
        RuleSettings {
            on: Some(false),
            ..RuleSettings::default()
        },
    );
    wanted.set(
        network,
        RuleSettings {
            on: Some(true),
            severity: Some(Severity::Low),
            options: [
                ("judge-privileged", OptionValue::Flag(true)),
                ("missing-user", OptionValue::Choice("info".to_owned())),
            ]
            .into(),
        },
    );
    assert_eq!(config.settings, wanted);
    assert!(config.exclude[0].matches("vendor/a/b"));
    assert_eq!(config.no_task_definitions.len(), 1);
    assert_eq!(config.engine, Engine::Tofu);
    let config = Config::parse("exclude: [./vendor/]\nunits: [a/*/]").expect("it is right");
    assert!(config.exclude[0].matches("vendor"));
    assert!(config.units[0].matches("a/b"));
}

#[test]
fn environments_keep_what_is_written() {
    let config = Config::parse(
        "terraform:
  environments:
  - name: prod
    root: ./services/*
    var-files: [a.tfvars, b.tfvars]
    vars: {version: 1.50, on: yes, list: \"[1]\", empty: ''}
    workspace: blue
cloudformation:
  environments:
  - name: prod
    template: stacks/**/*.yaml
    parameters: {Version: 1.50, AWS::Region: x}
    parameter-files: [p.json]
    region: eu-west-1
    account: 012345678901
",
    )
    .expect("it is right");
    let root = &config.environments.terraform[0];
    assert_eq!(root.units.as_str(), "services/*");
    assert_eq!(
        root.values.var_files,
        [PathBuf::from("a.tfvars"), "b.tfvars".into()]
    );
    let vars = root.values.vars.iter();
    let vars: Vec<(&str, &str)> = vars.map(|(name, value)| (&**name, &**value)).collect();
    let wanted = [
        ("version", "1.50"),
        ("on", "yes"),
        ("list", "[1]"),
        ("empty", ""),
    ];
    assert_eq!(vars, wanted);
    assert_eq!(root.values.workspace.as_deref(), Some("blue"));
    let template = &config.environments.cloudformation[0].values;
    let parameters: Vec<(&str, &str)> = template
        .parameters
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let wanted = [
        ("AWS::AccountId", "012345678901"),
        ("AWS::Region", "eu-west-1"),
        ("Version", "1.50"),
    ];
    assert_eq!(parameters, wanted);
    assert_eq!(config.environments.names().len(), 1);
}

#[test]
fn empty_files_set_nothing() {
    for text in [
        "",
        "# nothing yet\n\n",
        "---\n",
        "rules:\n",
        "{}",
        "exclude: []",
    ] {
        let config = Config::parse(text).expect(text);
        assert_eq!(config.settings, Settings::default());
    }
}

#[test]
fn faults_have_a_place_and_a_way_out() {
    for (text, wanted) in [
        (
            "fail_on: high",
            "1:1: `fail_on` is not a key here: did you mean `fail-on`?",
        ),
        (
            "fail-on: hgih",
            "1:10: `hgih` is not a severity: did you mean `high`?",
        ),
        (
            "rules:\n  host-network-root-usr: off",
            "2:3: `host-network-root-usr` is not a rule: did you mean `host-network-root-user`?",
        ),
        (
            "rules:\n  privileged-container: maybe",
            "2:25: `maybe` is not `on` or `off`",
        ),
        (
            "rules:\n  privileged-container:\n    sevrity: high",
            "3:5: `sevrity` is not an option of `privileged-container`: did you mean `severity`?",
        ),
        (
            "rules:\n  host-network-root-user:\n    missing-user: pass",
            "3:19: `pass` is not a value of `missing-user`: there are `fail`, `info`",
        ),
        (
            "fail-on: high\nrules: {}\nfail-on: low",
            "3:1: `fail-on` is set twice",
        ),
        (
            "rules:\n  privileged-container: on\n  privileged-container: off",
            "3:3: `privileged-container` is set twice",
        ),
        (
            "exclude: vendor",
            "1:10: expected a list, found string \"vendor\"",
        ),
        (
            "exclude:\n- ok\n- a***b",
            "3:3: `a***b` is not a pattern: wildcards are either regular `*` or recursive `**`",
        ),
        (
            "rules:\n\tprivileged-container: off",
            "2:1: this character cannot begin a value; YAML is indented with blanks",
        ),
        (
            "include: [/srv]",
            "1:11: `/srv` is not a pattern of what lies below the directory of this file",
        ),
        (
            "exclude: [../a]",
            "1:11: `../a` is not a pattern of what lies below the directory of this file",
        ),
        (
            "modules:\n  no-task-definition: []",
            "2:3: `no-task-definition` is not a key here: did you mean `no-task-definitions`?",
        ),
        ("- a", "1:1: expected a mapping, found a list"),
        (
            "unit: []",
            "1:1: `unit` is not a key here: did you mean `units`?",
        ),
        ("include: {a: b}", "1:10: expected a list, found a mapping"),
        ("units:\n- [a]", "2:3: expected a pattern, found a list"),
        (
            "fail-on: [high]",
            "1:10: expected a severity: high, medium, low or info, found a list",
        ),
        (
            "rules:\n  privileged-container:\n    enabled: 1",
            "3:14: `1` is not `on` or `off`",
        ),
        (
            "ignore:\n- rule: privileged-container\n  address: x",
            "2:3: `reason` is missing here",
        ),
        (
            "ignore:\n- rule: privileged-container\n  address: x\n  reason: ''",
            "4:11: an ignore needs a reason",
        ),
        (
            "ignore:\n- rule: unused-ignore\n  address: x\n  reason: y",
            "2:9: `unused-ignore` is not a rule that can be ignored: there are `host-network-root-user`, `privileged-container`",
        ),
        (
            "ignore:\n- rule: privileged-container\n  reason: y",
            "2:1: an ignore names an `address`, a `container`, a `path`, a `module` or an `environment`: to switch the rule off, set `privileged-container: off` in `rules`",
        ),
        (
            "terraform:\n  environment: []",
            "2:3: `environment` is not a key here: did you mean `environments`?",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: a\n    var-file: [x]",
            "5:5: `var-file` is not a key here: did you mean `var-files`?",
        ),
        (
            "terraform:\n  environments:\n  - name: dev",
            "3:5: `root` is missing here",
        ),
        (
            "terraform:\n  environments:\n  - name: ''\n    root: a",
            "3:11: expected a text, found nothing",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: ../a",
            "4:11: `../a` is not a pattern of what lies below the directory of this file",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: a\n    var-files: x",
            "5:16: expected a list, found string \"x\"",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars: {a: 1, a: 2}",
            "5:18: `a` is set twice",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars:\n      a: 1\n      b:",
            "6:7: `b` has no value here: write `\"\"`, or leave it out",
        ),
        (
            "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars: {a: [x]}",
            "5:15: expected a text as the command line takes it, found a list",
        ),
        (
            "terraform:\n  environments:\n  - {name: dev, root: a}\n  - {name: dev, root: a}",
            "4:12: environment `dev` is told twice for the root `a`",
        ),
        (
            "cloudformation:\n  environments:\n  - {name: dev, template: a, parameter: {}}",
            "3:30: `parameter` is not a key here: did you mean `parameters`?",
        ),
        (
            "cloudformation:\n  environments:\n  - {name: dev, template: a}\nignore:\n- rule: privileged-container\n  environment: dve\n  reason: y",
            "6:16: `dve` is not an environment of the configuration: did you mean `dev`?",
        ),
        (
            "ignore:\n- rule: privileged-container\n  environment: dev\n  reason: y",
            "3:16: `dev` is not an environment of the configuration, which has none",
        ),
        (
            "ignore:\n- rule: privileged-container\n  adress: x\n  reason: y",
            "3:3: `adress` is not a key here: did you mean `address`?",
        ),
        (
            "ignore:\n- rule: privileged-container\n  address: x\n  until: soon\n  reason: y",
            "4:10: `soon` is not a day, such as 2026-12-31",
        ),
    ] {
        assert_eq!(fault(text), wanted);
    }
    let syntax = fault("exclude: [a");
    assert!(syntax.contains("did not find"), "{syntax}");
}

#[test]
fn suggestions_are_near_or_none() {
    let known = ["fail-on", "rules", "exclude"];
    assert_eq!(suggest("Rules", known), Some("rules"));
    assert_eq!(suggest("exlcude", known), Some("exclude"));
    assert_eq!(suggest("something", known), None);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z:\\-\\[\\]{}*&!?|> \n\"'#]{0,80}") {
        let _ = Config::parse(&text);
    }
}
