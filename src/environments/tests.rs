//! Environments over whole runs.

use super::*;
use crate::config::Config;
use crate::date::Date;
use crate::ledger::Leniency;
use crate::source::{Memory, SourceMap};
use crate::suppress::baseline::Baseline;
use crate::suppress::{self, BaselineUse};
use crate::terraform::Input;
use crate::{Report, Request};

const ROOT: &str = "variable \"uid\" { default = null }\nvariable \"all\" {\n  type = bool\n  default = false\n}\nresource \"aws_ecs_task_definition\" \"x\" {\n  family = \"x\"\n  network_mode = \"host\"\n  container_definitions = jsonencode([{ name = \"a\", image = \"a\", user = var.uid, privileged = var.all }])\n}\n";

const TEMPLATE: &str = "Parameters:\n  Uid: {Type: String}\nResources:\n  X:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: host\n      ContainerDefinitions: [{Name: a, Image: a, User: !Ref Uid}]\n";

/// A run over files below `/w`, the working directory, with `config` as `/w/.ecslint.yaml`.
fn run(files: &[(&str, &str)], config: &str, change: impl FnOnce(&mut Request)) -> Report {
    let own = (".ecslint.yaml", config);
    let files = files.iter().chain([&own]);
    let files = files.map(|(path, text)| (format!("/w/{path}"), text.as_bytes()));
    let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
    let config = Config::parse_text(config).expect(config);
    let file = PathBuf::from("/w/.ecslint.yaml");
    let mut request = Request {
        leniency: Leniency::default(),
        suppress: suppress::Options {
            today: Date::parse("2026-01-01").expect("a day"),
            ignores: config.ignores,
            config: Some(file.clone()),
            ..suppress::Options::default()
        },
        environments: Environments {
            root: "/w".into(),
            config: Some(file),
            ..config.environments
        },
        ..Request::default()
    };
    change(&mut request);
    crate::run(&sources, &request, &|_, _| {}).expect("the paths are there")
}

/// What is found, undetermined, and wrong.
fn told(report: &Report) -> Vec<String> {
    let entries = &report.entries;
    let findings = entries.findings.iter().map(|one| one.message.clone());
    let undetermined = entries.undetermined.iter();
    let undetermined = undetermined.map(|one| one.message.clone());
    let problems = entries.problems.iter().map(|one| one.message.clone());
    findings.chain(undetermined).chain(problems).collect()
}

/// Units in memory are found by naming their files.
fn of_root(config: &str, change: impl FnOnce(&mut Request)) -> Report {
    run(
        &[("a/main.tf", ROOT), ("prod.tfvars", "uid = \"0\"\n")],
        config,
        |request| {
            request.paths = vec!["a/main.tf".into()];
            change(request);
        },
    )
}

fn only(names: &[&str]) -> impl FnOnce(&mut Request) {
    let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    |request| request.environments.only = names
}

const THREE: &str = "terraform:
  environments:
  - {name: dev, root: a, vars: {uid: \"1\"}}
  - {name: prod, root: a, var-files: [prod.tfvars]}
  - {name: staging, root: a, vars: {uid: root, all: true}}
";

#[test]
fn a_finding_says_in_which_environments_it_holds() {
    let report = of_root(THREE, |_| {});
    // In `staging` it is root too, but the rule leaves what is privileged to the other one.
    assert_eq!(
        told(&report),
        [
            "container `a` runs privileged in `staging`, not in `dev` or `prod`",
            "container `a` runs as root on the host's network in `prod`, not in `dev`",
        ]
    );
    let summary = &report.summary;
    let counts = (summary.units, summary.task_definitions, summary.instances);
    assert_eq!((counts, summary.environments), ((1, 1, 3), 3));
    let verdicts: Vec<(Option<&str>, &str)> = report
        .entries
        .task_definitions
        .iter()
        .map(|judged| (judged.environment.as_deref(), judged.verdicts[0].1.as_str()))
        .collect();
    let wanted = [
        ("dev", "pass"),
        ("prod", "fail"),
        ("staging", "not_applicable"),
    ];
    assert_eq!(
        verdicts,
        wanted.map(|(name, verdict)| (Some(name), verdict))
    );
}

#[test]
fn what_is_the_same_in_all_is_one_finding() {
    let config = THREE.replace("all: true", "all: false");
    let report = of_root(&config, |request| {
        request.terraform.inputs = vec![Input::Value {
            name: "all".to_owned(),
            value: "true".to_owned(),
        }];
    });
    // Flags come after what an environment gives.
    assert_eq!(
        told(&report),
        ["container `a` runs privileged in `dev`, `prod` and `staging`"]
    );
    let instances = &report.entries.findings[0].instances;
    let fingerprints: BTreeSet<&str> = instances.iter().map(|one| &*one.fingerprint).collect();
    assert_eq!(fingerprints.len(), 3);
}

#[test]
fn a_finding_is_known_by_the_same_name_whatever_environments_there_are() {
    let fingerprints = |config: &str| -> BTreeSet<String> {
        let report = of_root(config, |_| {});
        let findings = report.entries.findings.iter();
        let all: Vec<String> = findings.map(|one| one.fingerprint.clone()).collect();
        let distinct: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(distinct.len(), all.len(), "{config}");
        distinct
    };
    let of = |entries: &[&str]| {
        let entries = entries
            .iter()
            .map(|entry| format!("  - {{root: a, {entry}}}\n"));
        fingerprints(&format!(
            "terraform:\n  environments:\n{}",
            entries.collect::<String>()
        ))
    };
    let unset = fingerprints("fail-on: high\n");
    assert_eq!(unset.len(), 1);
    assert_eq!(of(&["name: dev"]), unset);
    assert_eq!(of(&["name: renamed"]), unset);
    assert_eq!(of(&["name: before"]), of(&["name: before", "name: after"]));
    // What other environments bring is added to it.
    let both = of(&["name: b", "name: a, var-files: [prod.tfvars]"]);
    assert_eq!(both.len(), 2);
    assert!(both.is_superset(&unset));
    let all = of(&[
        "name: b",
        "name: a, vars: {uid: root}",
        "name: 0, vars: {uid: 0}",
    ]);
    assert!(all.is_superset(&unset), "{all:?}");
}

#[test]
fn what_cannot_be_told_is_not_said_to_be_all_right() {
    let config = "cloudformation:
  environments:
  - {name: dev, template: '*.yaml', parameters: {Uid: 5}}
  - {name: prod, template: '*.yaml', parameter-files: [p.json]}
  - {name: test, template: t.yaml}
";
    let report = run(
        &[("t.yaml", TEMPLATE), ("p.json", "{\"Uid\": \"0\"}")],
        config,
        |request| {
            request.paths = vec!["t.yaml".into()];
        },
    );
    assert_eq!(
        told(&report),
        [
            "container `a` runs as root on the host's network in `prod`, not in `dev`",
            "cannot tell in `test` which user container `a` runs as",
        ]
    );
}

#[test]
fn the_command_line_chooses_environments() {
    let report = of_root(THREE, only(&["dev"]));
    assert_eq!(told(&report), [""; 0]);
    assert_eq!(report.summary.environments, 1);
    let report = of_root(THREE, only(&["dev", "prod"]));
    assert_eq!(
        told(&report),
        ["container `a` runs as root on the host's network in `prod`, not in `dev`"]
    );
    // A unit that is in none of them is left out, which is no green.
    let config = format!("{THREE}  - {{name: other, root: b}}\n");
    let report = of_root(&config, only(&["other"]));
    assert_eq!(
        told(&report),
        ["nothing here is deployed to environment `other`, so nothing was checked in it"]
    );
    assert_eq!((report.summary.units, report.summary.exit_code), (0, 3));
    // One that is in no environment is judged all the same.
    let report = of_root(THREE, |request| {
        only(&["dev"])(request);
        for one in &mut request.environments.terraform {
            one.units = UnitPattern::new("b").expect("a pattern");
        }
    });
    assert_eq!(report.summary.task_definitions, 1);
}

#[test]
fn exceptions_can_be_for_an_environment_or_a_module() {
    let called = "module \"m\" {\n  source = \"../a\"\n  for_each = toset([\"k\"])\n  uid = \"1\"\n  all = true\n}\n";
    let of = |config: &str, more: &str| {
        let config =
            format!("{config}ignore:\n- {{rule: privileged-container, reason: known, {more}}}\n");
        let files = [
            ("a/main.tf", ROOT),
            ("b/main.tf", called),
            ("prod.tfvars", ""),
        ];
        let report = run(&files, &config, |request| {
            request.paths = vec!["a/main.tf".into(), "b/main.tf".into()];
        });
        let findings = report.entries.findings.iter();
        let findings = findings.filter(|one| one.rule == "privileged-container");
        let addresses = findings.map(|one| one.instances[0].address.to_string());
        (addresses.collect::<Vec<_>>(), report.entries.ignored)
    };
    let plain = "aws_ecs_task_definition.x".to_owned();
    let in_module = format!("module.m[\"k\"].{plain}");
    for staging in ["environment: staging", "environment: 'st*'"] {
        assert_eq!(
            of(THREE, staging),
            (vec![in_module.clone()], 1),
            "{staging}"
        );
    }
    let both = (vec![plain.clone(), in_module], 0);
    assert_eq!(of(THREE, "environment: prod"), both);
    assert_eq!(of(THREE, "module: module.n"), both);
    for module in ["module: module.m", "module: 'module.m[\"k\"]'"] {
        assert_eq!(of(THREE, module), (vec![plain.clone()], 1), "{module}");
    }
    assert_eq!(of(THREE, "module: module.m, environment: dev"), both);
}

#[test]
fn a_known_finding_that_comes_to_another_environment_shows() {
    let known_in_prod = of_root(THREE, |request| {
        request.suppress.baseline = BaselineUse::Write {
            path: "/w/known.json".into(),
            before: None,
        };
        only(&["prod"])(request);
    });
    let mut text = Vec::new();
    let baseline = known_in_prod.baseline.expect("it was asked for");
    baseline.write(&mut text).expect("a vector takes all bytes");
    let text = String::from_utf8(text).expect("UTF-8");
    assert!(text.contains("\"environment\": \"prod\""), "{text}");

    let knowing = |request: &mut Request| {
        let path = Path::new("/w/known.json");
        let baseline = Baseline::parse(&text, path, "known.json".to_owned()).expect("ours");
        request.suppress.baseline = BaselineUse::Known(baseline);
    };
    let everywhere = THREE.replace("uid: root, all: true", "uid: \"1\"");
    let report = of_root(&everywhere, knowing);
    assert_eq!((told(&report), report.entries.known), (vec![], 1));
    let spread = everywhere
        .replace("prod.tfvars", "prod.tfvars, prod.tfvars")
        .replacen("vars: {uid: \"1\"}", "var-files: [prod.tfvars]", 1);
    let report = of_root(&spread, knowing);
    assert_eq!(
        told(&report),
        ["container `a` runs as root on the host's network in `dev`, not in `staging`"]
    );
    // What is not judged in this run is not stale; what is judged and gone is.
    let report = of_root(&everywhere, |request| {
        knowing(request);
        only(&["dev"])(request);
    });
    assert_eq!(told(&report), [""; 0]);
    let gone = everywhere.replace("var-files: [prod.tfvars]", "vars: {uid: \"1\"}");
    let report = of_root(&gone, knowing);
    assert_eq!(
        told(&report),
        [
            "an entry of the baseline is not found any more: container `a` of `aws_ecs_task_definition.x` in environment `prod` in `a`"
        ]
    );
    let report = of_root("", knowing);
    assert!(
        told(&report)
            .last()
            .expect("it is stale")
            .starts_with("an entry of the baseline is not found any more")
    );
}

#[test]
fn problems_say_in_which_environments_they_are() {
    let config = THREE.replace("all: true", "all: maybe");
    let report = of_root(&config, |_| {});
    let told = told(&report);
    let problem = told.last().expect("it does not convert");
    assert!(problem.ends_with(", in environment `staging`"), "{told:?}");
    let all = THREE.replace("uid: \"1\"", "all: maybe");
    let all = all
        .replace("all: true", "all: maybe")
        .replace("var-files: [prod.tfvars]", "vars: {all: maybe}");
    let report = of_root(&all, |_| {});
    let problems = &report.entries.problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(!problems[0].message.contains("in environment"));
}

#[test]
fn nested_templates_are_judged_where_any_environment_nests_them() {
    let parent = "Parameters:\n  Child: {Type: String, Default: none.yaml}\nResources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: !Ref Child\n      Parameters: {Uid: '0'}\n";
    let config = "cloudformation:
  environments:
  - {name: dev, template: p.yaml, parameters: {Child: c.yaml}}
  - {name: prod, template: p.yaml, parameters: {Child: d.yaml}}
";
    let files = [
        ("p.yaml", parent),
        ("c.yaml", TEMPLATE),
        ("d.yaml", TEMPLATE),
    ];
    for names in [&[][..], &["dev"]] {
        let report = run(&files, config, |request| {
            only(names)(request);
            request.paths = vec!["p.yaml".into()];
        });
        assert_eq!(report.summary.units, 1);
        let addresses = report.entries.task_definitions.iter();
        let addresses: Vec<&str> = addresses.map(|judged| &*judged.address).collect();
        assert!(
            addresses.iter().all(|address| *address == "N/X"),
            "{addresses:?}"
        );
        assert!(!addresses.is_empty());
    }
}

#[test]
fn a_container_without_a_name_may_be_any() {
    let root = ROOT.replace("name = \"a\"", "name = var.name");
    let root = format!("variable \"name\" {{}}\n{root}");
    let config = "terraform:
  environments:
  - {name: dev, root: a, vars: {uid: root, name: b}}
  - {name: prod, root: a, vars: {uid: root}}
  - {name: test, root: a, vars: {uid: \"1\", name: b}}
";
    let report = run(&[("a/main.tf", &root)], config, |request| {
        request.paths = vec!["a/main.tf".into()];
    });
    assert_eq!(
        told(&report),
        [
            "a container of task `aws_ecs_task_definition.x` runs as root on the host's network in `prod`, not in `test`",
            "container `b` runs as root on the host's network in `dev`, not in `test`",
        ]
    );
}

#[test]
fn conditions_stand_after_environments() {
    let template = TEMPLATE.replace(
        "Uid: {Type: String}",
        "Uid: {Type: String}\n  Stage: {Type: String, AllowedValues: [a, b]}\nConditions:\n  IsA: !Equals [!Ref Stage, a]",
    );
    let template = template.replace("!Ref Uid", "!If [IsA, !Ref Uid, '1000']");
    let config = "cloudformation:
  environments:
  - {name: dev, template: '*', parameters: {Uid: '1'}}
  - {name: prod, template: '*', parameters: {Uid: '0'}}
";
    let report = run(&[("t.yaml", &template)], config, |request| {
        request.paths = vec!["t.yaml".into()];
    });
    assert_eq!(
        told(&report),
        [
            "container `a` runs as root on the host's network in `prod`, not in `dev`, when `Stage` is \"a\" (so `IsA` is true)"
        ]
    );
}

#[test]
fn patterns_stay_below_the_configuration() {
    let root = Path::new("/w");
    let matches = |pattern: &str, path: &str| {
        let pattern = UnitPattern::new(pattern).expect(pattern);
        pattern.matches(root, Path::new(path))
    };
    assert!(matches(".", "/w"));
    assert!(matches("./", "/w"));
    assert!(matches("**", "/w"));
    assert!(!matches("*", "/w"));
    assert!(matches("./a/*/", "/w/a/b"));
    assert!(!matches("a/*", "/w/a/b/c"));
    assert!(matches("**/c", "/w/a/b/c"));
    assert!(!matches("a", "/x/a"));
    for out in ["../a", "/w/a", "a/../../b", ""] {
        let wanted =
            format!("`{out}` is not a pattern of what lies below the directory of this file");
        assert_eq!(UnitPattern::new(out).expect_err(out), wanted);
    }
}

/// Instances that only their keys tell apart are judged as one, in each environment of their own,
/// and excepted one by one.
#[test]
fn instances_that_are_alike_are_told_one_by_one() {
    let root = "variable \"uid\" {\n  default = \"1000\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  count = 2\n  uid = var.uid\n}\n";
    let module = "variable \"uid\" {}\nresource \"aws_ecs_task_definition\" \"x\" {\n  family = terraform.workspace\n  network_mode = \"host\"\n  container_definitions = jsonencode([{ name = \"a\", image = \"a\", user = terraform.workspace == \"prod\" ? var.uid : \"1000\" }])\n}\n";
    let config = "terraform:
  environments:
  - {name: dev, root: a, vars: {uid: \"0\"}}
  - {name: prod, root: a, vars: {uid: \"0\"}, workspace: prod}
  - {name: staging, root: a, workspace: prod}
ignore:
- {rule: host-network-root-user, address: 'module.m[1].*', reason: known}
";
    let files = [("a/main.tf", root), ("a/m/main.tf", module)];
    let report = run(&files, config, |request| {
        request.paths = vec!["a/main.tf".into()];
    });
    let findings = report.entries.findings.iter();
    let instances = findings.flat_map(|finding| &finding.instances);
    let instances = instances.map(|one| (one.environment.as_deref(), &*one.address));
    let instances: Vec<(Option<&str>, &str)> = instances.collect();
    assert_eq!(
        instances,
        [(Some("prod"), "module.m[0].aws_ecs_task_definition.x")]
    );
    assert_eq!(report.entries.ignored, 1);
    assert_eq!(report.entries.task_definitions.len(), 6);
}
