//! The report as one JSON object, `ecslint/check/v1`: other programs parse it, so members are
//! only ever added.
//!
//! Lines and columns are 1-based, columns count Unicode scalar values, offsets count bytes.

use super::Content;
use super::terminal::is_hostile;
use crate::finding::{self, ProblemKind, Severity, Status, Verdict};
use crate::inspect::{Inspected, InspectedWorld};
use crate::ledger;
use crate::model::SourceKind;
use crate::source;
use schemars::generate::Contract;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let entries = content.entries;
    let report = Report {
        schema: "ecslint/check/v1",
        version: env!("CARGO_PKG_VERSION"),
        summary: content.summary.into(),
        since: content.entries.since.as_ref().map(|since| Since {
            rev: &since.rev,
            base: &since.commit,
            new: entries.findings.len(),
            fixed: since.fixed.len(),
            unchanged: since.unchanged,
            unchanged_undetermined: since.undetermined,
            unchanged_problems: since.problems,
            fixed_findings: Each(&since.fixed, Finding::from),
        }),
        findings: Each(&entries.findings, Finding::from),
        undetermined: InEach(&entries.undetermined),
        problems: Each(&entries.problems, Problem::from),
        task_definitions: Each(&entries.task_definitions, TaskDefinition::from),
    };
    write_object(&report, out)
}

/// Writes the resolved task definitions, `ecslint/inspect/v1`.
///
/// # Errors
/// Those of `out`.
pub fn write_inspected(inspected: &[Inspected], out: &mut dyn io::Write) -> io::Result<()> {
    let report = Inspection {
        schema: "ecslint/inspect/v1",
        task_definitions: Each(inspected, Resolved::from),
    };
    write_object(&report, out)
}

/// The schema of what [`write()`] writes.
pub fn check_schema() -> Schema {
    crate::schema::of::<Report>(Contract::Serialize)
}

/// The schema of what [`write_inspected`] writes.
pub fn inspect_schema() -> Schema {
    crate::schema::of::<Inspection>(Contract::Serialize)
}

/// Writes any value as indented JSON whose strings hold no character that a terminal acts on.
///
/// # Errors
/// Those of `out`.
pub fn write_object(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut escaping = io::BufWriter::with_capacity(CHUNK, Escaping(out));
    serde_json::to_writer_pretty(&mut escaping, value).map_err(io::Error::from)?;
    escaping.write_all(b"\n")?;
    escaping.flush()
}

/// The whole object.
#[derive(Serialize, JsonSchema)]
struct Report<'a> {
    #[schemars(extend("enum" = ["ecslint/check/v1"]))]
    schema: &'static str,
    version: &'static str,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Since<'a>>,
    findings: Each<'a, finding::Finding, Finding<'a>>,
    #[schemars(with = "Vec<Undetermined>")]
    undetermined: InEach<'a>,
    problems: Each<'a, finding::Problem, Problem<'a>>,
    task_definitions: Each<'a, finding::Judged, TaskDefinition<'a>>,
}

/// The counts of the run; declarations, but for `instances`.
#[derive(Serialize, JsonSchema)]
struct Summary {
    units: usize,
    #[serde(skip_serializing_if = "is_zero")]
    environments: usize,
    task_definitions: usize,
    instances: usize,
    decided: usize,
    undetermined: usize,
    unreadable: usize,
    not_instantiated: usize,
    modules_not_read: usize,
    findings: usize,
    /// Findings that are hidden, by exceptions and by the baseline.
    ignored: usize,
    known: usize,
    complete: bool,
    #[schemars(range(max = 3))]
    exit_code: u8,
}

impl From<&ledger::Summary> for Summary {
    fn from(summary: &ledger::Summary) -> Summary {
        Summary {
            units: summary.units,
            environments: summary.environments,
            task_definitions: summary.task_definitions,
            instances: summary.instances,
            decided: summary.decided,
            undetermined: summary.undetermined,
            unreadable: summary.unreadable,
            not_instantiated: summary.not_instantiated,
            modules_not_read: summary.modules_not_read,
            findings: summary.findings,
            ignored: summary.ignored,
            known: summary.known,
            complete: summary.complete,
            exit_code: summary.exit_code,
        }
    }
}

/// What has changed since the commit `base`, where HEAD and `rev` part. The lists have what is new.
#[derive(Serialize, JsonSchema)]
struct Since<'a> {
    rev: &'a str,
    base: &'a str,
    new: usize,
    fixed: usize,
    unchanged: usize,
    unchanged_undetermined: usize,
    unchanged_problems: usize,
    /// With the places that they had at `base`.
    fixed_findings: Each<'a, finding::Finding, Finding<'a>>,
}

/// A failure, once for all instances that share it.
#[derive(Serialize, JsonSchema)]
struct Finding<'a> {
    rule: &'static str,
    #[schemars(extend("enum" = Severity::ALL.map(Severity::as_str)))]
    severity: &'static str,
    /// Whether it holds for some inputs only.
    #[schemars(extend("enum" = ["fail", "conditional"]))]
    verdict: &'static str,
    evidence: &'static str,
    message: &'a str,
    address: &'a str,
    container: Option<&'a str>,
    unit: &'a str,
    /// What must hold for it to fail; empty: it always does.
    when: &'a [String],
    /// Defaults that it rests on.
    assumes: &'a [String],
    /// The construct of the CDK that the task definition is made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    cdk_path: Option<&'a str>,
    /// The smallest text whose change fixes it.
    location: Location<'a>,
    labels: Vec<Label<'a>>,
    /// The way of the deciding value from where it was written.
    trail: Vec<Step<'a>>,
    instances: Vec<Instance<'a>>,
    help: &'a str,
    /// `new` or `worse`, where the run is compared with a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl<'a> From<&'a finding::Finding> for Finding<'a> {
    fn from(finding: &'a finding::Finding) -> Finding<'a> {
        let labels = std::iter::once(&finding.primary).chain(&finding.labels);
        Finding {
            rule: finding.rule,
            severity: finding.severity.as_str(),
            verdict: finding.verdict.as_str(),
            evidence: finding.evidence,
            message: &finding.message,
            address: &finding.address,
            container: finding.container.as_deref(),
            unit: &finding.unit,
            when: &finding.when,
            assumes: &finding.assumes,
            cdk_path: finding.cdk_path.as_deref(),
            location: (&finding.primary.place).into(),
            labels: labels
                .map(|label| Label {
                    message: &label.message,
                    location: (&label.place).into(),
                })
                .collect(),
            trail: finding
                .trail
                .iter()
                .map(|step| Step {
                    step: &step.message,
                    location: (&step.place).into(),
                })
                .collect(),
            instances: finding
                .instances
                .iter()
                .map(|instance| Instance {
                    unit: &instance.unit,
                    address: &instance.address,
                    environment: instance.environment.as_deref(),
                    fingerprint: &instance.fingerprint,
                })
                .collect(),
            help: &finding.help,
            status: finding.status.map(Status::as_str),
        }
    }
}

/// A place and what it says of the finding; the first is the finding's own.
#[derive(Serialize, JsonSchema)]
struct Label<'a> {
    message: &'a str,
    location: Location<'a>,
}

/// A step of a value's way.
#[derive(Serialize, JsonSchema)]
struct Step<'a> {
    step: &'a str,
    location: Location<'a>,
}

/// One instance that a finding holds for.
#[derive(Serialize, JsonSchema)]
struct Instance<'a> {
    unit: &'a str,
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    /// Stays the same when lines move.
    fingerprint: &'a str,
}

/// What a rule could not judge, and why.
#[derive(Serialize, JsonSchema)]
struct Undetermined<'a> {
    rule: &'static str,
    address: &'a str,
    container: Option<&'a str>,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    reason: &'a str,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cdk_path: Option<&'a str>,
}

impl<'a> Undetermined<'a> {
    fn new(one: &'a finding::Undetermined, environment: Option<&'a str>) -> Undetermined<'a> {
        Undetermined {
            rule: one.rule,
            address: &one.address,
            container: one.container.as_deref(),
            unit: &one.unit,
            environment,
            reason: &one.reason,
            location: (&one.place).into(),
            cdk_path: one.cdk_path.as_deref(),
        }
    }
}

/// What could not be judged, once for each environment.
struct InEach<'a>(&'a [finding::Undetermined]);

impl Serialize for InEach<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flat_map(|one| {
            let none = one.environments.is_empty().then_some(None);
            let each = one.environments.iter().map(|name| Some(&**name));
            let all = none.into_iter().chain(each);
            all.map(move |environment| Undetermined::new(one, environment))
        }))
    }
}

/// Faulty input, or something that was not read.
#[derive(Serialize, JsonSchema)]
struct Problem<'a> {
    #[schemars(extend("enum" = ProblemKind::ALL.map(ProblemKind::as_str)))]
    kind: &'static str,
    message: &'a str,
    /// Null where no text can be shown; then `path` tells what it is about, if that is a path.
    location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

impl<'a> From<&'a finding::Problem> for Problem<'a> {
    fn from(problem: &'a finding::Problem) -> Problem<'a> {
        Problem {
            kind: problem.kind.as_str(),
            message: &problem.message,
            location: problem.place.as_ref().map(Location::from),
            path: match problem.place {
                Some(_) => None,
                None => problem.path.as_deref(),
            },
        }
    }
}

/// One instance of a task definition and what each rule says of it.
#[derive(Serialize, JsonSchema)]
struct TaskDefinition<'a> {
    address: &'a str,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    /// The language of the source.
    #[schemars(extend("enum" = SOURCES.map(word)))]
    source: &'static str,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cdk_path: Option<&'a str>,
    verdicts: Verdicts<'a>,
    #[serde(skip_serializing_if = "Assumed::is_empty")]
    assumes: Assumed<'a>,
}

impl<'a> From<&'a finding::Judged> for TaskDefinition<'a> {
    fn from(judged: &'a finding::Judged) -> TaskDefinition<'a> {
        TaskDefinition {
            address: &judged.address,
            unit: &judged.unit,
            environment: judged.environment.as_deref(),
            source: word(judged.source),
            location: (&judged.place).into(),
            cdk_path: judged.cdk_path.as_deref(),
            verdicts: Verdicts(&judged.verdicts),
            assumes: Assumed(&judged.assumes),
        }
    }
}

const SOURCES: [SourceKind; 3] = [
    SourceKind::Terraform,
    SourceKind::CloudFormation,
    SourceKind::Api,
];
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn word(source: SourceKind) -> &'static str {
    match source {
        SourceKind::Terraform => "terraform",
        SourceKind::CloudFormation => "cloudformation",
        SourceKind::Api => "api",
    }
}

/// The whole object of `inspect`.
#[derive(Serialize, JsonSchema)]
struct Inspection<'a> {
    #[schemars(extend("enum" = ["ecslint/inspect/v1"]))]
    schema: &'static str,
    task_definitions: Each<'a, Inspected, Resolved<'a>>,
}

/// One instance of a task definition as it resolves.
#[derive(Serialize, JsonSchema)]
struct Resolved<'a> {
    address: &'a str,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[schemars(extend("enum" = SOURCES.map(word)))]
    source: &'static str,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cdk_path: Option<&'a str>,
    /// The world of the defaults first.
    worlds: Each<'a, InspectedWorld, World<'a>>,
}

impl<'a> From<&'a Inspected> for Resolved<'a> {
    fn from(inspected: &'a Inspected) -> Resolved<'a> {
        Resolved {
            address: &inspected.address,
            unit: &inspected.unit,
            environment: inspected.environment.as_deref(),
            source: word(inspected.source),
            location: (&inspected.location).into(),
            cdk_path: inspected.cdk_path.as_deref(),
            worlds: Each(&inspected.worlds, World::from),
        }
    }
}

/// The definition where `when` holds, in the ECS API's names.
#[derive(Serialize, JsonSchema)]
struct World<'a> {
    when: &'a [String],
    definition: &'a serde_json::Value,
}

impl<'a> From<&'a InspectedWorld> for World<'a> {
    fn from(world: &'a InspectedWorld) -> World<'a> {
        World {
            when: &world.when,
            definition: &world.definition,
        }
    }
}

/// By rule: the worst verdict over the containers.
struct Verdicts<'a>(&'a [(&'static str, Verdict)]);

impl Serialize for Verdicts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdicts = self.0.iter();
        serializer.collect_map(verdicts.map(|(rule, verdict)| (rule, verdict.as_str())))
    }
}

impl JsonSchema for Verdicts<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Verdicts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "By rule: the worst verdict over the containers.",
            "type": "object",
            "additionalProperties": { "enum": Verdict::ALL.map(Verdict::as_str) },
        })
    }
}

/// By rule: the defaults that the verdict rests on.
struct Assumed<'a>(&'a [(&'static str, Vec<String>)]);

impl Assumed<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Assumed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(rule, assumes)| (rule, assumes)))
    }
}

impl JsonSchema for Assumed<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Assumed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "By rule: the defaults that its verdict rests on.",
            "type": "object",
            "additionalProperties": { "type": "array", "items": { "type": "string" } },
        })
    }
}

/// A range of a file; the path is relative to the working directory, with `/`.
#[derive(Serialize, JsonSchema)]
struct Location<'a> {
    path: &'a str,
    start: Position,
    end: Position,
}

impl<'a> From<&'a source::Location> for Location<'a> {
    fn from(location: &'a source::Location) -> Location<'a> {
        Location {
            path: &location.path,
            start: location.start.into(),
            end: location.end.into(),
        }
    }
}

impl<'a> From<&'a finding::Place> for Location<'a> {
    fn from(place: &'a finding::Place) -> Location<'a> {
        (&place.location).into()
    }
}

#[derive(Serialize, JsonSchema)]
struct Position {
    /// Counted from 1.
    line: usize,
    /// Counted from 1, in Unicode scalar values.
    column: usize,
    /// Counted from 0, in bytes.
    offset: usize,
}

impl From<source::Position> for Position {
    fn from(position: source::Position) -> Position {
        Position {
            line: position.line,
            column: position.column,
            offset: position.offset,
        }
    }
}

/// A list whose elements are made one at a time, as they are written.
struct Each<'a, T, U>(&'a [T], fn(&'a T) -> U);

impl<T, U: Serialize> Serialize for Each<'_, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

impl<T, U: JsonSchema> JsonSchema for Each<'_, T, U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Vec<U>>::schema_name()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        <Vec<U>>::json_schema(schemas)
    }
}

/// Bytes of JSON that are looked through at once.
const CHUNK: usize = 32 << 10;

/// Writes what is beyond ASCII and acts on a terminal as `\u` escapes, and of `##`, with which some
/// CI servers begin commands in a log, the second. Outside of strings JSON is ASCII without `#`, and
/// serde_json hands over whole characters and has escaped those below the blank; a `BufWriter`
/// between them tears no write apart.
struct Escaping<'a>(&'a mut dyn io::Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_command = memchr::memmem::find(bytes, b"##").is_some();
        if !is_command && bytes.iter().all(|&byte| byte < 0x7f) {
            self.0.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let hostile = |character: char| character >= '\u{7f}' && is_hostile(character);
        match std::str::from_utf8(bytes) {
            Ok(text) if is_command || text.contains(hostile) => {
                let mut units = [0; 2];
                let mut before = ' ';
                for character in text.chars() {
                    let again = (before, character) == ('#', '#');
                    before = character;
                    if again || hostile(character) {
                        for unit in character.encode_utf16(&mut units) {
                            write!(self.0, "\\u{unit:04x}")?;
                        }
                    } else {
                        write!(self.0, "{character}")?;
                    }
                }
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests;
