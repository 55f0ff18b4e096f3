//! What a run has to say: findings, what could not be decided, and problems of the input.
//!
//! Everything here is plain data with positions already resolved, so that units can be judged on
//! any thread and their files let go.

use crate::model::SourceKind;
use crate::source::{Location, Span};
use std::fmt;
use std::sync::Arc;

/// How much a finding matters. The order is that of rising severity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
}

impl Severity {
    pub const ALL: [Severity; 4] = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Severity, String> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not one of high, medium, low, info"))
    }
}

/// What a rule says of one container or task definition. The order is that from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    NotApplicable,
    Pass,
    Undetermined,
    /// Fails in some of the worlds it can be deployed into.
    Conditional,
    Fail,
}

impl Verdict {
    pub const ALL: [Verdict; 5] = [
        Verdict::NotApplicable,
        Verdict::Pass,
        Verdict::Undetermined,
        Verdict::Conditional,
        Verdict::Fail,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::NotApplicable => "not_applicable",
            Verdict::Pass => "pass",
            Verdict::Undetermined => "undetermined",
            Verdict::Conditional => "conditional",
            Verdict::Fail => "fail",
        }
    }
}

/// A span with its resolved positions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub span: Span,
    pub location: Location,
}

/// A place and what to say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub message: String,
    pub place: Place,
}

/// A rule's result, once for all instances that share it.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    /// `Fail` or `Conditional`.
    pub verdict: Verdict,
    /// What the verdict rests on, in one word: "root", "unset".
    pub evidence: &'static str,
    /// One lower-case clause without a full stop.
    pub message: String,
    /// Empty where it is about no task definition.
    pub address: Arc<str>,
    pub container: Option<String>,
    pub unit: Arc<str>,
    pub source: SourceKind,
    /// The answers under which it fails; none: it always does.
    pub when: Vec<String>,
    /// Defaults that it rests on.
    pub assumes: Vec<String>,
    /// Where the construct is that the CDK has made the task definition from.
    pub cdk_path: Option<Arc<str>>,
    /// The smallest text whose change fixes it.
    pub primary: Label,
    /// Premises, in the order in which the value travelled.
    pub labels: Vec<Label>,
    /// The steps of the deciding value from where it was written.
    pub trail: Vec<Label>,
    /// The declaration of the task definition, the object of the container, and the declarations
    /// of the module calls or nested stacks that lead there.
    pub about: Vec<Span>,
    /// Every instance that it holds for, this one first.
    pub instances: Vec<Instance>,
    /// What reports know it by: stays the same when lines move, and whatever environments there
    /// are. No two findings of a run share one once equal ones are merged.
    pub fingerprint: String,
    pub help: String,
    /// Remarks that change nothing in the verdict.
    pub notes: Vec<String>,
    /// How it stands against the commit that the run is compared with.
    pub status: Option<Status>,
}

impl Finding {
    /// What its first instance is about: before equal ones are merged, what it is about.
    pub fn key(&self) -> Key<'_> {
        Key {
            rule: self.rule,
            unit: &self.unit,
            address: &self.address,
            container: self.container.as_deref(),
            environment: self.environment().map(|name| &**name),
        }
    }

    /// What each of its instances is about.
    pub fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        self.instances.iter().map(|instance| Key {
            unit: &instance.unit,
            address: &instance.address,
            environment: instance.environment.as_deref(),
            ..self.key()
        })
    }
}

/// What a finding is about: the same when lines move.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key<'a> {
    pub rule: &'static str,
    pub unit: &'a str,
    pub address: &'a str,
    pub container: Option<&'a str>,
    pub environment: Option<&'a str>,
}

/// How a finding stands against an earlier commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    New,
    /// It was there, less severe or less often.
    Worse,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Worse => "worse",
        }
    }
}

/// One instance of a finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instance {
    pub unit: Arc<str>,
    pub address: Arc<str>,
    /// In which it was judged, where the configuration says so.
    pub environment: Option<Arc<str>>,
    /// Stays the same when lines move: of rule, unit, address, container, environment and
    /// occurrence.
    pub fingerprint: String,
}

/// A container or task definition that a rule could not judge.
#[derive(Clone, Debug)]
pub struct Undetermined {
    pub rule: &'static str,
    pub address: Arc<str>,
    pub container: Option<String>,
    pub unit: Arc<str>,
    /// Those in which it could not be judged; empty where the configuration says of none.
    pub environments: Vec<Arc<str>>,
    /// What cannot be told: "which user container `db` runs as".
    pub message: String,
    pub reason: String,
    /// It is wrong in the source, whatever is given.
    pub is_refused: bool,
    /// Where the construct is that the CDK has made the task definition from.
    pub cdk_path: Option<Arc<str>>,
    /// The declaration of the task definition, the object of the container, and the declarations
    /// of the module calls or nested stacks that lead there.
    pub about: Vec<Span>,
    pub place: Place,
}

impl Undetermined {
    /// What it is about, in the first of its environments.
    pub fn key(&self) -> Key<'_> {
        Key {
            rule: self.rule,
            unit: &self.unit,
            address: &self.address,
            container: self.container.as_deref(),
            environment: self.environments.first().map(|name| &**name),
        }
    }
}

/// Faulty input or something that was not read.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: ProblemKind,
    /// One lower-case clause: what, and what was therefore not checked.
    pub message: String,
    pub place: Option<Place>,
    /// For a problem without a place in a text: the path it is about, as it is printed.
    pub path: Option<String>,
    pub help: Option<String>,
}

/// What a problem means for the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProblemKind {
    /// Source that could not be read or told apart: a task definition may hide in it.
    Unreadable,
    /// A module call or nested stack that was not followed.
    ModuleNotRead,
    /// Terraform or CloudFormation would refuse this; the rest was judged.
    Refused,
    /// An exception that cannot be followed: it hides nothing.
    FaultyIgnore,
    /// Instances that could not be told.
    Undetermined,
    /// An environment of the configuration in which units could not be judged.
    EnvironmentNotChecked,
    /// A remark; the run is complete all the same.
    Note,
}

impl Finding {
    /// The environment of its first instance: before equal ones are merged, its own.
    pub fn environment(&self) -> Option<&Arc<str>> {
        self.instances.first()?.environment.as_ref()
    }
}

impl ProblemKind {
    pub const ALL: [ProblemKind; 7] = [
        ProblemKind::Unreadable,
        ProblemKind::ModuleNotRead,
        ProblemKind::Refused,
        ProblemKind::FaultyIgnore,
        ProblemKind::EnvironmentNotChecked,
        ProblemKind::Undetermined,
        ProblemKind::Note,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ProblemKind::Unreadable => "unreadable",
            ProblemKind::ModuleNotRead => "module-not-read",
            ProblemKind::Refused => "refused",
            ProblemKind::FaultyIgnore => "faulty-ignore",
            ProblemKind::Undetermined => "undetermined",
            ProblemKind::EnvironmentNotChecked => "environment-not-checked",
            ProblemKind::Note => "note",
        }
    }
}

/// The verdicts of one instance of a task definition.
#[derive(Clone, Debug)]
pub struct Judged {
    pub address: Arc<str>,
    pub unit: Arc<str>,
    pub environment: Option<Arc<str>>,
    pub source: SourceKind,
    pub place: Place,
    /// Where the construct is that the CDK has made it from.
    pub cdk_path: Option<Arc<str>>,
    /// By rule, in the order of the registry; the worst over its containers.
    pub verdicts: Vec<(&'static str, Verdict)>,
    /// By rule: the defaults that its verdict rests on. Rules whose verdict rests on none are left
    /// out.
    pub assumes: Vec<(&'static str, Vec<String>)>,
    /// No container of it is unknown for any rule.
    pub decided: bool,
    /// Not there in any world.
    pub instantiated: bool,
    /// Containers that a rule does not apply to though it applies to their task, so that nothing
    /// is known of them by it; told where there are environments.
    pub passed_over: Vec<(&'static str, Option<String>)>,
}

/// What fingerprints are made of: FNV-1a over the parts, each closed by a byte that no UTF-8 text
/// holds.
pub(crate) fn hash<const N: usize>(parts: [&str; N]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
