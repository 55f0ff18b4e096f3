//! Rules over the model in every world: judgements to findings and verdicts.
//!
//! Each rule is explored for each container on its own, over the members that it reads, so that
//! a container pays only for its own conditions. What a task definition has no list for (its
//! existence, an open container list) is explored once for each rule as its *residue*.

use crate::finding::{
    Finding, Instance, Judged, Label, Place, Problem, ProblemKind, Severity, Undetermined, Verdict,
    hash,
};
use crate::model::{
    ContainerDefinition, ContainerId, Existence, SourceKind, TaskDefinition, refusals,
};
use crate::rules::{
    Applies, Check, Cx, Failure, Fix, FixValue, Judgement, Outcome, Rule, Settings,
};
use crate::source::{SourceMap, Span};
use crate::value::{Trail, Unknown, UnknownKind};
use crate::worlds::{Answer, Exploration, MAX_WORLDS};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the rules say of the task definitions of one unit.
#[derive(Default, Debug)]
pub struct Judgements {
    pub findings: Vec<Finding>,
    pub undetermined: Vec<Undetermined>,
    /// What was read and would be refused.
    pub problems: Vec<Problem>,
    pub task_definitions: Vec<Judged>,
}

/// Judges every task definition of a unit by every rule that is on.
pub fn check(
    sources: &SourceMap,
    settings: &Settings,
    unit: &Arc<str>,
    tasks: &[TaskDefinition],
) -> Judgements {
    let mut checker = Checker {
        sources,
        settings,
        unit,
        out: Judgements::default(),
        occurrences: HashMap::new(),
        refused: RefCell::default(),
    };
    for task in tasks {
        checker.task(task);
    }
    checker.problems();
    checker.out
}

struct Checker<'a> {
    sources: &'a SourceMap,
    settings: &'a Settings,
    unit: &'a Arc<str>,
    out: Judgements,
    /// How often a fingerprint's key was seen, so that no two instances share one.
    occurrences: HashMap<u64, u32>,
    refused: RefCell<Vec<Unknown>>,
}

/// What one computation over all worlds comes to.
struct Explored {
    verdict: Verdict,
    /// The worst failure among the worlds, with the fewest answers that lead to failures.
    failure: Option<(Box<Failure>, Vec<Answer>, Vec<String>)>,
    undetermined: Option<Unknown>,
}

impl Checker<'_> {
    fn task(&mut self, task: &TaskDefinition) {
        let containers = container_ids(task);
        self.refused
            .borrow_mut()
            .extend(task.refused.iter().cloned());
        let mut judged = Judged {
            address: task.address.clone(),
            unit: self.unit.clone(),
            source: task.source,
            place: self.place(task.span),
            verdicts: Vec::new(),
            decided: true,
            instantiated: can_exist(task),
        };
        for rule in self.settings.rules_on() {
            let verdict = match &rule.check {
                Check::Exceptions => continue,
                Check::PerContainer {
                    applies,
                    check,
                    question,
                } => {
                    let mut worst = self.residue(task, rule, *applies, &mut judged);
                    for id in &containers {
                        let verdict =
                            self.container(task, id, rule, *applies, *check, question, &mut judged);
                        worst = worst.max(verdict);
                    }
                    worst
                }
            };
            judged.verdicts.push((rule.id, verdict));
        }
        if judged.instantiated && !is_not_there(task) {
            self.refused.borrow_mut().extend(refusals::of(task));
        }
        self.out.task_definitions.push(judged);
    }

    /// What a rule says of a task definition besides its listed containers.
    fn residue(
        &mut self,
        task: &TaskDefinition,
        rule: &'static Rule,
        applies: fn(&Cx, &TaskDefinition) -> Applies,
        judged: &mut Judged,
    ) -> Verdict {
        let cx = self.cx(task, rule);
        let explored = self.explore(task, || {
            if is_not_there(task) || matches!(applies(&cx, task), Applies::No) {
                return Ok(Outcome::NotApplicable);
            }
            match &task.containers().rest {
                Some(unknown) => {
                    if unknown.kind() == UnknownKind::Invalid && !task.world.is_refused() {
                        self.refused.borrow_mut().push(unknown.clone());
                    }
                    Err(unknown.clone())
                }
                None => Ok(Outcome::NotApplicable),
            }
        });
        if let Some(unknown) = explored.undetermined {
            judged.decided = false;
            let message = format!("cannot tell which containers task `{}` has", task.address);
            self.undetermined(task, rule, None, message, &unknown);
            return Verdict::Undetermined;
        }
        explored.verdict
    }

    #[allow(clippy::too_many_arguments)]
    fn container(
        &mut self,
        task: &TaskDefinition,
        id: &(usize, ContainerId),
        rule: &'static Rule,
        applies: fn(&Cx, &TaskDefinition) -> Applies,
        check: fn(&Cx, &TaskDefinition, &ContainerDefinition) -> Judgement,
        question: &str,
        judged: &mut Judged,
    ) -> Verdict {
        let cx = self.cx(task, rule);
        let explored = self.explore(task, || {
            if is_not_there(task) || matches!(applies(&cx, task), Applies::No) {
                return Ok(Outcome::NotApplicable);
            }
            let containers = task.containers();
            let Some(container) = find(&containers.list, id) else {
                return Ok(Outcome::NotApplicable);
            };
            let mut outcome = check(&cx, task, container)?;
            if let Outcome::Fail(failure) = &mut outcome {
                failure.written_as = container.first_member_name();
                if let Existence::Unknown(_) = task.exists() {
                    failure.only_if = Some("any instance of it exists");
                }
            }
            Ok(outcome)
        });
        let shown = id.1.name().map(str::to_owned);
        if let Some(unknown) = &explored.undetermined {
            judged.decided = false;
            let subject = subject(task, shown.as_deref());
            let message = format!("cannot tell {}", question.replace("{subject}", &subject));
            self.undetermined(task, rule, Some(&id.1), message, unknown);
        }
        if let Some((failure, when, assumes)) = explored.failure {
            self.finding(
                task,
                rule,
                &id.1,
                explored.verdict,
                *failure,
                &when,
                assumes,
            );
        }
        explored.verdict
    }

    fn cx<'b>(&'b self, task: &'b TaskDefinition, rule: &'static Rule) -> Cx<'b> {
        Cx {
            world: &task.world,
            settings: self.settings,
            rule: rule.id,
            refused: &self.refused,
        }
    }

    /// Tells each refused place once.
    fn problems(&mut self) {
        let mut told = HashSet::new();
        for unknown in self.refused.take() {
            if told.insert(unknown.span()) {
                self.out.problems.push(Problem {
                    kind: ProblemKind::Refused,
                    message: unknown.reason().to_owned(),
                    place: Some(self.place(unknown.span())),
                    path: None,
                    help: None,
                });
            }
        }
    }

    fn explore(&self, task: &TaskDefinition, judge: impl Fn() -> Judgement) -> Explored {
        let exploration = task.world.explore(judge);
        summarise(exploration, task.span)
    }

    fn undetermined(
        &mut self,
        task: &TaskDefinition,
        rule: &'static Rule,
        container: Option<&ContainerId>,
        message: String,
        unknown: &Unknown,
    ) {
        self.out.undetermined.push(Undetermined {
            rule: rule.id,
            address: task.address.clone(),
            container: container.and_then(ContainerId::name).map(str::to_owned),
            unit: self.unit.clone(),
            message,
            reason: unknown.reason().to_owned(),
            about: about(task, container),
            place: self.place(unknown.span()),
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn finding(
        &mut self,
        task: &TaskDefinition,
        rule: &'static Rule,
        id: &ContainerId,
        verdict: Verdict,
        failure: Failure,
        when: &[Answer],
        assumes: Vec<String>,
    ) {
        let container = id.name().map(str::to_owned);
        let notation = Notation::of(task.source, failure.written_as, self.sources);
        let answers = when.iter().map(Answer::to_string);
        let when: Vec<String> = answers.chain(failure.only_if.map(str::to_owned)).collect();
        let subject = subject(task, container.as_deref());
        let mut message = format!("{subject} {}", failure.message);
        if !when.is_empty() {
            message.push_str(" when ");
            message.push_str(&when.join(" and "));
        }
        let mut notes = failure.notes;
        // A template's value whose way begins where it stands was read as something else there.
        if task.source == SourceKind::CloudFormation
            && let Some(step) = failure.trail.steps().first()
            && step.span == failure.primary.span
        {
            notes.push(step.text.to_string());
        }
        let mut labels = self.steps(&failure.trail);
        let trail = labels.clone();
        for mark in &failure.marks {
            labels.push(self.label(mark.span, notation.fill(&mark.message, &failure.fix)));
            labels.extend(self.steps(&mark.trail));
        }
        let primary = self.label(
            failure.primary.span,
            notation.fill(&failure.primary.message, &failure.fix),
        );
        labels.retain(|label| label.place != primary.place);
        labels.dedup();
        let severity = self.settings.severity(rule.id).unwrap_or(failure.severity);
        let fingerprint = self.fingerprint(rule.id, &task.address, container.as_deref());
        self.out.findings.push(Finding {
            rule: rule.id,
            severity,
            verdict,
            evidence: failure.evidence,
            message,
            address: task.address.clone(),
            container,
            unit: self.unit.clone(),
            source: task.source,
            when,
            assumes,
            primary,
            labels,
            trail,
            about: about(task, Some(id)),
            instances: vec![Instance {
                unit: self.unit.clone(),
                address: task.address.clone(),
                fingerprint,
            }],
            help: notation.fill(failure.fix.text, &failure.fix),
            notes,
            status: None,
        });
    }

    fn steps(&self, trail: &Trail) -> Vec<Label> {
        let steps = trail.steps();
        let mut labels = Vec::with_capacity(steps.len().min(MAX_STEPS));
        for step in steps.into_iter().take(MAX_STEPS) {
            labels.push(self.label(step.span, step.text.to_string()));
        }
        labels
    }

    fn label(&self, span: Span, message: String) -> Label {
        Label {
            message,
            place: self.place(span),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place {
            span,
            location: self.sources.location(span),
        }
    }

    fn fingerprint(&mut self, rule: &str, address: &str, container: Option<&str>) -> String {
        let key = hash([rule, self.unit, address, container.unwrap_or("")]);
        let occurrence = self.occurrences.entry(key).or_default();
        let told = match *occurrence {
            0 => key,
            again => hash([&format!("{key:016x}"), &again.to_string()]),
        };
        *occurrence += 1;
        format!("{told:016x}")
    }
}

fn about(task: &TaskDefinition, container: Option<&ContainerId>) -> Vec<Span> {
    let container = container.map(ContainerId::span);
    std::iter::once(task.span).chain(container).collect()
}

/// Steps of a trail that are kept for a report.
const MAX_STEPS: usize = 100;

/// The containers that a task definition has in any world, each with the index at which it was
/// first met.
fn container_ids(task: &TaskDefinition) -> Vec<(usize, ContainerId)> {
    let exploration = task.world.explore(|| {
        if is_not_there(task) {
            return Vec::new();
        }
        let containers = task.containers();
        containers
            .list
            .iter()
            .map(ContainerDefinition::id)
            .collect()
    });
    let mut leaves = exploration.leaves.into_iter();
    let first = leaves.next().map(|leaf| leaf.outcome).unwrap_or_default();
    let mut seen: std::collections::HashSet<ContainerId> = first.iter().cloned().collect();
    let mut all: Vec<(usize, ContainerId)> = first.into_iter().enumerate().collect();
    for leaf in leaves {
        for (index, id) in leaf.outcome.into_iter().enumerate() {
            if seen.insert(id.clone()) {
                all.push((index, id));
            }
        }
    }
    all
}

fn find<'a>(
    list: &'a [ContainerDefinition],
    (index, id): &(usize, ContainerId),
) -> Option<&'a ContainerDefinition> {
    match list.get(*index) {
        Some(container) if container.id() == *id => Some(container),
        _ => list.iter().find(|container| container.id() == *id),
    }
}

fn is_not_there(task: &TaskDefinition) -> bool {
    matches!(task.exists(), Existence::NotInstantiated)
}

fn subject(task: &TaskDefinition, container: Option<&str>) -> String {
    match container {
        Some(name) => format!("container `{name}`"),
        None => format!("a container of task `{}`", task.address),
    }
}

fn can_exist(task: &TaskDefinition) -> bool {
    let exploration = task.world.explore(|| task.exists());
    exploration
        .leaves
        .iter()
        .any(|leaf| !matches!(leaf.outcome, Existence::NotInstantiated))
}

/// The verdict over all worlds: *fail* if all fail, *conditional* if some do.
fn summarise(mut exploration: Exploration<Judgement>, span: Span) -> Explored {
    let fails = |outcome: &Judgement| matches!(outcome, Ok(Outcome::Fail(_)));
    let mut undetermined = exploration
        .leaves
        .iter()
        .find_map(|leaf| leaf.outcome.as_ref().err().cloned());
    if !exploration.complete {
        undetermined.get_or_insert_with(|| {
            let reason = format!("it depends on more conditions than {MAX_WORLDS} worlds tell");
            Unknown::limit(reason, span)
        });
    }
    let failing: Vec<usize> = (0..exploration.leaves.len())
        .filter(|&at| fails(&exploration.leaves[at].outcome))
        .collect();
    // The first of the worst severity.
    let severity = |at: usize| match &exploration.leaves[at].outcome {
        Ok(Outcome::Fail(failure)) => failure.severity,
        _ => Severity::Info,
    };
    let worst = failing
        .iter()
        .copied()
        .max_by_key(|&at| (severity(at), std::cmp::Reverse(at)));
    let Some(worst) = worst else {
        let verdict = match &undetermined {
            Some(_) => Verdict::Undetermined,
            None => exploration
                .leaves
                .iter()
                .filter_map(|leaf| leaf.outcome.as_ref().ok())
                .map(Outcome::verdict)
                .max()
                .unwrap_or(Verdict::NotApplicable),
        };
        return Explored {
            verdict,
            failure: None,
            undetermined,
        };
    };
    let always = exploration.complete && failing.len() == exploration.leaves.len();
    let when = exploration.witness(worst, fails);
    let leaf = exploration.leaves.swap_remove(worst);
    let assumes = leaf
        .assumes
        .iter()
        .map(|(symbol, value)| format!("`{}` is {value}", symbol.label()))
        .collect();
    let Ok(Outcome::Fail(failure)) = leaf.outcome else {
        unreachable!("the worst world is one of the failing ones");
    };
    Explored {
        verdict: if always && failure.only_if.is_none() {
            Verdict::Fail
        } else {
            Verdict::Conditional
        },
        failure: Some((failure, when, assumes)),
        undetermined,
    }
}

/// How a member is written where the container stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Notation {
    /// `user = "1000"`
    Hcl,
    /// `"user": "1000"`
    Json,
    /// `"User": "1000"`
    CloudFormationJson,
    /// `User: "1000"`
    Yaml,
}

impl Notation {
    /// `name`: where the name of a member of the container is written.
    fn of(source: SourceKind, name: Option<Span>, sources: &SourceMap) -> Notation {
        // In both kinds of JSON, and in no other notation by custom, names stand in quotes.
        let quoted = name.is_some_and(|span| sources.file(span.file).slice(span).starts_with('"'));
        match (source, quoted) {
            (SourceKind::Api, _) | (SourceKind::Terraform, true) => Notation::Json,
            (SourceKind::Terraform, false) => Notation::Hcl,
            (SourceKind::CloudFormation, true) => Notation::CloudFormationJson,
            (SourceKind::CloudFormation, false) => Notation::Yaml,
        }
    }

    fn fill(self, text: &str, fix: &Fix) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{member}", &self.member(fix.member))
            .replace("{example}", &self.example(fix))
    }

    fn member(self, api: &str) -> String {
        match self {
            Notation::Hcl | Notation::Json => api.to_owned(),
            Notation::CloudFormationJson | Notation::Yaml => {
                let mut letters = api.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                first.into_iter().chain(letters).collect()
            }
        }
    }

    fn example(self, fix: &Fix) -> String {
        let name = self.member(fix.member);
        match (self, &fix.value) {
            (Notation::Hcl, value) => {
                let value = match value {
                    FixValue::Text(text) => hcl::Expression::from(*text),
                    FixValue::Bool(flag) => hcl::Expression::from(*flag),
                };
                let attribute = hcl::Attribute::new(name.as_str(), value);
                hcl::format::to_string(&attribute)
                    .map(|text| text.trim_end().to_owned())
                    .unwrap_or(name)
            }
            (Notation::Json | Notation::CloudFormationJson, FixValue::Text(text)) => {
                format!("{}: {}", serde_json::json!(name), serde_json::json!(text))
            }
            (Notation::Json | Notation::CloudFormationJson, FixValue::Bool(flag)) => {
                format!("{}: {flag}", serde_json::json!(name))
            }
            (Notation::Yaml, FixValue::Text(text)) => {
                format!("{name}: {}", serde_json::json!(text))
            }
            (Notation::Yaml, FixValue::Bool(flag)) => format!("{name}: {flag}"),
        }
    }
}

/// Makes one finding of those that say the same of the same text, with all their instances.
pub fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last) if same(last, &finding) => last.instances.extend(finding.instances),
            _ => merged.push(finding),
        }
    }
    merged
}

fn order(finding: &Finding) -> impl Ord + '_ {
    (
        &finding.primary.place.location,
        finding.rule,
        finding.verdict,
        finding.evidence,
        (&finding.container, &finding.when, &finding.assumes),
        finding.status,
        (&finding.unit, &finding.address),
    )
}

fn same(a: &Finding, b: &Finding) -> bool {
    a.rule == b.rule
        && a.primary == b.primary
        && a.verdict == b.verdict
        && a.evidence == b.evidence
        && a.severity == b.severity
        && a.container == b.container
        && a.when == b.when
        && a.assumes == b.assumes
        && a.status == b.status
}
