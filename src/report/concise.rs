//! One line for each entry: `path:line:col: severity[rule]: message`.
//!
//! Severities are printed as `error`, `warning` and `info`, the words that the problem matchers
//! of editors know: high, medium, and both low and info.

use super::entry::scale;
use super::terminal::{inert, shown};
use super::{Content, summary_text};
use std::io;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    write_entries(content, out)?;
    writeln!(out, "{}", summary_text(content))
}

/// Writes the entries without the summary.
///
/// # Errors
/// Those of `out`.
pub fn write_entries(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    for entry in content.entries() {
        let (line, column) = entry.start();
        let (path, message) = (shown(entry.path()), entry.message());
        let severity = scale(entry.severity()).matcher;
        let (id, message) = (entry.id(), shown(&message));
        let text = format!("{path}:{line}:{column}: {severity}[{id}]: {message}");
        writeln!(out, "{}", inert(&text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::finding::{Problem, ProblemKind, Severity};
    use crate::report::Format;
    use crate::report::samples::*;

    #[test]
    fn what_the_cdk_calls_it_stands_beside_the_logical_id() {
        let mut sample = Sample::new(&[("App.template.json", "\"0\"")]);
        let zero = sample.label("App.template.json", "\"0\"", "UID 0 is root");
        let mut finding = sample.finding(zero.clone(), Vec::new());
        finding.address = "WebTaskDefEF9F1A6B".into();
        finding.cdk_path = Some("App/Web/TaskDef/Resource".into());
        sample.entries.findings.push(finding);
        let mut undetermined = sample.undetermined("db", zero);
        undetermined.address = "DbTaskDef1C2A5D3E".into();
        undetermined.cdk_path = Some("App/Db/TaskDef/Resource".into());
        sample.entries.undetermined.push(undetermined);
        let text = sample.render(Format::Concise, &STYLE);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "App.template.json:1:1: error[host-network-root-user]: container `api` runs as root \
                 on the host's network (task `WebTaskDefEF9F1A6B`, `App/Web/TaskDef/Resource` in \
                 the CDK)",
                "App.template.json:1:1: warning[host-network-root-user]: cannot tell which user \
                 container `db` runs as: UID 0 is root (task `DbTaskDef1C2A5D3E`, \
                 `App/Db/TaskDef/Resource` in the CDK)",
            ]
        );
        let text = sample.render(Format::Full, &STYLE);
        for task in [
            "task: `WebTaskDefEF9F1A6B` (`App/Web/TaskDef/Resource` in the CDK)",
            "task: `DbTaskDef1C2A5D3E` (`App/Db/TaskDef/Resource` in the CDK)",
        ] {
            assert!(text.contains(task), "{text}");
        }
    }

    #[test]
    fn what_is_undetermined_is_one_line_for_all_instances() {
        let mut sample = Sample::new(&[("main.tf", "var.uid")]);
        let place = sample.label("main.tf", "var.uid", "`var.uid` has no value");
        for (address, container) in [("t[0]", "db"), ("t[1]", "db"), ("t[1]", "web")] {
            let mut one = sample.undetermined(container, place.clone());
            one.address = address.into();
            sample.entries.undetermined.push(one);
        }
        let text = sample.render(Format::Concise, &STYLE);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines[0].contains("`db`") && lines[1].contains("`web`"),
            "{text}"
        );
        let junit = sample.render(Format::Junit, &STYLE);
        assert_eq!(junit.matches("<error ").count(), 3, "a test is an instance");
    }

    #[test]
    fn every_line_but_the_last_is_what_a_problem_matcher_reads() {
        let page = include_str!("../../docs/editors.md");
        let (_, rest) = page.split_once("```json\n").expect("tasks of VS Code");
        let (tasks, _) = rest.split_once("```").expect("the block ends");
        let tasks: serde_json::Value = serde_json::from_str(tasks).expect("JSON");
        let matcher = &tasks["tasks"][0]["problemMatcher"]["pattern"]["regexp"];
        let matcher = regex::Regex::new(matcher.as_str().expect("an expression")).expect("right");
        let mut sample = Sample::new(&[("a/main.tf", "x\n  user = \"0\"\n"), ("b\n.tf", "y")]);
        let zero = sample.label("a/main.tf", "\"0\"", "UID 0 is root");
        for severity in Severity::ALL {
            let mut finding = sample.finding(zero.clone(), Vec::new());
            finding.severity = severity;
            finding.message = "container `a\u{1b}[2J\nb` runs as root".to_owned();
            sample.entries.findings.push(finding);
        }
        let unknown = sample.label("b\n.tf", "y", "`var.uid` has no value");
        let undetermined = sample.undetermined("db", unknown);
        sample.entries.undetermined.push(undetermined);
        for (kind, path) in [
            (ProblemKind::ModuleNotRead, Some("x.tf")),
            (ProblemKind::Note, None),
        ] {
            sample.entries.problems.push(Problem {
                kind,
                message: "something".to_owned(),
                place: None,
                path: path.map(str::to_owned),
                help: None,
            });
        }
        let text = sample.render(Format::Concise, &STYLE);
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[..lines.len() - 1] {
            assert!(matcher.is_match(line), "{line}");
        }
        assert_eq!(
            lines[3],
            "a/main.tf:2:10: error[host-network-root-user]: container `a\\u{1b}[2J\\nb` runs as root"
        );
        assert_eq!(
            lines[4],
            "b\\n.tf:1:1: warning[host-network-root-user]: cannot tell which user container `db` \
             runs as: `var.uid` has no value"
        );
        assert_eq!(lines[5], "x.tf:1:1: warning[module-not-read]: something");
        assert_eq!(lines[6], ".:1:1: info[note]: something");
    }
}
