//! Entries to render in the tests of the formats.

use super::{Content, Format, Style, write};
use crate::finding::*;
use crate::ledger::{Entries, Leniency};
use crate::model::SourceKind;
use crate::source::SourceMap;
use crate::source::{Memory, Span};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub const STYLE: Style = Style {
    colour: false,
    width: 100,
    unicode: true,
};

pub const NO_ENVIRONMENTS: &BTreeSet<String> = &BTreeSet::new();

pub const STRICT: Leniency = Leniency {
    fail_on: Severity::Medium,
    allow_undetermined: false,
    allow_unread: false,
};

/// What could end a line, an attribute, a cell, a command or a string, or become markup.
pub const HOSTILE: &str =
    "::a,b=c%0A\n::error::x\r'\"\u{1b}[2J]]>|`[x](mailto:y)<script>@z\\ &amp;#1*_\u{202e}";

/// Files in memory, and places in them found by their text.
pub struct Sample {
    pub sources: SourceMap,
    pub entries: Entries,
}

impl Sample {
    pub fn new(files: &[(&str, &str)]) -> Sample {
        let files = files
            .iter()
            .map(|(path, text)| (format!("/w/{path}"), text.as_bytes()));
        Sample {
            sources: SourceMap::new(Memory::new(files), "/w"),
            entries: Entries {
                units: 1,
                ..Entries::default()
            },
        }
    }

    /// A finding, something undetermined and a problem, with [`HOSTILE`] for every name.
    pub fn hostile() -> Sample {
        let mut sample = Sample::new(&[(HOSTILE, "host 0")]);
        let zero = sample.label(HOSTILE, "0", HOSTILE);
        let host = sample.label(HOSTILE, "host", HOSTILE);
        let mut finding = sample.finding(zero.clone(), vec![host.clone()]);
        finding.message = format!("container `{HOSTILE}` runs as root");
        finding.address = HOSTILE.into();
        finding.container = Some(HOSTILE.to_owned());
        finding.unit = HOSTILE.into();
        finding.trail = vec![host.clone()];
        finding.when = vec![HOSTILE.to_owned()];
        finding.help = HOSTILE.to_owned();
        finding.instances[0].unit = HOSTILE.into();
        finding.instances[0].address = HOSTILE.into();
        finding.instances[0].environment = Some(HOSTILE.into());
        let other = finding.instances[0].clone();
        finding.instances.push(other);
        let mut undetermined = sample.undetermined(HOSTILE, host);
        undetermined.address = HOSTILE.into();
        undetermined.unit = HOSTILE.into();
        undetermined.environments = vec![HOSTILE.into()];
        sample.entries.findings.push(finding);
        sample.entries.undetermined.push(undetermined);
        for place in [Some(zero.place), None] {
            sample.entries.problems.push(Problem {
                kind: ProblemKind::Unreadable,
                message: HOSTILE.to_owned(),
                place,
                path: Some(HOSTILE.to_owned()),
                help: Some(HOSTILE.to_owned()),
            });
        }
        sample
    }

    pub fn entry_count(&self) -> usize {
        let entries = &self.entries;
        entries.findings.len() + entries.undetermined.len() + entries.problems.len()
    }

    /// The first place where `text` stands, said to be `message`.
    pub fn label(&self, path: &str, text: &str, message: &str) -> Label {
        let file = self.sources.open(Path::new(path)).expect("in memory");
        let start = file.text().find(text).expect("it is in the file");
        let span = file.span(start, start + text.len());
        Label {
            message: message.to_owned(),
            place: self.place(span),
        }
    }

    pub fn place(&self, span: Span) -> Place {
        Place {
            span,
            location: self.sources.location(span),
        }
    }

    pub fn finding(&self, primary: Label, labels: Vec<Label>) -> Finding {
        Finding {
            rule: "host-network-root-user",
            severity: Severity::High,
            verdict: Verdict::Fail,
            evidence: "root",
            message: "container `api` runs as root on the host's network".to_owned(),
            address: "aws_ecs_task_definition.web".into(),
            container: Some("api".to_owned()),
            unit: ".".into(),
            source: SourceKind::Terraform,
            when: Vec::new(),
            assumes: Vec::new(),
            cdk_path: None,
            primary,
            labels,
            trail: Vec::new(),
            about: Vec::new(),
            instances: vec![Instance {
                unit: ".".into(),
                address: "aws_ecs_task_definition.web".into(),
                environment: None,
                fingerprint: "00000000000000ff".to_owned(),
            }],
            fingerprint: "00000000000000ff".to_owned(),
            help: "set `user` to the UID the image is built for".to_owned(),
            notes: Vec::new(),
            status: None,
        }
    }

    pub fn undetermined(&self, container: &str, label: Label) -> Undetermined {
        Undetermined {
            rule: "host-network-root-user",
            address: "aws_ecs_task_definition.web".into(),
            container: Some(container.to_owned()),
            unit: ".".into(),
            environments: Vec::new(),
            message: format!("cannot tell which user container `{container}` runs as"),
            reason: label.message,
            is_refused: false,
            cdk_path: None,
            about: Vec::new(),
            place: label.place,
        }
    }

    pub fn judged(&self, address: &str, place: Place, verdict: Verdict) -> Judged {
        Judged {
            address: Arc::from(address),
            unit: ".".into(),
            environment: None,
            source: SourceKind::Terraform,
            place,
            verdicts: vec![("host-network-root-user", verdict)],
            assumes: Vec::new(),
            cdk_path: None,
            decided: verdict != Verdict::Undetermined,
            instantiated: true,
            passed_over: Vec::new(),
        }
    }

    pub fn render(&self, format: Format, style: &Style) -> String {
        let summary = self.entries.sum_up(&STRICT);
        let content = Content {
            entries: &self.entries,
            summary: &summary,
            leniency: &STRICT,
            sources: &self.sources,
            root: Path::new("/w"),
            environments: NO_ENVIRONMENTS,
            workspace: None,
        };
        let mut out = Vec::new();
        write(format, &content, style, &mut out).expect("a vector takes all bytes");
        String::from_utf8(out).expect("reports are UTF-8")
    }
}
