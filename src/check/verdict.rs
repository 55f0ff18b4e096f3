//! Judgements of a rule in all worlds to one verdict.

use crate::finding::{Severity, Verdict};
use crate::rules::{Failure, Judgement, NotTold, Outcome};
use crate::source::Span;
use crate::value::Unknown;
use crate::worlds::{Answerable, Exploration, Leaf, MAX_WORLDS, Premise, Symbol};
use std::cmp::Reverse;

/// What one computation over all worlds comes to.
pub(super) struct Explored {
    pub verdict: Verdict,
    /// The worst failure among the worlds, with the fewest answers that lead to failures.
    pub failure: Option<(Box<Failure>, Vec<Premise>)>,
    /// The defaults that the verdict rests on.
    pub assumes: Vec<String>,
    pub undetermined: Option<NotTold>,
    /// Where nothing else is wrong: a failure of worlds that are not deployed, and why they are not.
    pub ruled_out: Option<(Box<Failure>, Unknown)>,
}

/// The verdict over all worlds: *fail* if all fail, *conditional* if some do.
/// `needed` tells the defaults that a world's judgement rests on.
pub(super) fn summarise(
    mut exploration: Exploration<Judgement>,
    span: Span,
    needed: impl Fn(&Leaf<Judgement>) -> Vec<(Symbol, Answerable)>,
) -> Explored {
    let fails = |outcome: &Judgement| matches!(outcome, Ok(Outcome::Fail(_)));
    let mut undetermined = exploration
        .leaves
        .iter()
        .find_map(|leaf| leaf.outcome.as_ref().err().cloned());
    if !exploration.complete {
        undetermined.get_or_insert_with(|| {
            let reason = format!("it depends on more conditions than {MAX_WORLDS} worlds tell");
            Unknown::limit(reason, span).into()
        });
    }
    let failing: Vec<usize> = (0..exploration.leaves.len())
        .filter(|&at| fails(&exploration.leaves[at].outcome))
        .collect();
    // The first of the worst severity, and rather one that nothing else must hold for.
    let rank = |at: usize| match &exploration.leaves[at].outcome {
        Ok(Outcome::Fail(failure)) => (failure.severity, failure.only_if.is_none()),
        _ => (Severity::Info, false),
    };
    let worst = failing
        .iter()
        .copied()
        .max_by_key(|&at| (rank(at), Reverse(at)));
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
        let assumes = match verdict {
            Verdict::Pass | Verdict::NotApplicable => assumed(&exploration.leaves, needed),
            _ => Vec::new(),
        };
        let mut ruled_out = exploration.ruled_out.into_iter();
        let ruled_out = ruled_out.find_map(|(leaf, why)| match leaf.outcome {
            Ok(Outcome::Fail(failure)) => Some((failure, why)),
            _ => None,
        });
        return Explored {
            verdict,
            failure: None,
            assumes,
            ruled_out: ruled_out.filter(|_| undetermined.is_none()),
            undetermined,
        };
    };
    let (_, is_certain) = rank(worst);
    // Where it may be that nothing fails, that is another outcome than this one.
    let fails = |outcome: &Judgement| match outcome {
        Ok(Outcome::Fail(failure)) => !is_certain || failure.only_if.is_none(),
        _ => false,
    };
    let mut leaves = exploration.leaves.iter();
    let always = exploration.complete && leaves.all(|leaf| fails(&leaf.outcome));
    let when = exploration.witness(worst, fails);
    let when = exploration.premises(worst, when, fails);
    let otherwise = otherwise(&exploration, worst, always);
    let leaf = exploration.leaves.swap_remove(worst);
    let assumes = assumed(std::slice::from_ref(&leaf), needed);
    let Ok(Outcome::Fail(mut failure)) = leaf.outcome else {
        unreachable!("the worst world is one of the failing ones");
    };
    failure.notes.extend(otherwise);
    Explored {
        verdict: if always && failure.only_if.is_none() {
            Verdict::Fail
        } else {
            Verdict::Conditional
        },
        failure: Some((failure, when)),
        assumes,
        undetermined,
        ruled_out: None,
    }
}

/// Where some worlds fail for another reason than the worst: when it is the one, and what it is
/// otherwise.
fn otherwise(exploration: &Exploration<Judgement>, worst: usize, always: bool) -> Option<String> {
    let failure = |outcome: &Judgement| match outcome {
        Ok(Outcome::Fail(failure)) => Some((failure.evidence, failure.message.clone())),
        _ => None,
    };
    let (evidence, message) = failure(&exploration.leaves[worst].outcome)?;
    let failures = exploration.leaves.iter();
    let mut failures = failures.filter_map(|leaf| failure(&leaf.outcome));
    let (_, other) = failures.find(|(own, _)| *own != evidence)?;
    let same = |outcome: &Judgement| failure(outcome).is_some_and(|(own, _)| own == evidence);
    let when = exploration.witness(worst, same);
    let when = exploration.premises(worst, when, same);
    let when: Vec<String> = when.iter().map(Premise::to_string).collect();
    let rest = match always {
        true => "otherwise",
        false => "where else this fails",
    };
    let when = when.join(" and ");
    Some(format!("it {message} when {when}, and {other} {rest}"))
}

/// Whether two worlds fail for the same reason, or have the same verdict.
pub(super) fn same_judgement(a: &Judgement, b: &Judgement) -> bool {
    match (a, b) {
        (Ok(Outcome::Fail(a)), Ok(Outcome::Fail(b))) => a.evidence == b.evidence,
        (Ok(a), Ok(b)) => a.verdict() == b.verdict(),
        _ => false,
    }
}

/// The defaults that the judgements of some worlds rest on, each once.
fn assumed(
    leaves: &[Leaf<Judgement>],
    needed: impl Fn(&Leaf<Judgement>) -> Vec<(Symbol, Answerable)>,
) -> Vec<String> {
    let mut all: Vec<(Symbol, Answerable)> = Vec::new();
    for leaf in leaves {
        if leaf.assumes.iter().all(|one| all.contains(one)) {
            continue;
        }
        for one in needed(leaf) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    let told = |(symbol, value): &(Symbol, Answerable)| match symbol.is_sensitive() {
        true => format!("`{}` is its default (sensitive)", symbol.label()),
        false => format!("`{}` is {value}", symbol.label()),
    };
    all.iter().map(told).collect()
}
