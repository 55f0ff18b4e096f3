//! In which environments something holds, in words.

use super::Names;
use crate::finding::{Finding, Problem, Undetermined};
use crate::ledger::Entries;
use crate::source::Span;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Environments that are named before "and 12 more".
const MAX_NAMED: usize = 5;

/// What was found in which environment, before anything is hidden.
pub struct Told {
    /// By unit, those in which it was judged.
    judged: HashMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// What fails, cannot be told or was passed over somewhere.
    open: HashSet<Open>,
}

/// Of a rule about a container in an environment of a unit. An instance whose key is not known may
/// be any other of its declaration, so the declaration stands for all.
#[derive(PartialEq, Eq, Hash)]
struct Open {
    rule: &'static str,
    unit: Arc<str>,
    environment: Arc<str>,
    declaration: Option<Span>,
    container: Container,
}

#[derive(PartialEq, Eq, Hash)]
enum Container {
    Named(String),
    Unnamed,
    /// There is one of these, or it is about the task definition as a whole.
    Any,
}

impl Told {
    pub fn of(entries: &Entries) -> Told {
        let mut told = Told {
            judged: HashMap::new(),
            open: HashSet::new(),
        };
        for judged in &entries.task_definitions {
            if let Some(environment) = &judged.environment {
                let own = told.judged.entry(judged.unit.clone()).or_default();
                own.insert(environment.clone());
                for (rule, container) in &judged.passed_over {
                    let place = (&judged.unit, environment, Some(judged.place.span));
                    told.open(rule, place, container);
                }
            }
        }
        if told.judged.is_empty() {
            return told;
        }
        for finding in &entries.findings {
            for instance in &finding.instances {
                if let Some(environment) = &instance.environment {
                    let declaration = finding.about.first().copied();
                    let place = (&instance.unit, environment, declaration);
                    told.open(finding.rule, place, &finding.container);
                }
            }
        }
        for one in &entries.undetermined {
            for environment in &one.environments {
                let declaration = one.about.first().copied();
                told.open(
                    one.rule,
                    (&one.unit, environment, declaration),
                    &one.container,
                );
            }
        }
        told
    }

    /// Notes a container of a declaration in a unit and environment.
    fn open(
        &mut self,
        rule: &'static str,
        (unit, environment, declaration): (&Arc<str>, &Arc<str>, Option<Span>),
        container: &Option<String>,
    ) {
        let own = match container {
            Some(name) => Container::Named(name.clone()),
            None => Container::Unnamed,
        };
        self.open
            .extend([own, Container::Any].map(|container| Open {
                rule,
                unit: unit.clone(),
                environment: environment.clone(),
                declaration,
                container,
            }));
    }

    /// Adds to what is told in which environments it holds. Findings are merged already; what is
    /// undetermined in several environments becomes one.
    pub fn tell(&self, entries: &mut Entries) {
        if self.judged.is_empty() {
            return;
        }
        for finding in &mut entries.findings {
            self.tell_finding(finding);
        }
        entries.undetermined = merge(std::mem::take(&mut entries.undetermined));
        for one in &mut entries.undetermined {
            if let Some(rest) = one.message.strip_prefix("cannot tell ")
                && !one.environments.is_empty()
            {
                one.message = format!("cannot tell in {} {rest}", names(&one.environments));
            }
        }
    }

    fn tell_finding(&self, finding: &mut Finding) {
        let held = environments_of(finding, &finding.unit, &finding.address);
        let Some(judged) = self.judged.get(&finding.unit) else {
            return;
        };
        if held.is_empty() {
            return;
        }
        let is_open = |environment: &Arc<str>| {
            let with = |container: Container| {
                self.open.contains(&Open {
                    rule: finding.rule,
                    unit: finding.unit.clone(),
                    environment: environment.clone(),
                    declaration: finding.about.first().copied(),
                    container,
                })
            };
            // One without a known name may be any other.
            match &finding.container {
                Some(name) => with(Container::Named(name.clone())) || with(Container::Unnamed),
                None => with(Container::Any),
            }
        };
        let free = judged.iter().filter(|name| !is_open(name));
        let free: Vec<Arc<str>> = free.cloned().collect();
        let mut text = format!(" in {}", names(&held));
        if !free.is_empty() {
            text.push_str(&format!(", not in {}", listed(&free, "or")));
        }
        // What follows may have remarks between the answers.
        let first = finding.when.first();
        let when = first.and_then(|first| finding.message.rfind(&format!(" when {first}")));
        match when {
            Some(at) => {
                let comma = if free.is_empty() { "" } else { "," };
                finding.message.insert_str(at, &format!("{text}{comma}"));
            }
            None => finding.message.push_str(&text),
        }
    }
}

/// The problems of a unit in each run over its environments. One that it has in some of them only
/// says in which.
pub fn of_some(mut runs: Vec<(Names, Vec<Problem>)>) -> Vec<Problem> {
    runs.retain(|(names, _)| !names.is_empty());
    let count = runs.len();
    if count <= 1 {
        return runs
            .into_iter()
            .flat_map(|(_, problems)| problems)
            .collect();
    }
    // By what it says and where: the runs that have it.
    let key = |one: &Problem| {
        let span = one.place.as_ref().map(|place| place.span);
        (span, one.path.clone(), one.kind, one.message.clone())
    };
    let mut having: HashMap<_, BTreeSet<usize>> = HashMap::new();
    for (at, (_, problems)) in runs.iter().enumerate() {
        for problem in problems {
            having.entry(key(problem)).or_default().insert(at);
        }
    }
    let mut told = HashSet::new();
    let mut all = Vec::new();
    for problem in runs.iter().flat_map(|(_, problems)| problems) {
        let key = key(problem);
        let having = &having[&key];
        if !told.insert(key) {
            continue;
        }
        let mut problem = problem.clone();
        if having.len() < count {
            let own = having.iter().flat_map(|at| runs[*at].0.iter().flatten());
            let own: BTreeSet<Arc<str>> = own.cloned().collect();
            let own: Vec<Arc<str>> = own.into_iter().collect();
            problem
                .message
                .push_str(&format!(", in {}", environments(&own)));
        }
        all.push(problem);
    }
    all
}

/// The environments in which a finding holds for an instance.
pub fn environments_of(finding: &Finding, unit: &str, address: &str) -> Vec<Arc<str>> {
    let own = finding.instances.iter();
    let own = own.filter(|one| &*one.unit == unit && &*one.address == address);
    let own: BTreeSet<Arc<str>> = own.filter_map(|one| one.environment.clone()).collect();
    own.into_iter().collect()
}

/// "environment `a`", or "environments `a` and `b`".
pub fn environments(all: &[Arc<str>]) -> String {
    let noun = if all.len() == 1 {
        "environment"
    } else {
        "environments"
    };
    format!("{noun} {}", names(all))
}

/// "`a`, `b` and `c`".
pub fn names(all: &[Arc<str>]) -> String {
    listed(all, "and")
}

fn listed(all: &[Arc<str>], last_word: &str) -> String {
    let mut quoted: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    if quoted.len() > MAX_NAMED {
        let more = quoted.len() - MAX_NAMED;
        quoted.truncate(MAX_NAMED);
        quoted.push(format!("{more} more"));
    }
    match quoted.pop() {
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} {last_word} {last}", quoted.join(", ")),
        None => String::new(),
    }
}

/// Makes one of those that differ in nothing but their environment; they are sorted.
fn merge(all: Vec<Undetermined>) -> Vec<Undetermined> {
    let mut merged: Vec<Undetermined> = Vec::with_capacity(all.len());
    for one in all {
        let mut before = merged.iter_mut().rev();
        let same = |other: &Undetermined| {
            other.place == one.place
                && other.rule == one.rule
                && other.unit == one.unit
                && other.address == one.address
                && other.container == one.container
        };
        let before = before.by_ref().take_while(|other| same(other));
        // Two that differ in nothing at all are two.
        let known = before.filter(|other| {
            !other.environments.is_empty()
                && one
                    .environments
                    .iter()
                    .all(|name| !other.environments.contains(name))
                && (&other.message, &other.reason) == (&one.message, &one.reason)
        });
        match known.last() {
            Some(other) if !one.environments.is_empty() => {
                other.environments.extend(one.environments);
            }
            _ => merged.push(one),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::Sample;

    #[test]
    fn names_are_few() {
        let of = |count: u8| {
            let all: Vec<Arc<str>> = (0..count)
                .map(|n| char::from(b'a' + n).to_string().into())
                .collect();
            names(&all)
        };
        assert_eq!(of(0), "");
        assert_eq!(of(1), "`a`");
        assert_eq!(of(2), "`a` and `b`");
        assert_eq!(of(5), "`a`, `b`, `c`, `d` and `e`");
        assert_eq!(of(7), "`a`, `b`, `c`, `d`, `e` and 2 more");
    }

    #[test]
    fn what_is_the_same_everywhere_is_told_once() {
        let sample = Sample::new(&[("main.tf", "x y")]);
        let one = |text: &str, environment: Option<&str>| Undetermined {
            environments: environment.into_iter().map(Arc::from).collect(),
            ..sample.undetermined("db", sample.label("main.tf", text, "it is open"))
        };
        let all = [
            ("x", Some("a")),
            ("x", Some("a")),
            ("x", Some("b")),
            ("x", Some("b")),
            ("y", Some("a")),
        ];
        let merged = merge(all.map(|(text, name)| one(text, name)).into());
        let found: Vec<Vec<Arc<str>>> = merged.into_iter().map(|one| one.environments).collect();
        let both = vec![Arc::from("a"), Arc::from("b")];
        assert_eq!(found, [both.clone(), both, vec!["a".into()]]);

        let without = [("x", None), ("x", None)];
        let merged = merge(without.map(|(text, name)| one(text, name)).into());
        assert_eq!(merged.len(), 2);
    }
}
