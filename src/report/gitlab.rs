//! The report as an array for GitLab's Code Quality.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use super::Content;
use super::entry::{Entry, scale};
use super::json::write_object;
use super::terminal::shown;
use serde::Serialize;
use std::collections::HashMap;
use std::io;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let mut occurrences = HashMap::new();
    let problems = content
        .entries()
        .map(|entry| Problem::new(entry, content, &mut occurrences));
    write_object(&problems.collect::<Vec<_>>(), out)
}

/// What GitLab calls a violation.
#[derive(Serialize)]
struct Problem {
    description: String,
    check_name: &'static str,
    /// Of two with the same fingerprint GitLab shows one.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

impl Problem {
    fn new(entry: Entry, content: &Content, occurrences: &mut HashMap<String, usize>) -> Problem {
        let mut fingerprint = entry.fingerprint();
        let occurrence = occurrences.entry(fingerprint.clone()).or_default();
        if *occurrence > 0 {
            fingerprint.push_str(&format!("-{occurrence}"));
        }
        *occurrence += 1;
        let (line, column) = entry.start();
        let begin = Position { line, column };
        let end = entry.location().map_or(begin, |location| Position {
            line: location.end.line,
            column: location.end.column,
        });
        Problem {
            description: shown(&entry.message()).into_owned(),
            check_name: entry.id(),
            fingerprint,
            severity: scale(entry.severity()).gitlab,
            location: Location {
                path: content.rooted(entry.path()),
                positions: Positions { begin, end },
            },
        }
    }
}

#[derive(Serialize)]
struct Location {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

#[derive(Serialize, Clone, Copy)]
struct Position {
    line: usize,
    column: usize,
}

#[cfg(test)]
mod tests {
    use crate::report::Format;
    use crate::report::samples::*;
    use serde_json::{Value, json};
    use std::collections::HashSet;

    #[test]
    fn members_are_those_that_gitlab_reads() {
        let mut sample = Sample::new(&[("a/main.tf", "x\n  user = \"0\"\n")]);
        let zero = sample.label("a/main.tf", "\"0\"", "UID 0 is root");
        let finding = sample.finding(zero, Vec::new());
        sample.entries.findings.push(finding);
        let text = sample.render(Format::Gitlab, &STYLE);
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            report,
            json!([{
                "description": "container `api` runs as root on the host's network",
                "check_name": "host-network-root-user",
                "fingerprint": "00000000000000ff",
                "severity": "critical",
                "location": {
                    "path": "a/main.tf",
                    "positions": {
                        "begin": {"line": 2, "column": 10},
                        "end": {"line": 2, "column": 13},
                    },
                },
            }])
        );
    }

    #[test]
    fn no_two_share_a_fingerprint_and_names_stay_text() {
        let mut sample = Sample::hostile();
        let again = sample.entries.problems.clone();
        sample.entries.problems.extend(again);
        let text = sample.render(Format::Gitlab, &STYLE);
        let report: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        assert_eq!(report.len(), sample.entry_count());
        let fingerprints: HashSet<&Value> = report.iter().map(|one| &one["fingerprint"]).collect();
        assert_eq!(fingerprints.len(), report.len());
        // A backslash separates directories, and is printed as such.
        let path = HOSTILE.replace('\\', "/");
        assert_eq!(report[0]["location"]["path"], path);
        assert!(!text.contains('\u{1b}'));
    }
}
