//! The manual page.

use crate::{Fatal, output};
use clap::CommandFactory;
use ecslint::cli::{self, Cli};

/// The page of the program, or of one of its commands.
pub fn print(command: Option<&str>) -> Result<(), Fatal> {
    let mut program = Cli::command();
    program.build();
    let command = match command {
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
    output::print(|out| {
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
    Ok(())
}
