//! Rules over the model in every world: judgements to findings and verdicts.
//!
//! Each rule is explored for each container on its own, over the members that it reads, so that
//! a container pays only for its own conditions. What a task definition has no list for (its
//! existence, an open container list) is explored once for each rule as its *residue*.

mod containers;
mod merge;
mod notation;
mod precedents;
mod verdict;

use crate::finding::{
    Finding, Instance, Judged, Label, Place, Problem, ProblemKind, Undetermined, Verdict, hash,
};
use crate::model::{Existence, SourceKind, TaskDefinition, refusals};
use crate::rules::{
    Applies, Check, Cx, Failure, Judgement, NotTold, Outcome, PerContainer, Rule, Settings,
};
use crate::source::{SourceMap, Span};
use crate::value::{Trail, Unknown};
use crate::worlds::{Answerable, Leaf, Premise, Symbol};
use containers::{Known, Together, known_containers};
use foldhash::{HashMap, HashSet};
use merge::occurring;
use notation::Notation;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use verdict::{Explored, same_judgement, summarise};

pub use merge::merge;
pub use precedents::Precedents;

/// What the rules say of the task definitions of one unit.
#[derive(Default, Debug)]
pub struct Judgements {
    pub findings: Vec<Finding>,
    pub undetermined: Vec<Undetermined>,
    /// What was read and would be refused.
    pub problems: Vec<Problem>,
    pub task_definitions: Vec<Judged>,
}

/// Judges every task definition of a unit, as it is in an environment, by every rule that is on.
/// `precedents` are those of the run, for these sources and settings.
pub fn check(
    sources: &SourceMap,
    settings: &Settings,
    unit: &Arc<str>,
    environment: Option<&Arc<str>>,
    precedents: &Precedents,
    tasks: &[TaskDefinition],
) -> Judgements {
    let mut checker = Checker {
        sources,
        settings,
        unit,
        environment,
        precedents,
        out: Judgements::default(),
        occurrences: HashMap::default(),
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
    environment: Option<&'a Arc<str>>,
    precedents: &'a Precedents,
    out: Judgements,
    /// How often a fingerprint's key was seen, so that no two instances share one.
    occurrences: HashMap<u64, u32>,
    refused: RefCell<Vec<Unknown>>,
}

/// One rule over one task definition.
struct Case<'a> {
    task: &'a TaskDefinition,
    rule: &'static Rule,
    judge: &'static PerContainer,
}

/// The worst verdict over the containers of a task definition, and the defaults that it rests on.
struct Worst {
    verdict: Verdict,
    assumes: Vec<String>,
}

impl Worst {
    fn add(&mut self, verdict: Verdict, assumes: Vec<String>) {
        // Where nothing is wrong, that rests on every container.
        if verdict > self.verdict && verdict > Verdict::Pass {
            self.assumes = assumes;
        } else if verdict >= self.verdict || self.verdict <= Verdict::Pass {
            for one in assumes {
                if !self.assumes.contains(&one) {
                    self.assumes.push(one);
                }
            }
        }
        self.verdict = self.verdict.max(verdict);
    }
}

impl Checker<'_> {
    fn task(&mut self, task: &TaskDefinition) {
        self.refused
            .borrow_mut()
            .extend(task.refused.iter().cloned());
        let mut judged = Judged {
            address: task.address.clone(),
            unit: self.unit.clone(),
            environment: self.environment.cloned(),
            source: task.source,
            place: self.place(task.span),
            cdk_path: task.cdk_path.clone(),
            verdicts: Vec::new(),
            assumes: Vec::new(),
            decided: true,
            instantiated: true,
            passed_over: Vec::new(),
        };
        match self.precedents.of(task, self.environment.is_some()) {
            Some(precedent) => precedent.tell(&mut judged),
            None => {
                let before = self.told();
                self.judge(task, &mut judged);
                if self.told() == before {
                    self.precedents.set(task, &judged);
                }
            }
        }
        let instances =
            task.for_each_instance(judged, |one, address| one.address = address.clone());
        self.out.task_definitions.extend(instances);
    }

    /// How much was said so far besides verdicts.
    fn told(&self) -> usize {
        let Judgements {
            findings,
            undetermined,
            problems,
            task_definitions: _,
        } = &self.out;
        findings.len() + undetermined.len() + problems.len() + self.refused.borrow().len()
    }

    fn judge(&mut self, task: &TaskDefinition, judged: &mut Judged) {
        if let Some(likeness) = &task.likeness {
            self.refused.borrow_mut().extend((likeness.refused)());
        }
        let known = known_containers(task);
        judged.instantiated = can_exist(task);
        for rule in self.settings.rules_on() {
            let worst = match &rule.check {
                Check::Exceptions => continue,
                Check::PerContainer(judge) => {
                    let case = Case { task, rule, judge };
                    let (mut worst, applies) = self.residue(&case, &known, judged);
                    // Where the rule applies in no world, each container would tell the same.
                    for together in known.iter().filter(|_| applies) {
                        for at in 0..together.known.len() {
                            let (verdict, assumes) = self.container(&case, together, at, judged);
                            worst.add(verdict, assumes);
                        }
                    }
                    worst
                }
            };
            judged.verdicts.push((rule.id, worst.verdict));
            if !worst.assumes.is_empty() {
                judged.assumes.push((rule.id, worst.assumes));
            }
        }
        if judged.instantiated && !is_not_there(task) {
            self.refused.borrow_mut().extend(refusals::of(task));
        }
    }

    /// What a rule says of a task definition besides its listed containers, and whether it may apply
    /// to them in some world.
    fn residue(&mut self, case: &Case, known: &[Together], judged: &mut Judged) -> (Worst, bool) {
        let task = case.task;
        let cx = self.cx(case);
        let applies = Cell::new(task.changed_by.is_some());
        let beside = |together: &Together| {
            if is_not_there(task) {
                return Ok(Outcome::NotApplicable);
            }
            if let Some(unknown) = &task.changed_by {
                return Err(unknown.clone().into());
            }
            if matches!((case.judge.applies)(&cx, task), Applies::No) {
                return Ok(Outcome::NotApplicable);
            }
            applies.set(true);
            match together.rest(task) {
                Some(unknown) => {
                    if unknown.is_refused() && !task.world.is_refused() {
                        self.refused.borrow_mut().push(unknown.clone());
                    }
                    Err(unknown.into())
                }
                None => Ok(Outcome::NotApplicable),
            }
        };
        let mut worst = Worst {
            verdict: Verdict::NotApplicable,
            assumes: Vec::new(),
        };
        let mut undetermined = None;
        for together in known {
            let explored = self.explore(task, || beside(together));
            undetermined = undetermined.or(explored.undetermined);
            worst.add(explored.verdict, explored.assumes);
        }
        if let Some(NotTold { unknown, .. }) = undetermined {
            judged.decided = false;
            let message = |address: &str| match task.changed_by {
                Some(_) => format!("cannot tell what becomes of task `{address}`"),
                None => format!("cannot tell which containers task `{address}` has"),
            };
            applies.set(true);
            self.undetermined(case, None, message, &unknown);
        }
        (worst, applies.get())
    }

    /// What a rule says of the known container at an index, and the defaults that this rests on.
    fn container(
        &mut self,
        case: &Case,
        together: &Together,
        at: usize,
        judged: &mut Judged,
    ) -> (Verdict, Vec<String>) {
        let (task, rule) = (case.task, case.rule);
        let own = &together.known[at];
        let cx = self.cx(case);
        let passed_over = Cell::new(false);
        let explored = self.explore(task, || {
            if is_not_there(task) || matches!((case.judge.applies)(&cx, task), Applies::No) {
                return Ok(Outcome::NotApplicable);
            }
            let containers = task.containers_in(&together.portion);
            let found = task.world.aside(|| together.find(&containers.list, at));
            let Some(container) = found else {
                return Ok(Outcome::NotApplicable);
            };
            let mut outcome = (case.judge.check)(&cx, task, container)?;
            if matches!(outcome, Outcome::NotApplicable) {
                passed_over.set(true);
            }
            if let Outcome::Fail(failure) = &mut outcome {
                failure.container = task.world.aside(|| container.shown_name());
                failure.written_as = container.first_member_name();
                if let Existence::Unknown(_) = task.exists() {
                    failure.only_if = Some("any instance of it exists");
                } else if task.changed_by.is_some() {
                    failure.only_if = Some("macros leave it as it is");
                }
            }
            Ok(outcome)
        });
        if passed_over.get() && self.environment.is_some() {
            judged.passed_over.push((rule.id, own.shown.clone()));
        }
        if let Some(NotTold { unknown, question }) = &explored.undetermined {
            judged.decided = false;
            let message = |address: &str| {
                let subject = subject(address, own.shown.as_deref());
                let question = question.unwrap_or(case.judge.question);
                let question = question.replace("{subject}", &subject);
                format!("cannot tell {question}")
            };
            self.undetermined(case, Some(own), message, unknown);
        }
        if let Some((failure, why)) = &explored.ruled_out {
            self.ruled_out(own, failure, why);
        }
        if let Some((failure, when)) = explored.failure {
            let assumes = explored.assumes.clone();
            self.finding(case, own, explored.verdict, *failure, &when, assumes);
        }
        (explored.verdict, explored.assumes)
    }

    /// Tells of a failure that there is only where nothing is deployed, which a reader may miss among
    /// the findings. What a template's own rules are there to prevent, its author knows.
    fn ruled_out(&mut self, own: &Known, failure: &Failure, why: &Unknown) {
        let name = failure.container.as_deref().or(own.shown.as_deref());
        let subject = match name {
            Some(name) => format!("container `{name}`"),
            None => "this container".to_owned(),
        };
        let (fact, reason) = (&failure.message, why.reason());
        self.out.problems.push(Problem {
            kind: ProblemKind::Note,
            message: format!("{subject} {fact} only where the deployment is refused: {reason}"),
            place: Some(self.place(failure.primary.span)),
            path: None,
            help: None,
        });
    }

    fn cx<'b>(&'b self, case: &Case<'b>) -> Cx<'b> {
        Cx {
            world: &case.task.world,
            settings: self.settings,
            rule: case.rule.id,
            refused: &self.refused,
        }
    }

    /// Tells each refused place once.
    fn problems(&mut self) {
        let mut told = HashSet::default();
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
        let mut exploration = task.world.explore(|| {
            let before = self.refused.borrow().len();
            let judgement = judge();
            let told = self.refused.borrow_mut().split_off(before);
            (judgement, told)
        });
        let refusal = exploration.refusal.as_ref().map(|why| {
            let reason = why.reason();
            let reason =
                format!("no values of the parameters let this template be deployed: {reason}");
            Unknown::invalid(reason, why.span())
        });
        self.refused.borrow_mut().extend(refusal);
        // What is refused in a world that there is not need not be told.
        for leaf in &mut exploration.leaves {
            self.refused.borrow_mut().append(&mut leaf.outcome.1);
        }
        let exploration = exploration.map(|(judgement, _)| judgement);
        let refused = self.refused.borrow().len();
        let needed = |leaf: &Leaf<Judgement>| -> Vec<(Symbol, Answerable)> {
            let same = |outcome: &Judgement| same_judgement(outcome, &leaf.outcome);
            let needed = task.world.needed(leaf, &judge, same);
            needed.into_iter().cloned().collect()
        };
        let explored = summarise(exploration, task.span, needed);
        // What was tried without a default is not there to be told.
        self.refused.borrow_mut().truncate(refused);
        explored
    }

    fn undetermined(
        &mut self,
        case: &Case,
        container: Option<&Known>,
        message: impl Fn(&str) -> String,
        unknown: &Unknown,
    ) {
        let task = case.task;
        let undetermined = Undetermined {
            rule: case.rule.id,
            address: task.address.clone(),
            container: container.and_then(|own| own.shown.clone()),
            unit: self.unit.clone(),
            environments: self.environment.into_iter().cloned().collect(),
            message: String::new(),
            reason: unknown.reason().to_owned(),
            is_refused: unknown.is_refused(),
            cdk_path: task.cdk_path.clone(),
            about: about(task, container),
            place: self.place(unknown.span()),
        };
        let instances = task.for_each_instance(undetermined, |one, address| {
            one.message = message(address);
            one.address = address.clone();
        });
        self.out.undetermined.extend(instances);
    }

    fn finding(
        &mut self,
        case: &Case,
        own: &Known,
        verdict: Verdict,
        failure: Failure,
        premises: &[Premise],
        assumes: Vec<String>,
    ) {
        let (task, rule) = (case.task, case.rule);
        // In the worlds in which it fails, it may have another name.
        let container = failure.container.or_else(|| own.shown.clone());
        let notation = Notation::of(task.source, failure.written_as, self.sources);
        let only_if = failure.only_if.map(str::to_owned);
        let answers = premises.iter().map(|premise| premise.answer.to_string());
        let when: Vec<String> = answers.chain(only_if.clone()).collect();
        let mut fact = failure.message;
        if !when.is_empty() {
            let told = premises.iter().map(Premise::to_string).chain(only_if);
            fact.push_str(" when ");
            fact.push_str(&told.collect::<Vec<String>>().join(" and "));
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
        let finding = Finding {
            rule: rule.id,
            severity,
            verdict,
            evidence: failure.evidence,
            message: String::new(),
            address: task.address.clone(),
            container,
            unit: self.unit.clone(),
            source: task.source,
            when,
            assumes,
            cdk_path: task.cdk_path.clone(),
            primary,
            labels,
            trail,
            about: about(task, Some(own)),
            instances: Vec::new(),
            fingerprint: String::new(),
            help: notation.fill(failure.fix.text, &failure.fix),
            notes,
            status: None,
        };
        let instances =
            task.for_each_instance(finding, |one, address| self.address(one, address, &fact));
        self.out.findings.extend(instances);
    }

    /// Makes a finding that of the instance at an address, where `fact` is what is found.
    fn address(&mut self, finding: &mut Finding, address: &Arc<str>, fact: &str) {
        let container = finding.container.as_deref();
        let named = container.unwrap_or("");
        // Environments are told apart by what they make of it: a finding in another file of
        // values, or for another reason, is another one.
        let fingerprint = hash([
            finding.rule,
            self.unit,
            address,
            named,
            &finding.primary.place.location.path,
            finding.evidence,
        ]);
        let instance = Instance {
            unit: self.unit.clone(),
            address: address.clone(),
            environment: self.environment.cloned(),
            fingerprint: self.fingerprint(finding.rule, address, named),
        };
        finding.message = format!("{} {fact}", subject(address, container));
        finding.address = address.clone();
        finding.instances = vec![instance];
        finding.fingerprint = format!("{fingerprint:016x}");
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

    /// The fingerprint of one instance, in its environment.
    fn fingerprint(&mut self, rule: &str, address: &str, container: &str) -> String {
        let key = match self.environment {
            None => hash([rule, self.unit, address, container]),
            Some(environment) => hash([rule, self.unit, address, container, environment]),
        };
        let occurrence = self.occurrences.entry(key).or_default();
        *occurrence += 1;
        occurring(format!("{key:016x}"), *occurrence - 1)
    }
}

fn about(task: &TaskDefinition, container: Option<&Known>) -> Vec<Span> {
    let container = container.map(|own| own.id.span());
    let declared = std::iter::once(task.span).chain(container);
    declared.chain(task.calls.iter().copied()).collect()
}

/// Steps of a trail that are kept for a report.
const MAX_STEPS: usize = 100;

fn is_not_there(task: &TaskDefinition) -> bool {
    matches!(task.exists(), Existence::NotInstantiated)
}

fn subject(address: &str, container: Option<&str>) -> String {
    match container {
        Some(name) => format!("container `{name}`"),
        None => format!("a container of task `{address}`"),
    }
}

fn can_exist(task: &TaskDefinition) -> bool {
    let exploration = task.world.explore(|| task.exists());
    exploration
        .leaves
        .iter()
        .any(|leaf| !matches!(leaf.outcome, Existence::NotInstantiated))
}
