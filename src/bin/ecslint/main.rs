//! Arguments in, exit code out.

mod manual;
mod output;
mod progress;
mod request;

use clap::{CommandFactory, Parser};
use ecslint::cli::{self, Cli, Command, ConfigFormat};
use ecslint::config::resolved;
use ecslint::finding::ProblemKind;
use ecslint::ledger::{Entries, Summary};
use ecslint::report::terminal::shown;
use ecslint::report::{self, Content, Format};
use ecslint::source::{Disk, EntryKind, SourceMap};
use ecslint::{UsageError, explain, rules};
use output::print;
use progress::Progress;
use std::io;
use std::panic;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Wrong usage, a faulty configuration, or a fault of our own.
const EXIT_USAGE: u8 = 2;
/// Something could not be read or decided.
const EXIT_INCOMPLETE: u8 = 3;

fn main() -> ExitCode {
    let arguments = Cli::parse();
    let fault = keep_panics();
    let code = match panic::catch_unwind(|| run(arguments)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            output::complain(&shown(&error.0));
            EXIT_USAGE
        }
        Err(_) => {
            let fault = fault
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            let repository = env!("CARGO_PKG_REPOSITORY");
            output::complain(&format!(
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
            let config =
                request::configuration(&arguments.configuration, &request::working_directory()?)?;
            let style = output::style(arguments.terminal.color);
            print(|out| explain::write_list(&config.settings, &style, out))?;
            Ok(0)
        }
        Command::Explain(arguments) => {
            let rule = rules::find(&arguments.rule).expect("no other name is taken");
            let style = output::style(arguments.terminal.color);
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
        Command::Man(arguments) => {
            manual::print(arguments.command.as_deref())?;
            Ok(0)
        }
    }
}

fn show_config(arguments: &cli::ShowConfig) -> Result<u8, Fatal> {
    let sources = SourceMap::new(Disk, request::working_directory()?);
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
    let config = request::configuration(&arguments.configuration, &directory)?;
    let resolved = resolved::resolve(&sources, &config, arguments.fail_on)
        .map_err(|error| request::faulty(&sources, error))?;
    print(|out| match arguments.format {
        ConfigFormat::Text => resolved.write_text(out),
        ConfigFormat::Json => resolved.write_json(out),
    })?;
    Ok(0)
}

fn check(arguments: &cli::Check) -> Result<u8, Fatal> {
    let (sources, request) = request::of_check(arguments)?;
    let progress = Progress::start();
    let report = ecslint::run(&sources, &request, &|done, total| progress.set(done, total));
    progress.finish();
    let report = report?;
    if let (Some(path), Some(baseline)) = (&arguments.hiding.write_baseline, &report.baseline) {
        output::write_baseline(path, baseline)?;
    }
    let root = output::checkout(sources.working_directory());
    let content = Content {
        entries: &report.entries,
        summary: &report.summary,
        leniency: &request.leniency,
        sources: &sources,
        root: &root,
        environments: &request.environments.only,
        workspace: arguments.selection.workspace.as_deref(),
    };
    for to in &arguments.outputs {
        output::write_report(to, &content)?;
    }
    let style = output::style(arguments.terminal.color);
    print(|out| report::write(arguments.format, &content, &style, out))?;
    if arguments.format == Format::Github {
        output::add_job_summary(&content)?;
    }
    let code = report.summary.exit_code;
    // The process ends: what it holds need not be taken apart.
    std::mem::forget((report, sources));
    Ok(code)
}

/// The definitions on standard output; what could not be read is told on standard error.
fn inspect(arguments: &cli::Inspect) -> Result<u8, Fatal> {
    let (sources, request) = request::of_inspect(arguments)?;
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
