//! Results, their places and limits, and what hostile names become.

use super::*;
use crate::finding::Severity;
use crate::report::Format;
use crate::report::samples::*;
use serde_json::{Value, json};

fn render(sample: &Sample) -> Value {
    let text = sample.render(Format::Sarif, &STYLE);
    assert!(!text.contains('\u{1b}'));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn all_rules_are_listed_when_nothing_is_found() {
    let log = render(&Sample::new(&[("main.tf", "")]));
    let run = &log["runs"][0];
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["automationDetails"]["id"], "ecslint/");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let listed = run["tool"]["driver"]["rules"].as_array().expect("a list");
    assert_eq!(listed.len(), rules::ALL.len());
    for (listed, rule) in listed.iter().zip(rules::ALL) {
        assert_eq!(listed["id"], rule.id);
        let is_security = !matches!(rule.check, Check::Exceptions);
        let severity = is_security.then(|| scale(rule.severity).security);
        assert_eq!(listed["properties"]["security-severity"].as_str(), severity);
        assert_eq!(listed["properties"]["tags"][0] == "security", is_security);
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = listed[text]["text"].as_str().expect("a text");
            assert!(!text.is_empty());
        }
        let full = listed["fullDescription"]["text"].as_str().expect("a text");
        assert!(full.chars().count() <= MAX_DESCRIPTION, "{full}");
    }
}

#[test]
fn a_result_has_its_place_its_trail_and_links() {
    let mut sample = Sample::new(&[("a b/main.tf", "é host\nlocal \"0\"")]);
    let label = |text, message| sample.label("a b/main.tf", text, message);
    let host = label("host", "the task uses the host's network here");
    let zero = label("\"0\"", "UID 0 is root");
    let mut finding = sample.finding(zero.clone(), vec![host.clone()]);
    finding.trail = vec![label("local", "local `x[0]`")];
    sample.entries.findings.push(finding);
    let undetermined = sample.undetermined("db", host);
    sample.entries.undetermined.push(undetermined);
    let run = &render(&sample)["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        result["message"]["text"],
        "Container `api` runs as root on the host's network. UID 0 is root. \
             See: [the task uses the host's network here](1), [local `x\\[0\\]`](2). \
             Set `user` to the UID the image is built for."
    );
    let place = |line: usize, start: usize, end: usize| {
        json!({
            "artifactLocation": {"uri": "a%20b/main.tf"},
            "region": {
                "startLine": line, "startColumn": start, "endLine": line, "endColumn": end,
            },
        })
    };
    assert_eq!(result["locations"][0]["physicalLocation"], place(2, 7, 10));
    let related = &result["relatedLocations"];
    assert_eq!(related[0]["physicalLocation"], place(1, 3, 7));
    assert_eq!(
        (&related[0]["id"], &related[1]["id"]),
        (&json!(1), &json!(2))
    );
    let flow = &result["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(flow[0]["location"]["physicalLocation"], place(2, 1, 6));
    assert_eq!(flow[1]["location"]["physicalLocation"], place(2, 7, 10));
    assert_eq!(
        result["partialFingerprints"],
        json!({
            "ecslint/v1": "00000000000000ff",
            "primaryLocationLineHash": "00000000000000ff:1",
        })
    );
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(told["associatedRule"]["id"], "host-network-root-user");
    assert_eq!(told["level"], "warning");
}

#[test]
fn what_is_beyond_the_limit_of_results_is_cut_and_said() {
    let mut sample = Sample::new(&[("main.tf", "x")]);
    let label = sample.label("main.tf", "x", "");
    for severity in [Severity::Low, Severity::High] {
        for _ in 0..MAX_RESULTS {
            let mut finding = sample.finding(label.clone(), Vec::new());
            finding.severity = severity;
            sample.entries.findings.push(finding);
        }
    }
    let run = &render(&sample)["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), MAX_RESULTS);
    assert!(results.iter().all(|result| result["level"] == "error"));
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        told["message"]["text"],
        "25000 findings are left out of this file"
    );
}

#[test]
fn hostile_names_are_no_links_and_their_paths_are_uris() {
    let sample = Sample::hostile();
    let run = &render(&sample)["runs"][0];
    let result = &run["results"][0];
    let text = result["message"]["text"].as_str().expect("a text");
    let link = regex::Regex::new(r"(?:^|[^\\])(?:\\\\)*\]\(([^)]*)\)").expect("right");
    let linked: Vec<&str> = link
        .captures_iter(text)
        .map(|found| found.get(1).map_or("", |target| target.as_str()))
        .collect();
    assert_eq!(linked, ["1"], "{text}");
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    let uri = uri.as_str().expect("a text");
    let reserved = |c: char| !(c.is_ascii_alphanumeric() || "/-._~%".contains(c));
    assert!(!uri.contains(reserved), "{uri}");
    let notifications = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(
        notifications.as_array().map(Vec::len),
        Some(sample.entry_count() - 1)
    );
}
