//! Every command, flag and help text of the command line.

use crate::finding::Severity;
use crate::report::Format;
use crate::rules;
use crate::schema::Published;
use crate::terraform::Input;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// What an exit code means; the manual page has a section of its own for it.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  everything was read and decided, nothing was found at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage or configuration, or an internal error
  3  incomplete: something could not be read or decided (1 wins over 3)";

/// Finds dangerous settings in AWS ECS task definitions in Terraform and CloudFormation source
#[derive(Parser, Debug)]
#[command(
    name = "ecslint",
    version,
    after_help = EXIT_CODES,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Judge task definitions by all rules
    #[command(after_help = EXIT_CODES)]
    Check(Check),
    /// Print task definitions as they resolve, as JSON
    Inspect(Inspect),
    /// List all rules
    Rules(Rules),
    /// Say what a rule flags, why, and how to fix it
    Explain(Explain),
    /// Print the configuration that is in effect, and where each value comes from
    Config(ShowConfig),
    /// Print a JSON schema
    Schema(Schema),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page of ecslint or of a command
    Man(Man),
}

#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub selection: Selection,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "full")]
    pub format: Format,
    /// Write a report to a file as well; can be given several times
    #[arg(long = "output", value_name = "FORMAT=PATH", value_parser = output)]
    pub outputs: Vec<Output>,
    /// The least severity that fails the run [default: medium, or the configuration's]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    #[command(flatten)]
    pub hiding: Hiding,
    /// Show and count only what is new since HEAD and this revision of git parted
    #[arg(long, value_name = "REV", conflicts_with = "write_baseline")]
    pub since: Option<String>,
    /// Accept task definitions that cannot be decided
    #[arg(long)]
    pub allow_undetermined: bool,
    /// Accept files and modules that could not be read
    #[arg(long)]
    pub allow_unread: bool,
    #[command(flatten)]
    pub terminal: Terminal,
}

/// Which findings are hidden.
#[derive(Args, Debug)]
pub struct Hiding {
    /// Show what comments, metadata and the configuration say to ignore
    #[arg(long)]
    pub no_ignores: bool,
    /// Show only findings that are not in this file
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings to this file, for `--baseline`; it keeps what this run does not judge
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Inspect {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub terminal: Terminal,
}

#[derive(Args, Debug)]
pub struct Rules {
    #[command(flatten)]
    pub configuration: Configuration,
    #[command(flatten)]
    pub terminal: Terminal,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// The rule, as findings name it
    #[arg(value_name = "RULE", value_parser = rule())]
    pub rule: String,
    #[command(flatten)]
    pub terminal: Terminal,
}

#[derive(Args, Debug)]
pub struct ShowConfig {
    /// The directory where `check` would run, or a file in it
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub configuration: Configuration,
    /// As for `check`
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ConfigFormat,
}

/// How the configuration is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigFormat {
    /// A line for each value
    Text,
    /// One object, ecslint/config/v1
    Json,
}

#[derive(Args, Debug)]
pub struct Schema {
    /// Of what
    #[arg(value_name = "NAME")]
    pub of: Published,
}

#[derive(Args, Debug)]
pub struct Completions {
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct Man {
    /// The command [default: ecslint as a whole]
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// What is read, and the values it is read with.
#[derive(Args, Clone, Debug)]
pub struct Selection {
    /// Directories, files or patterns; `-` reads one file from standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The path that the text on standard input is taken to have
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub configuration: Configuration,
    /// Judge in this environment of the configuration only; can be given several times
    #[arg(long = "env", value_name = "NAME")]
    pub environments: Vec<String>,
    #[command(flatten)]
    pub inputs: Inputs,
    /// Use TF_VAR_… of the environment too
    #[arg(long, help_heading = "Terraform")]
    pub env_vars: bool,
    /// The Terraform workspace [default: default]
    #[arg(long, value_name = "NAME", help_heading = "Terraform")]
    pub workspace: Option<String>,
    /// Set a parameter of the templates, or a pseudo parameter such as AWS::URLSuffix
    #[arg(
        long = "parameter",
        value_name = "KEY=VALUE",
        value_parser = assignment,
        help_heading = "CloudFormation"
    )]
    pub parameters: Vec<(String, String)>,
    /// Read parameters from a file, JSON or YAML; --parameter and later files win
    #[arg(
        long = "parameter-file",
        value_name = "FILE",
        help_heading = "CloudFormation"
    )]
    pub parameter_files: Vec<PathBuf>,
    /// The value of AWS::Region, which tells AWS::Partition and AWS::URLSuffix too
    #[arg(long, value_name = "REGION", help_heading = "CloudFormation")]
    pub region: Option<String>,
    /// The value of AWS::AccountId
    #[arg(long, value_name = "ID", help_heading = "CloudFormation")]
    pub account: Option<String>,
    /// The value of AWS::StackName
    #[arg(long, value_name = "NAME", help_heading = "CloudFormation")]
    pub stack_name: Option<String>,
}

/// Where the configuration comes from.
#[derive(Args, Clone, Debug)]
pub struct Configuration {
    /// The configuration file [default: the nearest .ecslint.yaml up to the repository's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

#[derive(Args, Debug)]
pub struct Terminal {
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// A report for a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    pub format: Format,
    pub path: PathBuf,
}

/// When to colour.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// `--var` and `--var-file` in the order of the command line: the last one wins.
#[derive(Clone, Default, Debug)]
pub struct Inputs(pub Vec<Input>);

/// The two flags, each in its own list, as clap reads them.
#[derive(Args, Debug)]
struct InputFlags {
    /// Set a variable of the root modules
    #[arg(
        long = "var",
        value_name = "NAME=VALUE",
        value_parser = assignment,
        help_heading = "Terraform"
    )]
    vars: Vec<(String, String)>,
    /// Read variables from a tfvars file; later flags win over earlier ones
    #[arg(long = "var-file", value_name = "FILE", help_heading = "Terraform")]
    var_files: Vec<PathBuf>,
}

impl FromArgMatches for Inputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Inputs, clap::Error> {
        let flags = InputFlags::from_arg_matches(matches)?;
        let order = |id: &str| matches.indices_of(id).into_iter().flatten();
        let vars = flags.vars.into_iter();
        let vars = vars.map(|(name, value)| Input::Value { name, value });
        let files = flags.var_files.into_iter().map(Input::File);
        let vars = order("vars").zip(vars);
        let mut all: Vec<(usize, Input)> = vars.chain(order("var_files").zip(files)).collect();
        all.sort_by_key(|(index, _)| *index);
        Ok(Inputs(all.into_iter().map(|(_, input)| input).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Inputs::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Inputs {
    fn augment_args(command: clap::Command) -> clap::Command {
        InputFlags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        InputFlags::augment_args_for_update(command)
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Format] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.as_str()).help(self.about());
        Some(value.aliases(alias(*self)))
    }
}

impl ValueEnum for Published {
    fn value_variants<'a>() -> &'a [Published] {
        &Published::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(self.about()))
    }
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Severity] {
        &[
            Severity::High,
            Severity::Medium,
            Severity::Low,
            Severity::Info,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}

/// The name of a format with its version, for programs that parse it.
fn alias(format: Format) -> Option<&'static str> {
    (format == Format::Json).then_some("json-v1")
}

/// Takes the ids of all rules.
fn rule() -> PossibleValuesParser {
    let all = rules::ALL.iter();
    PossibleValuesParser::new(all.map(|rule| PossibleValue::new(rule.id).help(rule.summary)))
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("a name, `=` and a value are needed".to_owned()),
    }
}

fn output(text: &str) -> Result<Output, String> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) if !path.is_empty() => (name, path),
        _ => return Err("a format, `=` and a path are needed".to_owned()),
    };
    let is_named = |one: &Format| one.as_str() == name || alias(*one) == Some(name);
    let format = Format::ALL.into_iter().find(is_named);
    let format = format.ok_or_else(|| {
        let all = Format::ALL.map(Format::as_str).join(", ");
        format!("`{name}` is not one of {all}")
    })?;
    Ok(Output {
        format,
        path: path.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"ecslint").chain(arguments))
    }

    fn check(arguments: &[&str]) -> Check {
        match parse(arguments).expect("they are right").command {
            Command::Check(check) => check,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_keep_the_order_of_the_command_line() {
        let check = check(&[
            "check",
            "a",
            "--var",
            "x=1",
            "--var-file",
            "f.tfvars",
            "--var=y=a=b",
            "--var-file=g",
            "-",
        ]);
        let value = |name: &str, value: &str| Input::Value {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            check.selection.inputs.0,
            [
                value("x", "1"),
                Input::File("f.tfvars".into()),
                value("y", "a=b"),
                Input::File("g".into()),
            ]
        );
        assert_eq!(check.selection.paths, [PathBuf::from("a"), "-".into()]);
    }

    #[test]
    fn reports_go_to_several_files() {
        let check = check(&[
            "check",
            "--format=json-v1",
            "--output",
            "sarif=a=b",
            "--output=junit=c",
            "--output=json-v1=d",
        ]);
        let output = |format, path: &str| Output {
            format,
            path: path.into(),
        };
        assert_eq!(
            check.outputs,
            [
                output(Format::Sarif, "a=b"),
                output(Format::Junit, "c"),
                output(Format::Json, "d"),
            ]
        );
        assert_eq!(check.format, Format::Json);
    }

    #[test]
    fn defaults() {
        let check = check(&["check"]);
        assert_eq!(check.selection.paths, [PathBuf::from(".")]);
        assert_eq!(check.format, Format::Full);
        assert_eq!(check.fail_on, None);
        assert_eq!(check.terminal.color, Color::Auto);
    }

    #[test]
    fn wrong_usage_exits_with_2_and_help_with_0() {
        for wrong in [
            &[][..],
            &["chekc"],
            &["check", "--fail-on", "critical"],
            &["check", "--var", "x"],
            &["check", "--output", "sarif"],
            &["check", "--output", "sarif="],
            &["check", "--output", "xml=x"],
            &["check", "--config", "x", "--no-config"],
            &["explain"],
            &["schema", "sarif"],
            &["completions", "csh"],
            &["config", "--format", "yaml"],
        ] {
            assert_eq!(
                parse(wrong).expect_err("it is wrong").exit_code(),
                2,
                "{wrong:?}"
            );
        }
        for right in [&["--help"][..], &["--version"], &["check", "--help"]] {
            assert_eq!(parse(right).expect_err("it is help").exit_code(), 0);
        }
    }
}
