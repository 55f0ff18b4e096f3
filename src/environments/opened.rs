//! The environments of one run: what a unit is judged with, and what of the configuration reaches no
//! unit.

use super::{Environment, Environments, Names, UnitPattern};
use crate::cloudformation::{self, parameter_files};
use crate::config::places::{self, Step};
use crate::finding::ProblemKind;
use crate::ledger::{Gap, GapAt};
use crate::source::{EntryKind, SourceMap};
use crate::terraform::{self, Input};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The environments of one run.
pub struct Opened<'a> {
    sources: &'a Arc<SourceMap>,
    all: &'a Environments,
    terraform: &'a terraform::Options,
    cloudformation: &'a cloudformation::Options,
    /// What the files of each entry for templates give, read when it is needed.
    read: Vec<OnceLock<Result<BTreeMap<String, String>, Gap>>>,
    met_terraform: Vec<Met>,
    met_cloudformation: Vec<Met>,
}

/// In what a unit is to be judged.
pub struct Selection<'a, O: Clone> {
    pub runs: Vec<Run<'a, O>>,
    /// The environments in which it cannot be judged.
    pub gaps: Vec<Gap>,
    /// The entries that it is to be judged in.
    pub entries: Vec<usize>,
}

/// Values, and the environments that have them.
pub struct Run<'a, O: Clone> {
    pub names: Names,
    pub options: Cow<'a, O>,
}

impl<O: Clone> Selection<'_, O> {
    /// The command line asks for other environments than those of the unit.
    pub fn is_left_out(&self) -> bool {
        self.gaps.is_empty() && self.runs.iter().all(|run| run.names.is_empty())
    }
}

/// The units that files of values are read for.
pub struct Readers<'a> {
    root: &'a Path,
    /// Those files that are read.
    pub files: BTreeSet<PathBuf>,
    roots: Vec<&'a UnitPattern>,
    templates: Vec<&'a UnitPattern>,
}

impl Readers<'_> {
    /// The directory that all of them are in.
    pub fn root(&self) -> &Path {
        self.root
    }

    pub fn has_root(&self, directory: &Path) -> bool {
        let mut roots = self.roots.iter();
        roots.any(|pattern| pattern.matches(self.root, directory))
    }

    pub fn has_template(&self, path: &Path) -> bool {
        let mut templates = self.templates.iter();
        templates.any(|pattern| pattern.matches(self.root, path))
    }
}

impl<'a> Opened<'a> {
    /// `terraform` and `cloudformation` are what the command line says.
    pub fn new(
        sources: &'a Arc<SourceMap>,
        all: &'a Environments,
        terraform: &'a terraform::Options,
        cloudformation: &'a cloudformation::Options,
    ) -> Opened<'a> {
        Opened {
            sources,
            all,
            terraform,
            cloudformation,
            read: std::iter::repeat_with(OnceLock::new)
                .take(all.cloudformation.len())
                .collect(),
            met_terraform: all
                .terraform
                .iter()
                .map(|one| Met::nothing(one.values.vars.len()))
                .collect(),
            met_cloudformation: all
                .cloudformation
                .iter()
                .map(|one| Met::nothing(one.values.parameters.len()))
                .collect(),
        }
    }

    /// In what a root module is to be judged.
    pub fn of_root(&self, directory: &Path) -> Selection<'a, terraform::Options> {
        let all = &self.all.terraform;
        let values = |index| self.terraform_options(index);
        let selection = self.select("terraform", all, directory, self.terraform, values);
        for index in &selection.entries {
            let met = &self.met_terraform[*index];
            met.unit.store(true, Ordering::Relaxed);
            let names = all[*index].values.vars.iter().map(|(name, _)| name);
            met.values(names, |name| {
                let engine = self.terraform.engine;
                terraform::has_variable(self.sources, directory, name, engine)
            });
        }
        selection
    }

    /// What the command line says about templates.
    pub fn cloudformation(&self) -> &cloudformation::Options {
        self.cloudformation
    }

    /// In what a file is to be judged, if it is a template. What it nests in an environment is no
    /// unit, whether the command line asks for that environment or not.
    pub fn of_template(&self, path: &Path) -> Selection<'a, cloudformation::Options> {
        let all = &self.all.cloudformation;
        let values = |index| self.cloudformation_options(index);
        let mut selection = self.select("cloudformation", all, path, self.cloudformation, values);
        let others = all.iter().enumerate().filter(|(_, entry)| {
            let is_own = entry.units.matches(&self.all.root, path);
            is_own && !self.all.is_asked_for(&entry.name)
        });
        selection.runs.extend(others.filter_map(|(index, _)| {
            let options = Cow::Owned(values(index).ok()?);
            let names = Vec::new();
            Some(Run { names, options })
        }));
        selection
    }

    /// Which units some of these files are read for, by absolute paths.
    pub fn readers(&self, files: &[PathBuf]) -> Readers<'a> {
        let mut readers = Readers {
            root: &self.all.root,
            files: BTreeSet::new(),
            roots: Vec::new(),
            templates: Vec::new(),
        };
        let mut reads = |own: &[PathBuf]| {
            let own = own
                .iter()
                .map(|path| self.sources.absolute(&self.all.root.join(path)));
            let own: Vec<PathBuf> = own.filter(|path| files.contains(path)).collect();
            let any = !own.is_empty();
            readers.files.extend(own);
            any
        };
        let roots = self.all.terraform.iter();
        let roots = roots.filter(|one| reads(&one.values.var_files));
        let roots: Vec<&UnitPattern> = roots.map(|one| &one.units).collect();
        let templates = self.all.cloudformation.iter();
        let templates = templates.filter(|one| reads(&one.values.parameter_files));
        let templates: Vec<&UnitPattern> = templates.map(|one| &one.units).collect();
        Readers {
            roots,
            templates,
            ..readers
        }
    }

    /// Whether a directory is said to be a root module, and not only one that a pattern is for.
    pub fn names_root(&self, directory: &Path) -> bool {
        let mut all = self.all.terraform.iter();
        all.any(|one| one.units.is_name() && one.units.matches(&self.all.root, directory))
    }

    /// Notes that these entries have a template, and which of the parameters it has that are given a
    /// value.
    pub fn has_template(&self, entries: &[usize], given: &BTreeSet<String>) {
        for index in entries {
            let met = &self.met_cloudformation[*index];
            met.unit.store(true, Ordering::Relaxed);
            let names = self.all.cloudformation[*index].values.parameters.keys();
            met.values(names, |name| given.contains(name));
        }
    }

    /// What the configuration says and no unit of a run over `paths` is concerned by, as far as
    /// these tell.
    pub fn left_over(&self, paths: &[PathBuf]) -> Vec<Gap> {
        let root = &self.all.root;
        let is_above = |path: &PathBuf| {
            let is_directory = self.sources.kind(path) == Some(EntryKind::Directory);
            is_directory && root.starts_with(self.sources.absolute(path))
        };
        let everything = self.all.config.is_some() && paths.iter().any(is_above);
        let roots = self.all.terraform.iter().zip(&self.met_terraform);
        let roots = roots.enumerate().map(|(index, (entry, met))| LeftOver {
            place: entry_steps("terraform", index),
            words: ["root", "root module", "vars", "variable"],
            name: &entry.name,
            units: &entry.units,
            values: entry.values.vars.iter().map(|(name, _)| name).collect(),
            met,
        });
        let templates = self.all.cloudformation.iter().zip(&self.met_cloudformation);
        let templates = templates.enumerate().map(|(index, (entry, met))| LeftOver {
            place: entry_steps("cloudformation", index),
            words: ["template", "template", "parameters", "parameter"],
            name: &entry.name,
            units: &entry.units,
            values: entry.values.parameters.keys().collect(),
            met,
        });
        let all = roots.chain(templates);
        let all: Vec<LeftOver> = all.filter(|one| self.all.is_asked_for(one.name)).collect();
        if everything {
            return all.iter().flat_map(|one| self.of_entry(one)).collect();
        }
        // Of what was named the run must have something.
        let mut has_units: BTreeMap<&str, bool> = BTreeMap::new();
        for one in &all {
            *has_units.entry(one.name).or_default() |= one.met.unit.load(Ordering::Relaxed);
        }
        let named = has_units.into_iter();
        let named = named.filter(|(name, met)| !met && self.all.only.contains(*name));
        let gaps = named.map(|(name, _)| {
            let message = format!(
                "nothing here is deployed to environment `{name}`, so nothing was checked in it"
            );
            Gap::of_path(ProblemKind::EnvironmentNotChecked, message, self.shown())
        });
        gaps.collect()
    }

    fn of_entry(&self, one: &LeftOver) -> Vec<Gap> {
        let [units, unit, values, value] = one.words;
        let name = one.name;
        if !one.met.unit.load(Ordering::Relaxed) {
            let message = format!(
                "no {unit} matches `{}`, so nothing was checked in environment `{name}`",
                one.units.as_str()
            );
            let steps = [&one.place[..], &[Step::Key(units)]].concat();
            return vec![self.gap(&steps, message)];
        }
        let values_met = one.values.iter().zip(&one.met.values);
        let unused = values_met.filter(|(name, met)| {
            // Every template has those.
            !name.starts_with("AWS::") && !met.load(Ordering::Relaxed)
        });
        let gaps = unused.map(|(given, _)| {
            let message = format!(
                "no {unit} of environment `{name}` has a {value} `{given}`, so this value was not used"
            );
            let steps = [&one.place[..], &[Step::Key(values), Step::Key(given)]].concat();
            Gap {
                kind: ProblemKind::Refused,
                ..self.gap(&steps, message)
            }
        });
        gaps.collect()
    }

    fn select<V, O: Clone + PartialEq>(
        &self,
        section: &str,
        all: &[Environment<V>],
        unit: &Path,
        base: &'a O,
        values: impl Fn(usize) -> Result<O, Gap>,
    ) -> Selection<'a, O> {
        let mut selection = Selection {
            runs: Vec::new(),
            gaps: Vec::new(),
            entries: Vec::new(),
        };
        let entries = all.iter().enumerate();
        let own = entries.filter(|(_, entry)| entry.units.matches(&self.all.root, unit));
        let own: Vec<(usize, &Environment<V>)> = own.collect();
        if own.is_empty() {
            selection.runs.push(Run {
                names: vec![None],
                options: Cow::Borrowed(base),
            });
        }
        for (index, entry) in &own {
            let name = &entry.name;
            if !self.all.is_asked_for(name) {
                continue;
            }
            selection.entries.push(*index);
            let mut same = own.iter().filter(|(_, other)| other.name == *name);
            let (first, _) = same.next().expect("the entry itself is among them");
            if same.next().is_some() {
                // Which of them holds is not for us to say.
                if first != index {
                    let shown = self.sources.display(unit);
                    let message = format!(
                        "environment `{name}` has another entry for `{shown}`, so that was not \
                         checked in it"
                    );
                    let steps = entry_steps(section, *index);
                    let steps = [&steps[..], &[Step::Key("name")]].concat();
                    selection.gaps.push(self.gap(&steps, message));
                }
                continue;
            }
            match values(*index) {
                Ok(options) => {
                    let mut runs = selection.runs.iter_mut();
                    match runs.find(|run| *run.options == options) {
                        Some(run) => run.names.push(Some(name.clone())),
                        None => selection.runs.push(Run {
                            names: vec![Some(name.clone())],
                            options: Cow::Owned(options),
                        }),
                    }
                }
                Err(gap) => selection.gaps.push(gap),
            }
        }
        selection
    }

    fn terraform_options(&self, index: usize) -> Result<terraform::Options, Gap> {
        let Environment { name, values, .. } = &self.all.terraform[index];
        let mut inputs = Vec::new();
        for (at, path) in values.var_files.iter().enumerate() {
            let path = self.all.root.join(path);
            if self.sources.kind(&path) != Some(EntryKind::File) {
                let steps = entry_steps("terraform", index);
                let steps = [&steps[..], &[Step::Key("var-files"), Step::Index(at)]].concat();
                return Err(self.missing(&steps, name, &path));
            }
            inputs.push(Input::File(path));
        }
        let vars = values.vars.iter();
        inputs.extend(vars.map(|(variable, value)| Input::Configured {
            name: variable.clone(),
            value: value.clone(),
            environment: name.clone(),
        }));
        inputs.extend(self.terraform.inputs.iter().cloned());
        let workspace = self.terraform.workspace.as_ref();
        Ok(terraform::Options {
            inputs,
            workspace: workspace.or(values.workspace.as_ref()).cloned(),
            ..self.terraform.clone()
        })
    }

    fn cloudformation_options(&self, index: usize) -> Result<cloudformation::Options, Gap> {
        let read = self.read[index].get_or_init(|| self.read_parameters(index));
        let mut parameters = read.clone()?;
        let given = &self.cloudformation.parameters;
        parameters.extend(
            given
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Ok(cloudformation::Options {
            parameters,
            ..self.cloudformation.clone()
        })
    }

    fn read_parameters(&self, index: usize) -> Result<BTreeMap<String, String>, Gap> {
        let Environment { name, values, .. } = &self.all.cloudformation[index];
        let mut parameters = BTreeMap::new();
        for (at, path) in values.parameter_files.iter().enumerate() {
            let path = self.all.root.join(path);
            let Ok(file) = self.sources.open(&path) else {
                let steps = entry_steps("cloudformation", index);
                let steps = [&steps[..], &[Step::Key("parameter-files"), Step::Index(at)]].concat();
                return Err(self.missing(&steps, name, &path));
            };
            let given = parameter_files::read(&file).map_err(|error| {
                let message = format!(
                    "{}, so nothing was checked in environment `{name}`",
                    error.message
                );
                Gap::new(ProblemKind::EnvironmentNotChecked, message, error.span)
            })?;
            parameters.extend(given);
        }
        let own = values.parameters.iter();
        parameters.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        Ok(parameters)
    }

    fn missing(&self, steps: &[Step], name: &str, path: &Path) -> Gap {
        let shown = self.sources.display(path);
        let message = format!(
            "there is no file at `{shown}` that can be read, so nothing was checked in \
             environment `{name}`"
        );
        self.gap(steps, message)
    }

    /// A gap that stands at something of the configuration.
    fn gap(&self, steps: &[Step], message: String) -> Gap {
        let config = self.all.config.as_deref();
        let file = config.and_then(|path| self.sources.open(path).ok());
        let span = file.and_then(|file| places::span(&file, steps));
        Gap {
            kind: ProblemKind::EnvironmentNotChecked,
            message,
            at: match span {
                Some(span) => GapAt::Span(span),
                None => GapAt::Path(self.shown()),
            },
            help: None,
        }
    }

    /// The configuration's file as it is printed.
    fn shown(&self) -> String {
        let config = self.all.config.as_deref();
        self.sources.display(config.unwrap_or(&self.all.root))
    }
}

/// What a run has met that an entry is about.
struct Met {
    /// A unit.
    unit: AtomicBool,
    /// A unit that takes the value, by the names of the entry's own values.
    values: Vec<AtomicBool>,
}

impl Met {
    fn nothing(values: usize) -> Met {
        Met {
            unit: AtomicBool::default(),
            values: std::iter::repeat_with(AtomicBool::default)
                .take(values)
                .collect(),
        }
    }

    /// Notes which of the `names` a unit takes a value of; asks while there is one that none does.
    fn values<'n>(&self, names: impl Iterator<Item = &'n String>, takes: impl Fn(&str) -> bool) {
        for (name, met) in names.zip(&self.values) {
            if !met.load(Ordering::Relaxed) && takes(name) {
                met.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// An entry with what a run has met of it.
struct LeftOver<'a> {
    place: [Step<'a>; 3],
    /// The key and the word for its units, and those for its own values.
    words: [&'static str; 4],
    name: &'a Arc<str>,
    units: &'a UnitPattern,
    values: Vec<&'a String>,
    met: &'a Met,
}

/// The way to an entry of the configuration.
fn entry_steps(section: &str, index: usize) -> [Step<'_>; 3] {
    let environments = Step::Key("environments");
    [Step::Key(section), environments, Step::Index(index)]
}
