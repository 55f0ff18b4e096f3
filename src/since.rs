//! What a change brings: the findings of the working tree that were not there where it parted from
//! another revision.
//!
//! The commit is judged as if it were checked out, with its own configuration and exceptions, so
//! whatever shows now and did not show there is new: by a value three directories away, by an
//! exception that was taken back, by a rule that was switched on. What git ignores is the same on
//! both sides.

use crate::check;
use crate::discover::{is_candidate, is_terraform};
use crate::finding::{Finding, Key, Problem, ProblemKind, Severity, Status, Verdict, hash};
use crate::ledger::Entries;
use crate::source::SourceMap;
use crate::source::git::Past;
use crate::{Request, source::EntryKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The commit that a run is compared with, and how it is judged.
pub struct Base {
    /// As the command line names it.
    pub rev: String,
    /// Where HEAD and that part.
    pub commit: String,
    pub past: Arc<Past>,
    pub sources: Arc<SourceMap>,
    pub request: Request,
    /// Its configuration is that of the working tree, of which no unsaved text takes the place.
    pub is_asked_alike: bool,
}

impl Base {
    /// Whether it need not be judged, since it tells what the working tree has told: the run over
    /// that has asked for nothing that is different there.
    pub fn is_same(&self, here: &SourceMap) -> bool {
        let is_unchanged = self.past.is_present();
        let answers_alike = || {
            let asked = here.asked().questions();
            asked.is_some_and(|asked| self.past.answers_alike(&asked))
        };
        self.is_asked_alike && (is_unchanged || (self.is_walked_alike(here) && answers_alike()))
    }

    /// Whether walks meet the same files that are of interest by their names.
    fn is_walked_alike(&self, here: &SourceMap) -> bool {
        let Some(met_once) = self.past.met_once() else {
            return false;
        };
        // Any name may be meant by a pattern, and what is outside of the repository is not known.
        let is_plain = |path: &PathBuf| {
            here.kind(path).is_some() && here.resolve(path).starts_with(self.past.root())
        };
        met_once.iter().all(|path| !is_candidate(path))
            && (met_once.is_empty() || self.request.paths.iter().all(is_plain))
    }
}

/// How a run stands against the commit that it is compared with.
#[derive(Clone, Debug)]
pub struct Since {
    pub rev: String,
    pub commit: String,
    /// Findings there that are none any more, with their places there.
    pub fixed: Vec<Finding>,
    /// Findings there that still are.
    pub unchanged: usize,
    /// What could not be decided there either.
    pub undetermined: usize,
    /// Problems that were there, remarks left out.
    pub problems: usize,
}

/// Leaves of `now` what is new against `before`, of which nothing is if it is not given.
pub fn compare(base: &Base, here: &SourceMap, before: Option<Entries>, now: &mut Entries) {
    let there = &base.sources;
    let is_same = before.is_none();
    let before = before.unwrap_or_default();
    let moved = match is_same {
        true => Moved::default(),
        false => Moved::of([there, here], [&before, now]),
    };
    let mut before = Before::of(there, &before);

    let (mut new, mut old) = (Vec::new(), Vec::new());
    for mut finding in std::mem::take(&mut now.findings) {
        let was = match is_same {
            true => Some((finding.severity, finding.verdict)),
            false => before.take(&finding, &moved),
        };
        match was {
            Some(was) if was >= (finding.severity, finding.verdict) => old.push(finding),
            was => {
                finding.status = Some(Status::New);
                if let Some((severity, verdict)) = was {
                    finding.status = Some(Status::Worse);
                    let was = match verdict {
                        Verdict::Conditional => format!("conditional, {severity}"),
                        _ => severity.to_string(),
                    };
                    let commit = short(&base.commit);
                    finding.notes.push(format!("it was {was} at {commit}"));
                }
                new.push(finding);
            }
        }
    }
    now.findings = new;

    // What is hidden or cannot be decided any more is not fixed.
    for key in now.hidden.iter().flat_map(Finding::keys) {
        before.let_go(moved.before(key));
    }
    for one in &now.undetermined {
        before.let_go(moved.before(one.key()));
    }
    let told = Told::of(now);
    let left = before.findings().filter(|finding| told.is_fixed(finding));
    let fixed: Vec<Finding> = left.cloned().collect();

    let all = now.undetermined.len();
    now.undetermined
        .retain(|one| !is_same && !before.take_undetermined(moved.before(one.key())));
    let undetermined = all - now.undetermined.len();

    let is_remark = |problem: &Problem| problem.kind == ProblemKind::Note;
    let problems = &before.problems;
    let mut stand = 0;
    now.problems.retain(|problem| {
        let known = is_same || problems.contains(&told_of(here, problem, &moved));
        stand += usize::from(known && !is_remark(problem));
        !known
    });
    now.since = Some(Since {
        rev: base.rev.clone(),
        commit: base.commit.clone(),
        fixed: check::merge(fixed),
        unchanged: check::merge(old).len(),
        undetermined,
        problems: stand,
    });
}

/// As many digits of a commit's name as people read.
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// What the commit has that the working tree may have too.
struct Before<'a> {
    /// The index of what there was under a name.
    by_key: HashMap<Key<'a>, usize>,
    was: Vec<Was<'a>>,
    problems: BTreeSet<ToldProblem>,
}

/// What was under one name and has not been met again.
#[derive(Default)]
struct Was<'a> {
    findings: Vec<&'a Finding>,
    undetermined: usize,
}

impl<'a> Before<'a> {
    fn of(sources: &SourceMap, entries: &'a Entries) -> Before<'a> {
        let problems = entries.problems.iter();
        let problems = problems.map(|one| told_of(sources, one, &Moved::default()));
        let mut before = Before {
            by_key: HashMap::new(),
            was: Vec::new(),
            problems: problems.collect(),
        };
        for finding in &entries.findings {
            before.entry(finding.key()).findings.push(finding);
        }
        for one in &entries.undetermined {
            before.entry(one.key()).undetermined += 1;
        }
        before
    }

    fn entry(&mut self, key: Key<'a>) -> &mut Was<'a> {
        let at = *self.by_key.entry(key).or_insert(self.was.len());
        if at == self.was.len() {
            self.was.push(Was::default());
        }
        &mut self.was[at]
    }

    fn get(&mut self, key: Key) -> Option<&mut Was<'a>> {
        let at = *self.by_key.get(&key)?;
        self.was.get_mut(at)
    }

    fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.was.iter().flat_map(|was| was.findings.iter().copied())
    }

    /// What a finding was: of several under one name that which is as bad or, failing that, the
    /// worst.
    fn take(&mut self, finding: &Finding, moved: &Moved) -> Option<(Severity, Verdict)> {
        let was = &mut self.get(moved.before(finding.key()))?.findings;
        let weight = |finding: &Finding| (finding.severity, finding.verdict);
        let own = weight(finding);
        let all = || was.iter().map(|finding| weight(finding)).enumerate();
        let enough = all().filter(|(_, weight)| *weight >= own);
        let best = enough.min_by_key(|(_, weight)| *weight);
        let (at, weight) = best.or_else(|| all().max_by_key(|(_, weight)| *weight))?;
        was.swap_remove(at);
        Some(weight)
    }

    fn let_go(&mut self, key: Key) {
        if let Some(was) = self.get(key) {
            was.findings.pop();
        }
    }

    fn take_undetermined(&mut self, key: Key) -> bool {
        match self.get(key) {
            Some(was) if was.undetermined > 0 => {
                was.undetermined -= 1;
                true
            }
            _ => false,
        }
    }
}

fn units(entries: &Entries) -> BTreeSet<Arc<str>> {
    let units = entries
        .task_definitions
        .iter()
        .map(|task| task.unit.clone());
    units.collect()
}

/// Units that were only renamed: by the present name, the one before.
#[derive(Default)]
struct Moved(BTreeMap<Arc<str>, Arc<str>>);

impl Moved {
    /// Of the commit and the working tree each their sources and what was found.
    fn of([there, here]: [&SourceMap; 2], [before, now]: [&Entries; 2]) -> Moved {
        let [before, now] = [before, now].map(units);
        let came = now.difference(&before);
        let mut gone: HashMap<u64, Vec<&Arc<str>>> = HashMap::new();
        for unit in before.difference(&now) {
            if let Some(content) = content(there, unit) {
                gone.entry(content).or_default().push(unit);
            }
        }
        let mut moved = BTreeMap::new();
        for unit in came {
            let content = (!gone.is_empty()).then(|| content(here, unit)).flatten();
            let was = content.and_then(|content| gone.get_mut(&content)?.pop());
            if let Some(was) = was {
                moved.insert(unit.clone(), was.clone());
            }
        }
        Moved(moved)
    }

    /// The key under the name of before.
    fn before<'a>(&'a self, key: Key<'a>) -> Key<'a> {
        let unit = self.0.get(key.unit).map_or(key.unit, |unit| unit);
        Key { unit, ..key }
    }

    /// The path under the name of before.
    fn path(&self, path: &str) -> String {
        for (now, was) in &self.0 {
            match path.strip_prefix(&**now) {
                Some("") => return was.to_string(),
                Some(rest) if rest.starts_with('/') => return format!("{was}{rest}"),
                _ => {}
            }
        }
        path.to_owned()
    }
}

/// What tells that two units are the same: the text of a template, or the names and texts of the
/// configuration in a directory.
fn content(sources: &SourceMap, unit: &str) -> Option<u64> {
    let path = Path::new(unit);
    let text = |path: &Path| Some(plain(sources.open(path).ok()?.text()));
    if sources.kind(path) == Some(EntryKind::File) {
        return Some(hash([&text(path)?]));
    }
    let mut all = String::new();
    for entry in sources.list(path).ok()?.iter() {
        if !entry.directory && is_terraform(&entry.name) {
            all.push_str(&entry.name);
            all.push('\n');
            all.push_str(&text(&path.join(&entry.name))?);
        }
    }
    (!all.is_empty()).then(|| hash([&all]))
}

/// A text without what a checkout may have added.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// What is the same in a problem when lines move.
type ToldProblem = (ProblemKind, String, Option<String>, Option<u64>);

fn told_of(sources: &SourceMap, problem: &Problem, moved: &Moved) -> ToldProblem {
    let (path, text) = match &problem.place {
        Some(place) => {
            let file = sources.file(place.span.file);
            // What is not read may hold anything: it is the same if all of it is.
            let text = match problem.kind {
                ProblemKind::Unreadable => file.text(),
                _ => file.slice(place.span),
            };
            let text = hash([&plain(text)]);
            (Some(place.location.path.to_string()), Some(text))
        }
        None => (problem.path.clone(), None),
    };
    let path = path.map(|path| moved.path(&path));
    (problem.kind, problem.message.clone(), path, text)
}

/// What the working tree tells of task definitions.
struct Told<'a> {
    decided: BTreeSet<(&'a str, &'a str, &'static str)>,
    everything_read: bool,
}

impl Told<'_> {
    fn of(now: &Entries) -> Told<'_> {
        let decided = now.task_definitions.iter().flat_map(|task| {
            let verdicts = task.verdicts.iter();
            let verdicts = verdicts.filter(|(_, verdict)| *verdict != Verdict::Undetermined);
            verdicts.map(|(rule, _)| (&*task.unit, &*task.address, *rule))
        });
        Told {
            decided: decided.collect(),
            everything_read: !now.problems.iter().any(|problem| {
                matches!(
                    problem.kind,
                    ProblemKind::Unreadable
                        | ProblemKind::ModuleNotRead
                        | ProblemKind::Undetermined
                )
            }),
        }
    }

    /// Whether a finding that is not there any more has been mended, and is not merely unread.
    fn is_fixed(&self, finding: &Finding) -> bool {
        let decided = (&*finding.unit, &*finding.address, finding.rule);
        self.everything_read || self.decided.contains(&decided)
    }
}
