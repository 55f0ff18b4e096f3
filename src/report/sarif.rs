//! SARIF 2.1.0 as GitHub's code scanning reads it; the structures are those that we write.
//!
//! <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>

use super::entry::{Entry, also, choose_labels, rule_page, scale};
use super::json::write_object;
use super::terminal::shown;
use super::{Content, summary_text};
use crate::environments::words::environments_of;
use crate::finding::{Finding, Label, Status};
use crate::rules::{self, Check, Rule};
use crate::source;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// GitHub refuses a file with more results.
const MAX_RESULTS: usize = 25_000;
/// GitHub cuts a full description here.
const MAX_DESCRIPTION: usize = 1024;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [run(content)],
    };
    write_object(&log, out)
}

fn run(content: &Content) -> Run {
    let entries = content.worst_first();
    let uris = Uris {
        content,
        known: RefCell::default(),
    };
    let findings = entries.iter().filter_map(|entry| match entry {
        Entry::Finding(finding) => Some(*finding),
        Entry::Undetermined(_) | Entry::Problem(_) => None,
    });
    let others = entries
        .iter()
        .filter(|entry| !matches!(entry, Entry::Finding(_)));
    let mut notifications: Vec<Notification> =
        others.map(|entry| notification(*entry, &uris)).collect();
    let cut = content.entries.findings.len().saturating_sub(MAX_RESULTS);
    if cut > 0 {
        notifications.push(Notification {
            level: "warning",
            message: Message::new(format!("{cut} findings are left out of this file")),
            locations: Vec::new(),
            descriptor: None,
            associated_rule: None,
        });
    }
    let names: Vec<&str> = content.environments.iter().map(String::as_str).collect();
    let environments = (!names.is_empty()).then(|| names.join("+"));
    let told_apart = environments.as_deref().into_iter().chain(content.workspace);
    let category = told_apart.fold("ecslint/".to_owned(), |id, name| format!("{id}{name}/"));
    let exit_code = content.summary.exit_code;
    Run {
        tool: Tool {
            driver: Driver {
                name: "ecslint",
                semantic_version: env!("CARGO_PKG_VERSION"),
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules: rules::ALL.iter().map(|rule| descriptor(rule)).collect(),
            },
        },
        automation_details: AutomationDetails { id: category },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            // Everything was read and decided, or what was not was let pass.
            execution_successful: exit_code < 2,
            exit_code,
            exit_code_description: summary_text(content),
            tool_execution_notifications: notifications,
        }],
        results: findings
            .take(MAX_RESULTS)
            .map(|finding| result(finding, &uris))
            .collect(),
    }
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    let docs = &rule.docs;
    let exceptions = rule.exceptions();
    let exceptions = exceptions.map(|prose| format!("## Exceptions\n\n{prose}\n\n"));
    let help = format!(
        "{}\n\n## Why\n\n{}\n\n## Fix in Terraform\n\n{}\n\n## Fix in CloudFormation\n\n{}\n\n\
         {}## What it cannot see\n\n{}\n",
        docs.what,
        docs.why,
        docs.fix_terraform,
        docs.fix_cloudformation,
        exceptions.unwrap_or_default(),
        docs.limits
    );
    let what = docs.what.split("\n\n").next().unwrap_or_default();
    let what: String = what.chars().take(MAX_DESCRIPTION).collect();
    Descriptor {
        id: rule.id,
        short_description: Message::new(sentence(rule.summary)),
        full_description: Message::new(what),
        help: Help {
            text: help.clone(),
            markdown: help,
        },
        help_uri: rule_page(rule.id),
        default_configuration: DefaultConfiguration {
            enabled: rule.on_by_default,
            level: scale(rule.severity).sarif,
        },
        properties: match rule.check {
            // It is about this run's own input, of which all is seen, and endangers nothing.
            Check::Exceptions => RuleProperties {
                tags: ["maintainability", "aws", "ecs"],
                precision: "very-high",
                problem_severity: Some("recommendation"),
                security_severity: None,
            },
            Check::PerContainer(_) => RuleProperties {
                tags: ["security", "aws", "ecs"],
                // What is open is not reported as a finding, but images are not seen.
                precision: "high",
                problem_severity: None,
                security_severity: Some(scale(rule.severity).security),
            },
        },
    }
}

fn result(finding: &Finding, uris: &Uris) -> SarifResult {
    let (labels, _) = choose_labels(finding);
    let related = labels[1..].iter().zip(1..);
    let fingerprint = Entry::Finding(finding).fingerprint();
    let mut steps: Vec<&Label> = finding.trail.iter().collect();
    // A step may be the place itself.
    if steps.last().map(|step| &step.place) != Some(&finding.primary.place) {
        steps.push(&finding.primary);
    }
    let code_flow = (!finding.trail.is_empty()).then(|| CodeFlow {
        thread_flows: [ThreadFlow {
            locations: steps
                .into_iter()
                .map(|step| ThreadFlowLocation {
                    location: location(step, None, uris),
                })
                .collect(),
        }],
    });
    SarifResult {
        rule_id: finding.rule,
        rule_index: rule_index(finding.rule),
        level: scale(finding.severity).sarif,
        message: Message::new(message(finding, &labels)),
        locations: [location(&finding.primary, None, uris)],
        related_locations: related
            .map(|(label, id)| location(label, Some(id), uris))
            .collect(),
        code_flows: code_flow.into_iter().collect(),
        partial_fingerprints: PartialFingerprints {
            // The one that GitHub goes by. As it has it: a hash, and which one of its kind.
            line: format!("{fingerprint}:1"),
            own: fingerprint,
        },
        baseline_state: finding.status.map(|status| match status {
            Status::New => "new",
            Status::Worse => "updated",
        }),
        properties: ResultProperties {
            address: finding.address.to_string(),
            unit: finding.unit.to_string(),
            container: finding.container.clone(),
            verdict: finding.verdict.as_str(),
            when: finding.when.clone(),
            assumes: finding.assumes.clone(),
            environments: environments_of(finding, &finding.unit, &finding.address)
                .iter()
                .map(|name| name.to_string())
                .collect(),
        },
    }
}

/// The first sentence is the title of an alert; the related places are shown where they are linked.
fn message(finding: &Finding, labels: &[Label]) -> String {
    let mut parts = vec![sentence(&escape(&finding.message))];
    let primary = &finding.primary.message;
    if !primary.is_empty() {
        parts.push(sentence(&escape(primary)));
    }
    let links: Vec<String> = labels[1..]
        .iter()
        .zip(1..)
        .map(|(label, id)| format!("[{}]({id})", escape(&label.message)))
        .collect();
    if !links.is_empty() {
        parts.push(format!("See: {}.", links.join(", ")));
    }
    if let Some(also) = also(finding) {
        parts.push(format!("Also: {}.", escape(&also)));
    }
    parts.push(sentence(&escape(&finding.help)));
    parts.join(" ")
}

fn notification(entry: Entry, uris: &Uris) -> Notification {
    let region = entry.location().map(Region::from);
    let rule = entry.rule();
    Notification {
        level: scale(entry.severity()).sarif,
        message: Message::new(sentence(&escape(&entry.message()))),
        locations: vec![Location {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: uris.artifact(entry.path()),
                region,
            },
            message: None,
        }],
        descriptor: rule.is_none().then(|| Reference {
            id: entry.id(),
            index: None,
        }),
        associated_rule: rule.map(|id| Reference {
            id,
            index: Some(rule_index(id)),
        }),
    }
}

fn location(label: &Label, id: Option<usize>, uris: &Uris) -> Location {
    let place = &label.place.location;
    Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location: uris.artifact(&place.path),
            region: Some(place.into()),
        },
        message: (!label.message.is_empty()).then(|| Message::new(escape(&label.message))),
    }
}

fn rule_index(id: &str) -> usize {
    let index = rules::ALL.iter().position(|rule| rule.id == id);
    index.expect("findings are those of rules")
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut rest = clause.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest.chain(['.'])).collect()
}

/// User text that is no link: section 3.11.6 of the standard.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in shown(text).chars() {
        if matches!(character, '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Paths as URIs from the root of the checkout.
struct Uris<'a> {
    content: &'a Content<'a>,
    known: RefCell<HashMap<String, String>>,
}

impl Uris<'_> {
    fn artifact(&self, path: &str) -> ArtifactLocation {
        let mut known = self.known.borrow_mut();
        let uri = match known.get(path) {
            Some(uri) => uri.clone(),
            None => {
                let uri = uri(&self.rooted(path));
                known.insert(path.to_owned(), uri.clone());
                uri
            }
        };
        ArtifactLocation { uri }
    }

    /// GitHub shows nothing at a symbolic link, so the file that it leads to is named if that is
    /// in the checkout.
    fn rooted(&self, path: &str) -> String {
        let Content { sources, root, .. } = self.content;
        let resolved = sources.resolve(Path::new(path));
        match resolved.strip_prefix(sources.resolve(root)) {
            Ok(below) if !below.as_os_str().is_empty() => {
                below.to_string_lossy().replace('\\', "/")
            }
            _ => self.content.rooted(path),
        }
    }
}

/// A relative path as a URI: all but the unreserved characters (RFC 3986) and `/` are escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            plain if plain.is_ascii_alphanumeric() => out.push(char::from(plain)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: AutomationDetails,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

/// A rule. All are listed, also those that found nothing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help: Help,
    help_uri: String,
    default_configuration: DefaultConfiguration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct DefaultConfiguration {
    enabled: bool,
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 3],
    precision: &'static str,
    #[serde(rename = "problem.severity", skip_serializing_if = "Option::is_none")]
    problem_severity: Option<&'static str>,
    /// Makes it a rule about security.
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

/// What is before the last `/` is the category: of one category a commit can have one run.
#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: String,
    /// What could not be read or decided.
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    /// The kind of a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<Reference>,
    /// The rule that could not judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Reference>,
}

#[derive(Serialize)]
struct Reference {
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    related_locations: Vec<Location>,
    /// The way of the deciding value, where it took one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    partial_fingerprints: PartialFingerprints,
    /// Where the run is compared with a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    properties: ResultProperties,
}

#[derive(Serialize)]
struct PartialFingerprints {
    #[serde(rename = "ecslint/v1")]
    own: String,
    #[serde(rename = "primaryLocationLineHash")]
    line: String,
}

#[derive(Serialize)]
struct ResultProperties {
    address: String,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    verdict: &'static str,
    when: Vec<String>,
    assumes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environments: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<ThreadFlowLocation>,
}

#[derive(Serialize)]
struct ThreadFlowLocation {
    location: Location,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    /// What a link in the message names.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// The end is the place after the last character, as ours is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl From<&source::Location> for Region {
    fn from(location: &source::Location) -> Region {
        Region {
            start_line: location.start.line,
            start_column: location.start.column,
            end_line: location.end.line,
            end_column: location.end.column,
        }
    }
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    fn new(text: String) -> Message {
        Message { text }
    }
}

#[cfg(test)]
mod tests;
