//! One finding of those that say the same of the same text.

use crate::finding::{Finding, hash};
use foldhash::HashMap;

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
    let mut seen: HashMap<String, u32> = HashMap::default();
    for finding in &mut merged {
        let before = seen.entry(finding.fingerprint.clone()).or_default();
        finding.fingerprint = occurring(std::mem::take(&mut finding.fingerprint), *before);
        *before += 1;
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
        (&finding.unit, &finding.address, finding.environment()),
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

/// A fingerprint where there were `before` like it.
pub(super) fn occurring(fingerprint: String, before: u32) -> String {
    match before {
        0 => fingerprint,
        again => format!("{:016x}", hash([&fingerprint, &again.to_string()])),
    }
}
