//! Arguments in, exit code out.

use clap::{CommandFactory, Parser};
use ecslint::cli::{self, Cli, Color, Command, ConfigFormat};
use ecslint::config::resolved::{self, DEFAULT_FAIL_ON};
use ecslint::config::{self, Config, ConfigError};
use ecslint::date::Date;
use ecslint::discover::Scope;
use ecslint::environments::Environments;
use ecslint::finding::{ProblemKind, Severity};
use ecslint::ledger::{Entries, Leniency, Summary};
use ecslint::report::terminal::{inert, shown};
use ecslint::report::{self, Content, Format, Style};
use ecslint::since::Base;
use ecslint::source::git::{Commit, Past};
use ecslint::source::{Disk, EntryKind, Memory, SourceMap};
use ecslint::suppress::baseline::Baseline;
use ecslint::suppress::{self, BaselineUse};
use ecslint::{Request, UsageError, cloudformation, explain, rules, terraform};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Wrong usage, a faulty configuration, or a fault of our own.
const EXIT_USAGE: u8 = 2;
/// Something could not be read or decided.
const EXIT_INCOMPLETE: u8 = 3;
/// Where output is not a terminal, lines are this wide.
const DEFAULT_WIDTH: usize = 100;

fn main() -> ExitCode {
    let arguments = Cli::parse();
    let fault = keep_panics();
    let code = match panic::catch_unwind(|| run(arguments)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            complain(&shown(&error.0));
            EXIT_USAGE
        }
        Err(_) => {
            let fault = fault
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            let repository = env!("CARGO_PKG_REPOSITORY");
            complain(&format!(
                "error: internal error: {}\nplease report it at {repository}/issues",
                shown(&fault)
            ));
            EXIT_USAGE
        }
    };
    ExitCode::from(code)
}

/// What ends a run before it has a report: the line to print.
struct Fatal(String);

impl Fatal {
    /// A message that begins as those of clap do.
    fn new(message: impl std::fmt::Display) -> Fatal {
        Fatal(format!("error: {message}"))
    }
}

impl From<UsageError> for Fatal {
    fn from(error: UsageError) -> Fatal {
        Fatal::new(error)
    }
}

impl From<io::Error> for Fatal {
    fn from(error: io::Error) -> Fatal {
        Fatal::new(format!("the output could not be written: {error}"))
    }
}

fn run(arguments: Cli) -> Result<u8, Fatal> {
    match arguments.command {
        Command::Check(arguments) => check(&arguments),
        Command::Inspect(arguments) => inspect(&arguments),
        Command::Rules(arguments) => {
            let config = configuration(&arguments.configuration, &working_directory()?)?;
            let style = style(arguments.terminal.color);
            print(|out| explain::write_list(&config.settings, &style, out))?;
            Ok(0)
        }
        Command::Explain(arguments) => {
            let rule = rules::find(&arguments.rule).expect("no other name is taken");
            let style = style(arguments.terminal.color);
            print(|out| explain::write_rule(rule, &style, out))?;
            Ok(0)
        }
        Command::Config(arguments) => show_config(&arguments),
        Command::Schema(arguments) => {
            let schema = arguments.of.schema();
            print(|out| report::json::write_object(&schema, out))?;
            Ok(0)
        }
        Command::Completions(arguments) => {
            let mut command = Cli::command();
            let name = command.get_name().to_owned();
            let mut script = Vec::new();
            clap_complete::generate(arguments.shell, &mut command, name, &mut script);
            print(|out| out.write_all(&script))?;
            Ok(0)
        }
        Command::Man(arguments) => manual(&arguments),
    }
}

fn show_config(arguments: &cli::ShowConfig) -> Result<u8, Fatal> {
    let sources = SourceMap::new(Disk, working_directory()?);
    let mut directory = sources.absolute(&arguments.path);
    match sources.kind(&directory) {
        Some(EntryKind::Directory) => {}
        Some(EntryKind::File) => {
            directory.pop();
        }
        None => {
            let path = arguments.path.display();
            return Err(Fatal::new(format!("there is nothing at `{path}`")));
        }
    }
    let config = configuration(&arguments.configuration, &directory)?;
    let resolved = resolved::resolve(&sources, &config, arguments.fail_on)
        .map_err(|error| faulty(&sources, error))?;
    print(|out| match arguments.format {
        ConfigFormat::Text => resolved.write_text(out),
        ConfigFormat::Json => resolved.write_json(out),
    })?;
    Ok(0)
}

/// The page of the program, or of one of its commands.
fn manual(arguments: &cli::Man) -> Result<u8, Fatal> {
    let mut program = Cli::command();
    program.build();
    let command = match &arguments.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(Fatal::new(format!("`{name}` is not a command"))),
        },
    };
    let has_codes = command.get_after_help().is_some();
    let has_commands = command.has_subcommands();
    let name = command.get_display_name().unwrap_or(command.get_name());
    let title = name.to_uppercase();
    let version = concat!("ecslint ", env!("CARGO_PKG_VERSION"));
    let page = clap_mangen::Man::new(command.after_help(None::<&str>))
        .title(title)
        // An empty one would be left out, and what follows taken for it.
        .date(" ")
        .source(version)
        .manual("ecslint");
    print(|out| {
        page.render_title(out)?;
        page.render_name_section(out)?;
        page.render_synopsis_section(out)?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
        if has_commands {
            page.render_subcommands_section(out)?;
        }
        if has_codes {
            let codes = cli::EXIT_CODES.lines().skip(1).map(str::trim_start);
            writeln!(out, ".SH \"EXIT STATUS\"")?;
            for line in codes {
                let (code, meaning) = line.split_once("  ").unwrap_or((line, ""));
                writeln!(out, ".TP\n{code}\n{}", meaning.replace('-', "\\-"))?;
            }
        }
        Ok(())
    })?;
    Ok(0)
}

fn check(arguments: &cli::Check) -> Result<u8, Fatal> {
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
    let progress = Progress::start();
    let report = ecslint::run(&sources, &request, &|done, total| progress.set(done, total));
    progress.finish();
    let report = report?;
    let root = checkout(sources.working_directory());
    if let (Some(path), Some(baseline)) = (&arguments.hiding.write_baseline, &report.baseline) {
        let mut text = Vec::new();
        baseline.write(&mut text)?;
        std::fs::write(path, text).map_err(|error| {
            let path = path.display();
            Fatal::new(format!("`{path}` could not be written: {error}"))
        })?;
    }
    let content = Content {
        entries: &report.entries,
        summary: &report.summary,
        leniency: &request.leniency,
        sources: &sources,
        root: &root,
        environments: &request.environments.only,
        workspace: arguments.selection.workspace.as_deref(),
    };
    for output in &arguments.outputs {
        write_file(output, &content)?;
    }
    let style = style(arguments.terminal.color);
    print(|out| report::write(arguments.format, &content, &style, out))?;
    if arguments.format == Format::Github {
        add_job_summary(&content)?;
    }
    let code = report.summary.exit_code;
    // The process ends: what it holds need not be taken apart.
    std::mem::forget((report, sources));
    Ok(code)
}

/// The checkout in GitHub Actions or GitLab CI, which show paths from there; else where we are.
fn checkout(directory: &Path) -> PathBuf {
    let roots = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter();
    let mut roots = roots.filter_map(std::env::var_os).map(PathBuf::from);
    roots
        .find(|root| directory.starts_with(root))
        .unwrap_or_else(|| directory.to_owned())
}

fn write_file(output: &cli::Output, content: &Content) -> Result<(), Fatal> {
    let style = Style {
        colour: false,
        width: DEFAULT_WIDTH,
        unicode: true,
    };
    let written = File::create(&output.path).and_then(|file| {
        let mut out = io::BufWriter::new(file);
        report::write(output.format, content, &style, &mut out)?;
        out.flush()
    });
    written.map_err(|error| not_written(&output.path, &error))
}

/// Beside the annotations, of which GitHub shows few: all as a table on the page of the run.
fn add_job_summary(content: &Content) -> Result<(), Fatal> {
    let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let Some(path) = summary.map(PathBuf::from) else {
        return Ok(());
    };
    let there = std::fs::metadata(&path).map_or(0, |file| file.len());
    let mut text = Vec::new();
    report::markdown::write_job_summary(content, there as usize, &mut text)?;
    let file = File::options().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(&text))
        .map_err(|error| not_written(&path, &error))
}

fn not_written(path: &Path, error: &io::Error) -> Fatal {
    Fatal::new(format!(
        "`{}` could not be written: {error}",
        path.display()
    ))
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

/// The definitions on standard output; what could not be read is told on standard error.
fn inspect(arguments: &cli::Inspect) -> Result<u8, Fatal> {
    let leniency = |_: &Config| Leniency {
        fail_on: Severity::Info,
        allow_undetermined: false,
        allow_unread: false,
    };
    let (sources, request) = prepare(&arguments.selection, false, leniency)?;
    let progress = Progress::start();
    let inspected = ecslint::inspect(&sources, &request, &|done, total| progress.set(done, total));
    progress.finish();
    let (inspected, problems) = inspected?;
    print(|out| report::json::write_inspected(&inspected, out))?;
    let incomplete = problems
        .iter()
        .any(|problem| problem.kind != ProblemKind::Note);
    let entries = Entries {
        problems,
        ..Entries::default()
    };
    let content = Content {
        entries: &entries,
        summary: &Summary::default(),
        leniency: &request.leniency,
        sources: &sources,
        root: sources.working_directory(),
        environments: &request.environments.only,
        workspace: None,
    };
    // Standard error may be closed; there is nobody to tell then.
    let _ = report::concise::write_entries(&content, &mut io::stderr().lock());
    Ok(if incomplete { EXIT_INCOMPLETE } else { 0 })
}

/// The sources and the request that the flags, the configuration and the environment make. What is
/// asked of the sources is noted if the run is to be compared with another one.
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
fn configuration(flags: &cli::Configuration, directory: &Path) -> Result<Config, Fatal> {
    let paths = SourceMap::new(Disk, working_directory()?);
    let config = match &flags.config {
        _ if flags.no_config => Ok(Config::default()),
        Some(path) => Config::load(&paths.absolute(path)),
        None => Config::find(directory),
    };
    config.map_err(|error| faulty(&paths, error))
}

fn faulty(paths: &SourceMap, error: ConfigError) -> Fatal {
    let path = paths.display(&error.path).into();
    let error = ConfigError { path, ..error };
    match error.position {
        // Editors and CI servers find the place at the start of a line.
        Some(_) => Fatal(error.to_string()),
        None => Fatal::new(error),
    }
}

fn working_directory() -> Result<PathBuf, Fatal> {
    std::env::current_dir()
        .map_err(|error| Fatal::new(format!("the working directory cannot be told: {error}")))
}

/// Hands buffered standard output to `write`. A reader that has gone away (`| head`) is no fault.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    if written.is_err() {
        // What is left in the buffer has nowhere to go.
        let _ = out.into_parts();
    }
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Standard error may be closed; there is nobody to tell then.
fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", inert(message));
}

/// Keeps the message of a panic instead of printing it: one that is caught on the way is not for
/// people, and one that ends the run is told in our words.
fn keep_panics() -> Arc<Mutex<String>> {
    let kept = Arc::new(Mutex::new(String::new()));
    let keeps = kept.clone();
    panic::set_hook(Box::new(move |panic| {
        let mut kept = keeps
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        *kept = panic.to_string();
    }));
    kept
}

/// What standard output can show.
fn style(color: Color) -> Style {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let term = set("TERM");
    let dumb = term.as_deref().is_some_and(|term| term == "dumb");
    let width = match terminal {
        true => terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        false => None,
    };
    // The first that is set tells the encoding of characters.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let ascii = locale.is_some_and(|locale| locale == "C" || locale == "POSIX");
    let console = term.as_deref().is_some_and(|term| term == "linux");
    Style {
        colour: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb && set("NO_COLOR").is_none(),
        },
        width: width.unwrap_or(DEFAULT_WIDTH).clamp(40, 200),
        unicode: !(terminal && (dumb || console || ascii)),
    }
}

/// A bar on standard error, if that is a terminal, from half a second on.
struct Progress {
    counts: Arc<[AtomicUsize; 2]>,
    /// Dropped to end the thread.
    running: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    fn start() -> Progress {
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let running = io::stderr().is_terminal().then(|| {
            let (running, stop) = mpsc::channel();
            let counts = counts.clone();
            (running, std::thread::spawn(move || draw(&counts, &stop)))
        });
        Progress { counts, running }
    }

    fn set(&self, done: usize, total: usize) {
        self.counts[0].fetch_max(done, Ordering::Relaxed);
        self.counts[1].store(total, Ordering::Relaxed);
    }

    fn finish(self) {
        if let Some((running, thread)) = self.running {
            drop(running);
            // It ends at once; a bar that failed is no loss.
            let _ = thread.join();
        }
    }
}

/// Draws until the other end of `stop` is gone.
fn draw(counts: &[AtomicUsize; 2], stop: &mpsc::Receiver<()>) {
    let waits = |time| stop.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout);
    if !waits(Duration::from_millis(500)) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} units");
    bar.set_style(style.expect("the template is well-formed"));
    loop {
        let [done, total] = [0, 1].map(|at| counts[at].load(Ordering::Relaxed) as u64);
        bar.set_length(total);
        bar.set_position(done);
        if !waits(Duration::from_millis(100)) {
            break;
        }
    }
    bar.finish_and_clear();
}
