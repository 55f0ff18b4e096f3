//! What a rule is, how it reads the model, and the registry of all rules.
//!
//! A rule sees the model only and can't tell Terraform from CloudFormation. It reads through
//! [`Cx`], where `?` on something unknown gives the verdict *undetermined* with its reason.

pub mod host_network_root_user;
pub mod privileged_container;
pub mod unused_ignore;

use crate::finding::{Severity, Verdict};
use crate::model::{
    ContainerDefinition, Field, FromValue, Member, NetworkMode, State, TaskDefinition,
};
use crate::source::Span;
use crate::value::{PieceKind, Text, Trail, Unknown};
use crate::worlds::{Question, World};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Every rule, in the order in which they are listed.
pub static ALL: &[&Rule] = &[
    &host_network_root_user::RULE,
    &privileged_container::RULE,
    &unused_ignore::RULE,
];

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

/// A rule: everything there is to know about it, in one declaration.
pub struct Rule {
    /// Names the bad situation, reads well after "allow", and is the name of the rule's file.
    pub id: &'static str,
    /// One lower-case clause.
    pub summary: &'static str,
    /// The highest severity it reports.
    pub severity: Severity,
    pub on_by_default: bool,
    pub since: &'static str,
    /// The catalogue entry that the rule implements, where there is one.
    pub policy: Option<Policy>,
    /// Outside standards that ask for the same.
    pub controls: &'static [&'static str],
    /// Ids of the same check in other tools, as their suppressions name it: whole, or after a
    /// hyphen and the name of a set of checks.
    pub elsewhere: &'static [&'static str],
    pub docs: Docs,
    pub options: &'static [OptionSpec],
    pub check: Check,
}

impl Rule {
    /// How a finding is accepted that has to stay, in Markdown; nothing where none can be.
    pub fn exceptions(&self) -> Option<String> {
        let id = self.id;
        match self.check {
            Check::Exceptions => None,
            Check::PerContainer(_) => Some(format!(
                "Where it has to stay, say why: `# ecslint: ignore[{id}] REASON` at the end of the \
                 line, or above the block, the module call or the container. In CloudFormation \
                 `Metadata: {{ecslint: {{ignore: [{{rule: {id}, reason: REASON}}]}}}}` of the \
                 resource does it too, and for anything else an entry of `ignore` in \
                 `.ecslint.yaml`."
            )),
        }
    }
}

/// An entry of the policy catalogue.
pub struct Policy {
    pub id: &'static str,
    pub name: &'static str,
    pub contextual_name: &'static str,
    pub kind: &'static str,
    pub category: &'static str,
}

/// The prose of a rule, in Markdown.
pub struct Docs {
    pub what: &'static str,
    pub why: &'static str,
    pub fix_terraform: &'static str,
    pub fix_cloudformation: &'static str,
    pub fix_aws_cli: &'static str,
    pub limits: &'static str,
}

/// A setting of a rule in the configuration file.
pub struct OptionSpec {
    pub name: &'static str,
    pub values: OptionValues,
    pub about: &'static str,
}

/// What a setting can be; the default first.
pub enum OptionValues {
    Flag { default: bool },
    Choice(&'static [&'static str]),
}

/// The value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OptionValue {
    Flag(bool),
    Choice(String),
}

/// What a rule judges.
pub enum Check {
    /// The exceptions of the run, once everything else is judged. There is no model to look at:
    /// `crate::suppress` makes the findings.
    Exceptions,
    /// Each container of the task definitions that it applies to.
    PerContainer(PerContainer),
}

/// How a rule judges containers.
pub struct PerContainer {
    /// Whether the task definition is of the kind that the rule is about: also where that is not
    /// known, since then the containers tell.
    pub applies: fn(&Cx, &TaskDefinition) -> Applies,
    pub check: fn(&Cx, &TaskDefinition, &ContainerDefinition) -> Judgement,
    /// What cannot be told where a container is undetermined, after "cannot tell", with
    /// `{subject}` for the container.
    pub question: &'static str,
}

/// Whether a rule applies to a task definition.
pub enum Applies {
    Yes,
    No,
}

/// A verdict in one world, or the unknown that stands in its way.
pub type Judgement = Result<Outcome, NotTold>;

/// Why a rule has no verdict.
#[derive(Clone, Debug)]
pub struct NotTold {
    pub unknown: Unknown,
    /// What cannot be told, where that is not the rule's own [`PerContainer::question`].
    pub question: Option<&'static str>,
}

impl NotTold {
    /// Of another question than the rule's own.
    pub fn of(question: &'static str, unknown: &Unknown) -> NotTold {
        NotTold {
            unknown: unknown.clone(),
            question: Some(question),
        }
    }
}

impl From<Unknown> for NotTold {
    fn from(unknown: Unknown) -> NotTold {
        NotTold {
            unknown,
            question: None,
        }
    }
}

/// A verdict in one world.
#[derive(Debug)]
pub enum Outcome {
    Fail(Box<Failure>),
    Pass,
    NotApplicable,
}

impl Outcome {
    pub fn verdict(&self) -> Verdict {
        match self {
            Outcome::Fail(_) => Verdict::Fail,
            Outcome::Pass => Verdict::Pass,
            Outcome::NotApplicable => Verdict::NotApplicable,
        }
    }
}

/// Why something fails, with the places to show.
#[derive(Debug)]
pub struct Failure {
    pub severity: Severity,
    /// One word: "root", "unset".
    pub evidence: &'static str,
    /// A clause that continues the name of what fails: "runs as root on the host's network".
    pub message: String,
    pub primary: Mark,
    pub marks: Vec<Mark>,
    /// The way of the deciding value.
    pub trail: Trail,
    pub fix: Fix,
    pub notes: Vec<String>,
    /// What must hold besides for it to matter, after "when".
    pub(crate) only_if: Option<&'static str>,
    /// What the container is called in the world that fails.
    pub(crate) container: Option<String>,
    /// The name of a member of the container, which tells the notation of the source.
    pub(crate) written_as: Option<Span>,
}

/// A place and what to say of it.
#[derive(Debug)]
pub struct Mark {
    pub span: Span,
    pub message: String,
    pub trail: Trail,
}

/// An edit that mends a failure, told in the notation of the source.
#[derive(Debug)]
pub struct Fix {
    /// An imperative in which `{member}` stands for the member's name and `{example}` for the
    /// member set to `value`.
    pub text: &'static str,
    /// The API's name of the member.
    pub member: &'static str,
    pub value: FixValue,
}

/// The value of an example edit.
#[derive(Debug)]
pub enum FixValue {
    Text(&'static str),
    Bool(bool),
}

/// A failure that points at `span`, to be completed by the methods of [`Failure`].
pub fn fail(
    severity: Severity,
    evidence: &'static str,
    message: impl Into<String>,
    span: Span,
    label: impl Into<String>,
    fix: Fix,
) -> Failure {
    Failure {
        severity,
        evidence,
        message: message.into(),
        primary: Mark {
            span,
            message: label.into(),
            trail: Trail::default(),
        },
        marks: Vec::new(),
        trail: Trail::default(),
        fix,
        notes: Vec::new(),
        only_if: None,
        container: None,
        written_as: None,
    }
}

impl Failure {
    /// The way of the value that the primary place is about.
    pub fn came(mut self, trail: &Trail) -> Failure {
        self.trail = trail.clone();
        self
    }

    /// A premise: a member that is set, and what that means.
    pub fn because<T>(mut self, field: &Field<T>, message: impl Into<String>) -> Failure {
        if let Some(span) = field.span {
            self.marks.push(Mark {
                span,
                message: message.into(),
                trail: field.trail.clone(),
            });
        }
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Failure {
        self.notes.push(note.into());
        self
    }

    pub fn judge(self) -> Judgement {
        Ok(Outcome::Fail(Box::new(self)))
    }
}

/// What a rule reads the model with.
pub struct Cx<'a> {
    pub(crate) world: &'a World,
    pub(crate) settings: &'a Settings,
    pub(crate) rule: &'static str,
    /// Where what was read and would be refused is gathered.
    pub(crate) refused: &'a RefCell<Vec<Unknown>>,
}

/// The settings of all rules: which are on, at which severity, with which options.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    rules: BTreeMap<&'static str, RuleSettings>,
}

/// What the configuration says of one rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleSettings {
    pub on: Option<bool>,
    /// Caps nothing: it replaces the severity of each finding.
    pub severity: Option<Severity>,
    pub options: BTreeMap<&'static str, OptionValue>,
}

impl Settings {
    pub fn set(&mut self, rule: &'static Rule, settings: RuleSettings) {
        self.rules.insert(rule.id, settings);
    }

    pub fn is_on(&self, rule: &Rule) -> bool {
        self.rules
            .get(rule.id)
            .and_then(|settings| settings.on)
            .unwrap_or(rule.on_by_default)
    }

    /// The rules that are on, in the order of the registry.
    pub fn rules_on(&self) -> impl Iterator<Item = &'static Rule> {
        ALL.iter().copied().filter(|rule| self.is_on(rule))
    }

    /// The severity that the configuration gives the findings of a rule.
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.rules.get(rule)?.severity
    }

    pub fn option(&self, rule: &str, name: &str) -> Option<&OptionValue> {
        self.rules.get(rule)?.options.get(name)
    }
}

impl Cx<'_> {
    /// Reads a member. What is unknown because of a symbol that has few possible values, or
    /// because of a boolean symbol where a boolean is wanted, is asked of the world.
    pub fn field<T: FromValue + Decidable>(&self, member: &Member<T>) -> Field<T> {
        let field = member.read();
        if !self.world.is_refused() {
            self.refused.borrow_mut().extend(field.refused.clone());
        }
        if let Some(unknown) = T::undecided(&field.state)
            && let Some(symbol) = unknown.askable()
        {
            match symbol.few_values() {
                Some(values) => {
                    for value in values {
                        let question = Question::Equals(symbol.clone(), value.clone());
                        if self.world.decide(&question) != Some(false) {
                            break;
                        }
                    }
                }
                None if T::IS_BOOL && symbol.domain().is_none() => {
                    self.world.decide(&Question::IsTrue(symbol.clone()));
                }
                _ => {}
            }
        }
        field
    }

    /// The value of a member, nothing where it is missing or null.
    ///
    /// # Errors
    /// The reason why it is not known.
    pub fn known<T: FromValue + Decidable>(
        &self,
        member: &Member<T>,
    ) -> Result<Option<T>, Unknown> {
        match self.field(member).state {
            State::Known(value) => Ok(Some(value)),
            State::Absent => Ok(None),
            State::Unknown(unknown) => Err(unknown),
        }
    }

    /// Whether a flag of this rule is set.
    pub fn flag(&self, name: &str) -> bool {
        if let Some(OptionValue::Flag(value)) = self.settings.option(self.rule, name) {
            return *value;
        }
        match self.spec(name) {
            OptionValues::Flag { default } => *default,
            OptionValues::Choice(_) => unreachable!("`{name}` is declared as a choice"),
        }
    }

    /// The value of a setting of this rule that is one of several words.
    pub fn choice(&self, name: &str) -> &str {
        if let Some(OptionValue::Choice(value)) = self.settings.option(self.rule, name) {
            return value;
        }
        match self.spec(name) {
            OptionValues::Choice(values) => values[0],
            OptionValues::Flag { .. } => unreachable!("`{name}` is declared as a flag"),
        }
    }

    fn spec(&self, name: &str) -> &'static OptionValues {
        let rule = find(self.rule).expect("a rule that runs is registered");
        let spec = rule.options.iter().find(|option| option.name == name);
        &spec
            .expect("a rule reads only options that it declares")
            .values
    }

    /// Whether another rule is on, for a rule that leaves a case to it.
    pub fn is_on(&self, rule: &Rule) -> bool {
        self.settings.is_on(rule)
    }

    /// Where to point when a member is missing: at it if it is there (as a null), else at the
    /// container's name, else at the container.
    pub fn at_or_inside<T>(&self, field: &Field<T>, container: &ContainerDefinition) -> Span {
        field
            .span
            .or_else(|| container.name.read().span)
            .unwrap_or(container.span)
    }
}

/// Types whose unknown values can be decided by asking the world.
pub trait Decidable: Sized {
    const IS_BOOL: bool = false;

    /// The unknown whose symbol decides the value.
    fn undecided(state: &State<Self>) -> Option<&Unknown> {
        match state {
            State::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }
}

impl Decidable for bool {
    const IS_BOOL: bool = true;
}

impl Decidable for NetworkMode {}

impl Decidable for Text {
    /// Also a hole in a text that is known otherwise.
    fn undecided(state: &State<Text>) -> Option<&Unknown> {
        match state {
            State::Unknown(unknown) => Some(unknown),
            State::Known(text) => text.pieces().iter().find_map(|piece| match &piece.kind {
                PieceKind::Hole(unknown) if unknown.askable().is_some() => Some(unknown),
                _ => None,
            }),
            State::Absent => None,
        }
    }
}

impl Decidable for Vec<Text> {}
