//! What the flags, the configuration and the environment ask for.

use crate::Fatal;
use ecslint::config::resolved::DEFAULT_FAIL_ON;
use ecslint::config::{self, Config, ConfigError};
use ecslint::date::Date;
use ecslint::discover::Scope;
use ecslint::environments::Environments;
use ecslint::finding::Severity;
use ecslint::ledger::Leniency;
use ecslint::since::Base;
use ecslint::source::git::{Commit, Past};
use ecslint::source::{Disk, EntryKind, Memory, SourceMap};
use ecslint::suppress::baseline::Baseline;
use ecslint::suppress::{self, BaselineUse};
use ecslint::{Request, cli, cloudformation, terraform};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The sources of a run of `check`, and what it asks for.
pub fn of_check(arguments: &cli::Check) -> Result<(Arc<SourceMap>, Request), Fatal> {
    let leniency = |config: &Config| Leniency {
        fail_on: (arguments.fail_on)
            .or(config.fail_on)
            .unwrap_or(DEFAULT_FAIL_ON),
        allow_undetermined: arguments.allow_undetermined,
        allow_unread: arguments.allow_unread,
    };
    let is_compared = arguments.since.is_some();
    let (sources, mut request) = prepare(&arguments.selection, is_compared, leniency)?;
    if let Some(rev) = &arguments.since {
        let no_ignores = arguments.hiding.no_ignores;
        let base = base(rev, &arguments.selection, no_ignores, &sources, &request)?;
        request.since = Some(Box::new(base));
    }
    hide(&arguments.hiding, &sources, &mut request.suppress)?;
    Ok((sources, request))
}

/// The sources of a run of `inspect`, and what it asks for.
pub fn of_inspect(arguments: &cli::Inspect) -> Result<(Arc<SourceMap>, Request), Fatal> {
    let leniency = |_: &Config| Leniency {
        fail_on: Severity::Info,
        allow_undetermined: false,
        allow_unread: false,
    };
    prepare(&arguments.selection, false, leniency)
}

/// What all commands that judge have in common. What is asked of the sources is noted if the run is
/// to be compared with another one.
fn prepare(
    selection: &cli::Selection,
    is_compared: bool,
    leniency: impl Fn(&Config) -> Leniency,
) -> Result<(Arc<SourceMap>, Request), Fatal> {
    let directory = working_directory()?;
    let config = configuration(&selection.configuration, &directory)?;
    let (mut sources, paths) = sources(selection, &directory)?;
    if is_compared {
        sources = sources.noting();
    }
    for input in &selection.inputs.0 {
        if let terraform::Input::File(path) = input
            && sources.kind(path) != Some(EntryKind::File)
        {
            return Err(Fatal::new(format!(
                "there is no file at `{}`, which `--var-file` names",
                path.display()
            )));
        }
    }
    let leniency = leniency(&config);
    let request = request(selection, paths, &config, leniency, &sources)?;
    Ok((Arc::new(sources), request))
}

fn request(
    selection: &cli::Selection,
    paths: Vec<PathBuf>,
    config: &Config,
    leniency: Leniency,
    sources: &SourceMap,
) -> Result<Request, Fatal> {
    Ok(Request {
        paths,
        scope: Scope {
            root: config.root.clone(),
            include: config.include.clone(),
            exclude: config.exclude.clone(),
            units: config.units.clone(),
        },
        settings: config.settings.clone(),
        leniency,
        suppress: suppress::Options {
            today: today(),
            ignores: config.ignores.clone(),
            config: config.file.clone(),
            ..suppress::Options::default()
        },
        terraform: terraform_options(selection, config),
        cloudformation: cloudformation_options(selection, sources)?,
        environments: environments(selection, config)?,
        ..Request::default()
    })
}

/// The commit that a run is compared with: what the flags and its own configuration make of it.
fn base(
    rev: &str,
    selection: &cli::Selection,
    no_ignores: bool,
    sources: &SourceMap,
    now: &Request,
) -> Result<Base, Fatal> {
    let fault = |message| Fatal::new(format!("`--since {rev}`: {message}"));
    let directory = sources.working_directory();
    let files = selection.inputs.0.iter().filter_map(|input| match input {
        terraform::Input::File(path) => Some(path),
        terraform::Input::Value { .. } | terraform::Input::Configured { .. } => None,
    });
    let given = files
        .chain(&selection.parameter_files)
        .chain(&selection.configuration.config);
    let given: Vec<PathBuf> = given.map(|path| sources.absolute(path)).collect();
    let commit = Commit::merge_base(directory, rev).map_err(fault)?;
    let past = Arc::new(Past::open(&commit, &given).map_err(fault)?);
    let sources = Arc::new(SourceMap::new(past.clone(), directory));

    let flags = &selection.configuration;
    let config = match &flags.config {
        _ if flags.no_config => Ok(Config::default()),
        Some(path) => Config::load_from(&sources, &sources.absolute(path)),
        None => Config::find_in(&sources, directory),
    };
    let is_same_config = config.as_ref().is_ok_and(|config| {
        let is_same = |file: &PathBuf| past.has_still(file);
        config.file == now.suppress.config && config.file.as_ref().is_none_or(is_same)
    });
    // One that is not there yet, or that this version does not understand, says nothing of what
    // is to be found.
    let config = config.unwrap_or_default();
    let is_there = |path: &PathBuf| sources.kind(path) == Some(EntryKind::File);
    let mut selection = selection.clone();
    selection.parameter_files.retain(is_there);
    selection.inputs.0.retain(|input| match input {
        terraform::Input::File(path) => is_there(path),
        terraform::Input::Value { .. } | terraform::Input::Configured { .. } => true,
    });
    // An environment that was not there yet has nothing to be compared with.
    let known = config.environments.names();
    selection
        .environments
        .retain(|name| known.contains(name.as_str()));
    let (paths, leniency) = (now.paths.clone(), now.leniency);
    let mut request = request(&selection, paths, &config, leniency, &sources)?;
    request.may_miss = true;
    request.suppress.no_ignores = no_ignores;
    Ok(Base {
        rev: rev.to_owned(),
        commit: commit.id().to_owned(),
        is_asked_alike: is_same_config && selection.stdin_filename.is_none(),
        past,
        sources,
        request,
    })
}

/// The environments of the configuration, with those that `--env` names.
fn environments(selection: &cli::Selection, config: &Config) -> Result<Environments, Fatal> {
    let known = config.environments.names();
    let mut named = selection.environments.iter();
    if let Some(name) = named.find(|name| !known.contains(name.as_str())) {
        return Err(Fatal::new(config::environments::unknown(
            name,
            &config.environments,
        )));
    }
    Ok(Environments {
        only: selection.environments.iter().cloned().collect(),
        ..config.environments.clone()
    })
}

/// The files of the disk, and over them the text on standard input where `-` asks for it.
fn sources(
    selection: &cli::Selection,
    directory: &Path,
) -> Result<(SourceMap, Vec<PathBuf>), Fatal> {
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    let mut paths = selection.paths.clone();
    if !paths.iter().any(is_stdin) {
        if selection.stdin_filename.is_some() {
            let message = "`--stdin-filename` needs the path `-` beside it";
            return Err(Fatal::new(message));
        }
        return Ok((SourceMap::new(Disk, directory), paths));
    }
    let Some(name) = &selection.stdin_filename else {
        let message = "`-` needs `--stdin-filename`, which tells what the text is";
        return Err(Fatal::new(message));
    };
    let mut text = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut text)
        .map_err(|error| Fatal::new(format!("standard input could not be read: {error}")))?;
    for path in &mut paths {
        if is_stdin(path) {
            path.clone_from(name);
        }
    }
    let store = Memory::new([(directory.join(name), text)]).over(Disk);
    Ok((SourceMap::new(store, directory), paths))
}

fn terraform_options(selection: &cli::Selection, config: &Config) -> terraform::Options {
    // Terraform reads no name or value that is not UTF-8 either.
    let text = |(name, value): (OsString, OsString)| {
        let name = name.into_string().ok()?;
        let wanted = name.starts_with("TF_VAR_");
        wanted.then_some((name, value.into_string().ok()?))
    };
    let environment = selection.env_vars.then(std::env::vars_os);
    terraform::Options {
        inputs: selection.inputs.0.clone(),
        environment: environment.into_iter().flatten().filter_map(text).collect(),
        workspace: selection.workspace.clone(),
        no_task_definitions: config.no_task_definitions.clone(),
        engine: config.engine,
    }
}

fn cloudformation_options(
    selection: &cli::Selection,
    sources: &SourceMap,
) -> Result<cloudformation::Options, Fatal> {
    let mut parameters = BTreeMap::new();
    for path in &selection.parameter_files {
        let file = sources.open(path).map_err(|error| {
            let path = path.display();
            let reason = error.reason;
            Fatal::new(format!(
                "the file `{path}`, which `--parameter-file` names, could not be read: {reason}"
            ))
        })?;
        let given = cloudformation::parameter_files::read(&file).map_err(|error| {
            let start = sources.location(error.span).start;
            let (shown, line, column) = (&file.shown, start.line, start.column);
            Fatal::new(format!("{shown}:{line}:{column}: {}", error.message))
        })?;
        parameters.extend(given);
    }
    parameters.extend(selection.parameters.iter().cloned());
    for (name, value) in [
        ("AWS::Region", &selection.region),
        ("AWS::AccountId", &selection.account),
        ("AWS::StackName", &selection.stack_name),
    ] {
        if let Some(value) = value {
            parameters.insert(name.to_owned(), value.clone());
        }
    }
    let given = selection.parameters.iter().map(|(name, _)| name.clone());
    Ok(cloudformation::Options {
        parameters,
        given: given.collect(),
    })
}

/// The configuration of a run in a directory.
pub fn configuration(flags: &cli::Configuration, directory: &Path) -> Result<Config, Fatal> {
    let paths = SourceMap::new(Disk, working_directory()?);
    let config = match &flags.config {
        _ if flags.no_config => Ok(Config::default()),
        Some(path) => Config::load(&paths.absolute(path)),
        None => Config::find(directory),
    };
    config.map_err(|error| faulty(&paths, error))
}

/// A fault of the configuration, with its path as people see it.
pub fn faulty(paths: &SourceMap, error: ConfigError) -> Fatal {
    let path = paths.display(&error.path).into();
    let error = ConfigError { path, ..error };
    match error.position {
        // Editors and CI servers find the place at the start of a line.
        Some(_) => Fatal(error.to_string()),
        None => Fatal::new(error),
    }
}

pub fn working_directory() -> Result<PathBuf, Fatal> {
    std::env::current_dir()
        .map_err(|error| Fatal::new(format!("the working directory cannot be told: {error}")))
}

/// What the flags say of exceptions and of the baseline.
fn hide(
    flags: &cli::Hiding,
    sources: &SourceMap,
    options: &mut suppress::Options,
) -> Result<(), Fatal> {
    options.no_ignores = flags.no_ignores;
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Fatal::new(match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("there is no baseline at `{path}`: `--write-baseline {path}` makes one")
                }
                _ => format!("the baseline `{path}` could not be read: {error}"),
            })
        })
    };
    let parse = |path: &Path, text: &str| {
        Baseline::parse(text, &sources.absolute(path), sources.display(path)).map_err(Fatal)
    };
    if let Some(path) = &flags.baseline {
        options.baseline = BaselineUse::Known(parse(path, &read(path)?)?);
    }
    if let Some(path) = &flags.write_baseline {
        let text = if path.exists() {
            read(path)?
        } else {
            String::new()
        };
        // What is there and is no baseline is not written over.
        let before = match text.is_empty() {
            true => None,
            false => Some(parse(path, &text)?),
        };
        options.baseline = BaselineUse::Write {
            path: sources.absolute(path),
            before,
        };
    }
    Ok(())
}

/// Today, in UTC.
fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Date::from_unix_seconds(since.map_or(0, |since| since.as_secs()))
}
