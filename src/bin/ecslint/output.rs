//! Where the output goes: standard output and error, files, the page of a CI job.

use crate::Fatal;
use ecslint::cli::{self, Color};
use ecslint::report::terminal::inert;
use ecslint::report::{self, Content, Style};
use ecslint::suppress::baseline::Baseline;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where output is not a terminal, lines are this wide.
const DEFAULT_WIDTH: usize = 100;

/// Hands buffered standard output to `write`. A reader that has gone away (`| head`) is no fault.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
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
pub fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", inert(message));
}

/// What standard output can show.
pub fn style(color: Color) -> Style {
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

/// The checkout in GitHub Actions or GitLab CI, which show paths from there; else where we are.
pub fn checkout(directory: &Path) -> PathBuf {
    let roots = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter();
    let mut roots = roots.filter_map(std::env::var_os).map(PathBuf::from);
    roots
        .find(|root| directory.starts_with(root))
        .unwrap_or_else(|| directory.to_owned())
}

/// Writes a report in the format and to the file that `--output` names.
pub fn write_report(output: &cli::Output, content: &Content) -> Result<(), Fatal> {
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
pub fn add_job_summary(content: &Content) -> Result<(), Fatal> {
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

/// Writes the baseline over the one that was there.
pub fn write_baseline(path: &Path, baseline: &Baseline) -> Result<(), Fatal> {
    let mut text = Vec::new();
    baseline.write(&mut text)?;
    std::fs::write(path, text).map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &io::Error) -> Fatal {
    Fatal::new(format!(
        "`{}` could not be written: {error}",
        path.display()
    ))
}
