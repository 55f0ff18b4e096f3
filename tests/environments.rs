//! An environment that sets nothing changes no verdict, whatever is judged.

use ecslint::config::Config;
use ecslint::environments::{CloudFormation, Environment, Environments, Terraform, UnitPattern};
use ecslint::finding::{Finding, Problem};
use ecslint::source::{Disk, SourceMap};
use ecslint::{Report, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn an_environment_without_settings_gives_the_verdicts_of_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for below in ["testdata/examples", "testdata/rules"] {
        let without = judge(&root.join(below), Environments::default());
        let within = judge(&root.join(below), everything_in(root, &["only"]));
        assert_eq!(told(&within), told(&without), "{below}");
        let twice = judge(&root.join(below), everything_in(root, &["one", "two"]));
        assert_eq!(told(&twice), told(&without), "{below} in two");

        let of_api = |report: &Report| {
            let judged = report.entries.task_definitions.iter();
            let judged = judged.filter(|judged| judged.environment.is_none());
            judged.count()
        };
        let of_all = without.entries.task_definitions.len();
        let in_two = twice.entries.task_definitions.len();
        assert_eq!(in_two, of_all * 2 - of_api(&twice), "{below}");
        assert!(of_api(&twice) < of_all, "{below}");
        let instances = |report: &Report| {
            let findings = report.entries.findings.iter();
            let instances = findings.flat_map(|finding| &finding.instances);
            instances.map(|one| one.fingerprint.clone()).collect()
        };
        let fingerprints: Vec<String> = instances(&twice);
        let distinct: BTreeSet<&String> = fingerprints.iter().collect();
        assert_eq!(distinct.len(), fingerprints.len(), "{below}");
    }
}

fn everything_in(root: &Path, names: &[&str]) -> Environments {
    let pattern = || UnitPattern::new("**").expect("a pattern");
    let terraform = names.iter().map(|name| Environment {
        name: Arc::from(*name),
        units: pattern(),
        values: Terraform {
            var_files: Vec::new(),
            vars: Vec::new(),
            workspace: None,
        },
    });
    let cloudformation = names.iter().map(|name| Environment {
        name: Arc::from(*name),
        units: pattern(),
        values: CloudFormation {
            parameter_files: Vec::new(),
            parameters: BTreeMap::new(),
        },
    });
    Environments {
        root: root.to_path_buf(),
        terraform: terraform.collect(),
        cloudformation: cloudformation.collect(),
        ..Environments::default()
    }
}

fn judge(path: &Path, environments: Environments) -> Report {
    let sources = Arc::new(SourceMap::new(Disk, path));
    let request = Request {
        paths: vec![PathBuf::from(".")],
        settings: Config::default().settings,
        environments,
        ..Request::default()
    };
    ecslint::run(&sources, &request, &|_, _| {}).expect("the directory is there")
}

/// Everything but the environments and what tells instances in them apart.
#[derive(PartialEq, Eq, Debug)]
struct Told {
    verdicts: BTreeSet<String>,
    findings: Vec<String>,
    undetermined: Vec<String>,
    problems: Vec<String>,
}

fn told(report: &Report) -> Told {
    let entries = &report.entries;
    let judged = entries.task_definitions.iter();
    let finding = |one: &Finding| {
        let (place, when) = (&one.primary.place.location, &one.when);
        format!(
            "{place:?} {} {:?} {when:?} {}",
            one.rule, one.verdict, one.unit
        )
    };
    let problem = |one: &Problem| {
        let place = one.place.as_ref().map(|place| &place.location);
        format!("{place:?} {:?} {}", one.kind, one.message)
    };
    let undetermined = entries.undetermined.iter();
    Told {
        verdicts: judged
            .map(|one| format!("{} {} {:?}", one.unit, one.address, one.verdicts))
            .collect(),
        findings: entries.findings.iter().map(finding).collect(),
        undetermined: undetermined
            .map(|one| {
                let place = &one.place.location;
                format!("{place:?} {} {} {}", one.rule, one.address, one.reason)
            })
            .collect(),
        problems: entries.problems.iter().map(problem).collect(),
    }
}
