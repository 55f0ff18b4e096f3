//! The ledger: what was read, what was decided, and the exit code, which nothing else yields.

use crate::finding::{Finding, Judged, Problem, ProblemKind, Severity, Undetermined};
use crate::since::Since;
use crate::source::Span;
use foldhash::{HashMap, HashSet};

/// A value and what is missing from it. A front end returns nothing else.
#[must_use = "gaps must reach the ledger"]
pub struct Partial<T> {
    value: T,
    gaps: Vec<Gap>,
}

/// Something that was not read, or a remark on what was.
#[derive(Clone, Debug)]
pub struct Gap {
    pub kind: ProblemKind,
    /// One lower-case clause: what, and what was therefore not checked.
    pub message: String,
    pub at: GapAt,
    /// An imperative: what to do.
    pub help: Option<String>,
}

/// Where a gap is.
#[derive(Clone, Debug)]
pub enum GapAt {
    Span(Span),
    /// A path as it is printed, where no text can be shown.
    Path(String),
}

impl Gap {
    pub fn new(kind: ProblemKind, message: impl Into<String>, at: Span) -> Gap {
        Gap {
            kind,
            message: message.into(),
            at: GapAt::Span(at),
            help: None,
        }
    }

    /// A gap without a text to show.
    pub fn of_path(kind: ProblemKind, message: impl Into<String>, path: String) -> Gap {
        Gap {
            kind,
            message: message.into(),
            at: GapAt::Path(path),
            help: None,
        }
    }

    pub fn help(self, help: impl Into<String>) -> Gap {
        Gap {
            help: Some(help.into()),
            ..self
        }
    }
}

impl<T> Partial<T> {
    pub fn new(value: T, gaps: Vec<Gap>) -> Partial<T> {
        Partial { value, gaps }
    }

    pub fn whole(value: T) -> Partial<T> {
        Partial::new(value, Vec::new())
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Partial<U> {
        Partial::new(change(self.value), self.gaps)
    }

    /// The value, with the gaps added to those of the caller's own partial result.
    pub fn take(self, gaps: &mut Vec<Gap>) -> T {
        gaps.extend(self.gaps);
        self.value
    }
}

/// What the command line lets pass.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    /// The least severity that makes the run fail.
    pub fail_on: Severity,
    pub allow_undetermined: bool,
    pub allow_unread: bool,
}

impl Default for Leniency {
    /// Nothing passes: what is found from medium on fails, and so does what is not decided.
    fn default() -> Leniency {
        Leniency {
            fail_on: Severity::Medium,
            allow_undetermined: false,
            allow_unread: false,
        }
    }
}

/// The counts of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    pub units: usize,
    /// Those of the configuration in which something was judged.
    pub environments: usize,
    /// Declarations; a module's one declaration counts once for all its callers.
    pub task_definitions: usize,
    pub instances: usize,
    pub decided: usize,
    pub undetermined: usize,
    /// Sources that could not be read or told apart.
    pub unreadable: usize,
    pub not_instantiated: usize,
    /// The undetermined ones that count for the exit code: all, or the new ones.
    pub undecided: usize,
    pub modules_not_read: usize,
    pub findings: usize,
    /// Findings that exceptions hide.
    pub ignored: usize,
    /// Findings that the baseline hides.
    pub known: usize,
    /// Everything asked for was read and decided.
    pub complete: bool,
    pub exit_code: u8,
}

/// Takes what the units report, in any order.
#[derive(Default)]
pub struct Ledger {
    gaps: Vec<Gap>,
    units: usize,
}

impl Ledger {
    /// Takes the gaps of a partial result; the value goes on.
    pub fn absorb<T>(&mut self, partial: Partial<T>) -> T {
        self.gaps.extend(partial.gaps);
        partial.value
    }

    /// Counts a unit of work that was opened.
    pub fn count_unit(&mut self) {
        self.units += 1;
    }

    pub fn into_gaps(self) -> Vec<Gap> {
        self.gaps
    }

    pub fn units(&self) -> usize {
        self.units
    }
}

/// Everything a run has found, before it is summed up.
#[derive(Default, Debug)]
pub struct Entries {
    pub units: usize,
    pub findings: Vec<Finding>,
    /// Findings that exceptions hide.
    pub ignored: usize,
    /// Findings that the baseline hides.
    pub known: usize,
    /// The hidden ones themselves.
    pub hidden: Vec<Finding>,
    pub undetermined: Vec<Undetermined>,
    pub problems: Vec<Problem>,
    pub task_definitions: Vec<Judged>,
    /// Where the run is compared with a commit; then findings, undetermined and problems are those
    /// that are new.
    pub since: Option<Since>,
}

impl Entries {
    pub fn extend(&mut self, other: Entries) {
        self.units += other.units;
        self.findings.extend(other.findings);
        self.ignored += other.ignored;
        self.known += other.known;
        self.hidden.extend(other.hidden);
        self.undetermined.extend(other.undetermined);
        self.problems.extend(other.problems);
        self.task_definitions.extend(other.task_definitions);
    }

    /// The problems for people: what is refused where something could not be told was said there.
    pub fn untold_problems(&self) -> impl Iterator<Item = &Problem> {
        let told: HashSet<Span> = self.undetermined.iter().map(|one| one.place.span).collect();
        self.problems.iter().filter(move |problem| {
            let span = problem.place.as_ref().map(|place| place.span);
            problem.kind != ProblemKind::Refused || span.is_none_or(|span| !told.contains(&span))
        })
    }

    /// Puts everything but the findings, which [`crate::check::merge`] sorts, in the order of
    /// the source; of problems that several units met, one stays.
    pub fn sort(&mut self) {
        self.undetermined.sort_by(|a, b| {
            let key = |one: &Undetermined| {
                (
                    one.place.location.clone(),
                    one.rule,
                    one.unit.clone(),
                    one.address.clone(),
                    one.container.clone(),
                    one.environments.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        let key = |one: &Problem| {
            let location = one.place.as_ref().map(|place| place.location.clone());
            (location, one.path.clone(), one.kind, one.message.clone())
        };
        self.problems.sort_by_cached_key(key);
        self.problems.dedup_by(|a, b| key(a) == key(b));
        self.task_definitions.sort_by(|a, b| {
            let place = (&a.unit, &a.place.location).cmp(&(&b.unit, &b.place.location));
            place.then_with(|| (&a.address, &a.environment).cmp(&(&b.address, &b.environment)))
        });
    }

    /// The counts and the exit code: 1 for findings at or above the threshold, else 3 for a run
    /// that is not complete, else 0.
    pub fn sum_up(&self, leniency: &Leniency) -> Summary {
        let mut summary = Summary {
            units: self.units,
            instances: self
                .task_definitions
                .iter()
                .filter(|judged| judged.instantiated)
                .count(),
            findings: self.findings.len(),
            ignored: self.ignored,
            known: self.known,
            ..Summary::default()
        };
        // Of all instances of a declaration the worst tells: undecided, decided, not there.
        let mut declarations: HashMap<Span, (bool, bool)> = HashMap::default();
        for judged in &self.task_definitions {
            let (decided, instantiated) = declarations
                .entry(judged.place.span)
                .or_insert((true, false));
            *decided &= judged.decided;
            *instantiated |= judged.instantiated;
        }
        summary.task_definitions = declarations.len();
        for (decided, instantiated) in declarations.into_values() {
            match (decided, instantiated) {
                (false, _) => summary.undetermined += 1,
                (true, true) => summary.decided += 1,
                (true, false) => summary.not_instantiated += 1,
            }
        }
        let count = |kind: ProblemKind| {
            self.problems
                .iter()
                .filter(|problem| problem.kind == kind)
                .count()
        };
        let environments = self.task_definitions.iter();
        let environments = environments.filter_map(|judged| judged.environment.as_deref());
        summary.environments = environments.collect::<HashSet<&str>>().len();
        summary.unreadable = count(ProblemKind::Unreadable);
        summary.modules_not_read = count(ProblemKind::ModuleNotRead);
        summary.undecided = match self.since {
            None => summary.undetermined,
            Some(_) => {
                let declarations = self.undetermined.iter();
                let declarations = declarations.filter_map(|one| one.about.first());
                declarations.collect::<HashSet<&Span>>().len()
            }
        };
        let undetermined = summary.undecided > 0 || count(ProblemKind::Undetermined) > 0;
        let unread = summary.unreadable > 0
            || summary.modules_not_read > 0
            || count(ProblemKind::EnvironmentNotChecked) > 0;
        let refused = count(ProblemKind::Refused) > 0;
        let faulty = count(ProblemKind::FaultyIgnore) > 0;
        let old = self.since.as_ref();
        let old = old.is_some_and(|since| since.undetermined > 0 || since.problems > 0);
        summary.complete = !undetermined && !unread && !refused && !faulty && !old;
        let incomplete = faulty
            || (undetermined && !leniency.allow_undetermined)
            || ((unread || refused) && !leniency.allow_unread);
        let failing = self
            .findings
            .iter()
            .any(|finding| finding.severity >= leniency.fail_on);
        summary.exit_code = match (failing, incomplete) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        };
        summary
    }
}
