//! The contract: members, their order, and what is escaped.

use super::*;
use crate::finding::{Problem, ProblemKind};
use crate::report::Format;
use crate::report::samples::*;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[test]
fn members_and_their_order_are_the_contract() {
    let mut sample = Sample::new(&[("main.tf", "é host\n\"0\"")]);
    let host = sample.label("main.tf", "host", "the task uses the host's network here");
    let zero = sample.label("main.tf", "\"0\"", "UID 0 is root");
    let mut finding = sample.finding(zero.clone(), vec![host.clone()]);
    finding.trail.push(host.clone());
    sample.entries.findings.push(finding);
    let undetermined = sample.undetermined("db", host.clone());
    sample.entries.undetermined.push(undetermined);
    for (place, path) in [
        (Some(host.place.clone()), None),
        (None, Some("x".to_owned())),
    ] {
        sample.entries.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            message: "it is not text".to_owned(),
            place,
            path,
            help: None,
        });
    }
    let mut judged = sample.judged("a.b", host.place, Verdict::Fail);
    sample.entries.task_definitions.push(judged.clone());
    judged.assumes = vec![(
        "host-network-root-user",
        vec!["`Env` is \"dev\"".to_owned()],
    )];
    judged.cdk_path = Some("App/Task/Resource".into());
    sample.entries.task_definitions.push(judged);
    let text = sample.render(Format::Json, &STYLE);
    let report: Value = serde_json::from_str(&text).expect("JSON");

    assert_eq!(
        keys(&report),
        [
            "schema",
            "version",
            "summary",
            "findings",
            "undetermined",
            "problems",
            "task_definitions"
        ]
    );
    assert_eq!(
        report["summary"],
        json!({
            "units": 1, "task_definitions": 1, "instances": 2, "decided": 1,
            "undetermined": 0, "unreadable": 2, "not_instantiated": 0, "modules_not_read": 0,
            "findings": 1, "ignored": 0, "known": 0, "complete": false, "exit_code": 1,
        })
    );
    assert_eq!(
        keys(&report["findings"][0]),
        [
            "rule",
            "severity",
            "verdict",
            "evidence",
            "message",
            "address",
            "container",
            "unit",
            "when",
            "assumes",
            "location",
            "labels",
            "trail",
            "instances",
            "help"
        ]
    );
    let host = json!({
        "path": "main.tf",
        "start": {"line": 1, "column": 3, "offset": 3},
        "end": {"line": 1, "column": 7, "offset": 7},
    });
    assert_eq!(
        report["findings"][0]["trail"],
        json!([{"step": "the task uses the host's network here", "location": host}])
    );
    assert_eq!(report["findings"][0]["labels"][1]["location"], host);
    assert_eq!(
        report["findings"][0]["instances"],
        json!([{
            "unit": ".",
            "address": "aws_ecs_task_definition.web",
            "fingerprint": "00000000000000ff",
        }])
    );
    assert_eq!(
        report["undetermined"],
        json!([{
            "rule": "host-network-root-user", "address": "aws_ecs_task_definition.web",
            "container": "db", "unit": ".",
            "reason": "the task uses the host's network here", "location": host,
        }])
    );
    assert_eq!(
        report["problems"],
        json!([
            {"kind": "unreadable", "message": "it is not text", "location": host},
            {"kind": "unreadable", "message": "it is not text", "location": null, "path": "x"},
        ])
    );
    assert_eq!(
        report["task_definitions"],
        json!([{
            "address": "a.b", "unit": ".", "source": "terraform", "location": host,
            "verdicts": {"host-network-root-user": "fail"},
        }, {
            "address": "a.b", "unit": ".", "source": "terraform", "location": host,
            "cdk_path": "App/Task/Resource",
            "verdicts": {"host-network-root-user": "fail"},
            "assumes": {"host-network-root-user": ["`Env` is \"dev\""]},
        }])
    );
}

#[test]
fn an_environment_is_told_where_there_is_one() {
    let mut sample = Sample::new(&[("main.tf", "x")]);
    let x = sample.label("main.tf", "x", "it is open");
    let mut finding = sample.finding(x.clone(), Vec::new());
    finding.instances[0].environment = Some("prod".into());
    sample.entries.findings.push(finding);
    let mut undetermined = sample.undetermined("db", x.clone());
    undetermined.environments = vec!["dev".into(), "prod".into()];
    sample.entries.undetermined.push(undetermined);
    let mut judged = sample.judged("a.b", x.place, Verdict::Fail);
    judged.environment = Some("prod".into());
    sample.entries.task_definitions.push(judged);
    let text = sample.render(Format::Json, &STYLE);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["summary"]["environments"], 1);
    let instance = &report["findings"][0]["instances"][0];
    assert_eq!(
        keys(instance),
        ["unit", "address", "environment", "fingerprint"]
    );
    assert_eq!(instance["environment"], "prod");
    let undetermined = report["undetermined"].as_array().expect("a list");
    let names = undetermined.iter().map(|one| &one["environment"]);
    assert_eq!(names.collect::<Vec<_>>(), ["dev", "prod"]);
    assert_eq!(report["task_definitions"][0]["environment"], "prod");
}

#[test]
fn hostile_characters_are_escaped_and_read_back_the_same() {
    let hostile = "\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{e0041} é\u{1f600}";
    let mut out = Vec::new();
    write_object(&[hostile], &mut out).expect("a vector takes all bytes");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(
        !text.contains(|c: char| c != '\n' && is_hostile(c)),
        "{text}"
    );
    let back: Vec<String> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(back, [hostile]);
}
