//! What text may name, told by its bytes alone: most files of a repository are no templates, and most
//! of a template is not about task definitions.

use super::includes::INCLUDE;
use super::lookups;
use crate::model::spelling::is_slip;
use crate::source::File;
use crate::value::placeholders;
use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// The resource type that all this is about.
pub const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";

/// Resource types that deploy another template.
pub const NESTED_STACKS: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// A resource type that deploys a template into other accounts and regions.
pub const STACK_SET: &str = "AWS::CloudFormation::StackSet";

/// A property that nearly only task definitions have: what has it and another type may be misspelt.
const CONTAINERS: &str = "ContainerDefinitions";

/// The end of the types that stand for modules of the registry of CloudFormation.
const REGISTRY_MODULE: &str = "::MODULE";

/// The tag that stands for the type where Rain puts a module in the place of a resource.
const RAIN_MODULE: &str = "Rain::Module";

/// Resource types of the Service Catalog whose templates lie elsewhere.
const PRODUCTS: [&str; 2] = [
    "AWS::ServiceCatalog::CloudFormationProduct",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

/// What a resource of this type deploys from elsewhere, if its template cannot be on disk.
pub fn deployed_from_elsewhere(kind: &str) -> Option<&'static str> {
    if kind.ends_with(REGISTRY_MODULE) {
        return Some("its module lies in the registry of CloudFormation");
    }
    PRODUCTS
        .contains(&kind)
        .then_some("its template lies in the Service Catalog")
}

/// Whether a type was meant to be that of a task definition, or is none at all.
pub fn is_misspelt(kind: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_@-".contains(letter);
    let mut parts = kind.split("::");
    let is_type = parts.clone().count() > 1
        && parts.all(|part| !part.is_empty() && part.chars().all(is_letter));
    let is_of_another_service = kind.starts_with("AWS::") && kind.ends_with("::TaskDefinition");
    kind != TASK_DEFINITION && (!is_type || is_of_another_service || is_slip(kind, TASK_DEFINITION))
}

/// Whether text may name a task definition, or bring one in from elsewhere.
pub fn mentions_ours(text: &str) -> bool {
    let bytes = text.as_bytes();
    names_ours(bytes) || !hidden_letters(bytes).is_empty()
}

/// Whether text may be a template with something of ours in it, by its bytes alone.
pub(super) fn may_be_template(text: &str, mentions: &Mentions) -> bool {
    let holds = |word: &[u8]| memmem::find(text.as_bytes(), word).is_some();
    match mentions.are_hidden {
        true => true,
        false => {
            !mentions.at.is_empty() && holds(b"Resources")
                // A file of the Serverless Framework, whose template lies in others.
                || holds(b"${file(") && holds(b"resources:") && holds(b"provider:")
        }
    }
}

/// Where text gives something the type of a task definition, whether or not it is a template: the
/// type after the key.
pub fn typed(text: &str) -> Option<Range<usize>> {
    let is_quote = |character| matches!(character, '"' | '\'');
    let mut mentions = memmem::find_iter(text.as_bytes(), TASK_DEFINITION.as_bytes());
    let at = mentions.find(|&at| {
        let line = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let before = text[line..at].trim_end_matches(is_quote).trim_end();
        let Some(key) = before.strip_suffix(':') else {
            return false;
        };
        let key = key.trim_end().trim_end_matches(is_quote);
        let is_whole = |before: &str| {
            before.ends_with(|last: char| last.is_whitespace() || "\"'{,".contains(last))
        };
        let rest = key.strip_suffix("Type");
        let is_comment = before.trim_start().starts_with('#');
        !is_comment && rest.is_some_and(|rest| rest.is_empty() || is_whole(rest))
    })?;
    Some(at..at + TASK_DEFINITION.len())
}

/// Where text may name a task definition, or bring one in from elsewhere.
///
/// A type is written out in full somewhere, also where an alias repeats it, unless an escape in
/// double quotes hides one of its characters, or `Fn::ForEach` puts it together.
#[derive(Clone)]
pub(super) struct Mentions {
    /// Offsets, sorted.
    at: Vec<usize>,
    /// Escapes may hide some.
    are_hidden: bool,
    /// Parts may stand in files of their own.
    pub include: bool,
    /// There may be look-ups in mappings.
    pub look_up: bool,
    /// There may be loops.
    pub loops: bool,
    /// Offsets of what may be conditions, sorted.
    conditions: Vec<usize>,
}

/// The names that text is looked through for.
const NAMES: [&str; 13] = [
    TASK_DEFINITION,
    CONTAINERS,
    NESTED_STACKS[0],
    NESTED_STACKS[1],
    REGISTRY_MODULE,
    PRODUCTS[0],
    PRODUCTS[1],
    FOR_EACH,
    TRANSFORM,
    INCLUDE,
    RAIN_MODULE,
    lookups::FUNCTION,
    CONDITION,
];

/// Finds all names at once by what follows their `AWS::` or `Fn::`: a template is full of these.
static TAILS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let tails = NAMES.map(|name| name.split_once("::").map_or(name, |(_, tail)| tail));
    let builder = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(tails);
    builder.expect("a few short names fit")
});

/// Each of [`NAMES`] where it stands, in order.
fn names(bytes: &[u8]) -> impl Iterator<Item = (usize, &'static str)> {
    TAILS.find_iter(bytes).filter_map(|tail| {
        let name = NAMES[tail.pattern()];
        let is_whole = bytes[..tail.end()].ends_with(name.as_bytes());
        is_whole.then(|| (tail.end() - name.len(), name))
    })
}

fn names_ours(bytes: &[u8]) -> bool {
    names(bytes).any(|(_, name)| name != lookups::FUNCTION && name != CONDITION)
}

impl Mentions {
    /// Those in a file, which is looked through once.
    pub fn in_file(file: &File) -> Cow<'_, Mentions> {
        let find = |file: &File| Mentions::of(file.text());
        match file.derived(find) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(find(file)),
        }
    }

    pub fn of(text: &str) -> Mentions {
        let bytes = text.as_bytes();
        let hidden = hidden_letters(bytes);
        let mut mentions = Mentions {
            are_hidden: !hidden.is_empty(),
            include: !hidden.is_empty(),
            look_up: !hidden.is_empty(),
            loops: !hidden.is_empty(),
            conditions: hidden.clone(),
            at: hidden,
        };
        for (start, name) in names(bytes) {
            match name {
                lookups::FUNCTION => mentions.look_up = true,
                CONDITION => mentions.conditions.push(start),
                _ => {
                    mentions.include |= name == INCLUDE;
                    mentions.loops |= name == FOR_EACH;
                    mentions.at.push(start);
                }
            }
        }
        mentions.at.sort_unstable();
        mentions.conditions.sort_unstable();
        mentions
    }

    pub fn are_in(&self, range: Range<usize>) -> bool {
        is_one_in(&self.at, range)
    }

    /// Whether something in there may have a condition.
    pub fn condition_is_in(&self, range: Range<usize>) -> bool {
        is_one_in(&self.conditions, range)
    }
}

fn is_one_in(sorted: &[usize], range: Range<usize>) -> bool {
    let first = sorted.partition_point(|&at| at < range.start);
    sorted.get(first).is_some_and(|&at| at < range.end)
}

const CONDITION: &str = "Condition";
const FOR_EACH: &str = "Fn::ForEach";
const TRANSFORM: &str = "Fn::Transform";

/// The escapes that stand for a letter or a colon, or for nothing, as that of a line break does.
pub(super) fn hidden_letters(bytes: &[u8]) -> Vec<usize> {
    let mut hidden = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        let escape = &bytes[at + 1..];
        let code = match escape.first() {
            Some(b'u') => escape.get(1..5),
            Some(b'x') => escape.get(1..3),
            Some(b'U') => escape.get(1..9),
            Some(b'\n' | b'\r') => {
                hidden.push(at);
                None
            }
            _ => None,
        };
        let character = code
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        if character.is_some_and(|character| character.is_ascii_alphabetic() || character == ':') {
            hidden.push(at);
        }
        // An escaped backslash starts no escape.
        at += if escape.first() == Some(&b'\\') { 2 } else { 1 };
    }
    hidden
}

/// Whether text that is neither JSON nor YAML of one document may have been meant as a template: it
/// has the key `Resources` where its outermost keys stand, or gives something our type. Other files
/// are full of such text: manifests of several documents, and what a template engine has yet to
/// fill in.
pub(super) fn is_meant(text: &str) -> bool {
    let is_one_document = || memmem::find(text.as_bytes(), b"\n---").is_none();
    let is_ours = || typed(text).is_some() && placeholders::engines(text).is_none();
    has_outermost_key(text, "Resources") || is_one_document() && is_ours()
}

/// Whether text without `Resources` at the top was meant as a template all the same: it has
/// another section there. `has` tells of a key whether it is one of the outermost.
pub fn lacks_resources(has: impl Fn(&str) -> bool) -> bool {
    const OWN: [&str; 6] = [
        "AWSTemplateFormatVersion",
        "Parameters",
        "Mappings",
        "Conditions",
        "Rules",
        "Outputs",
    ];
    // A file of the Serverless Framework has its template below other keys.
    let is_other = has("Resources") || has("provider");
    !is_other && OWN.into_iter().any(has)
}

/// Whether text has a key where its outermost keys stand, whether or not it can be read.
pub fn has_outermost_key(text: &str, key: &str) -> bool {
    let is_key = |after: &str| {
        let name_end = after.trim_start_matches(['"', '\'']);
        let Some(after_colon) = name_end.trim_start().strip_prefix(':') else {
            return false;
        };
        // Without quotes, a colon in a name is a part of it.
        name_end.len() < after.len()
            || after_colon.is_empty()
            || after_colon.starts_with(char::is_whitespace)
    };
    let comments = ["#", "//", "---", "%", "{{", "{%", "{#"];
    let is_content = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !comments.iter().any(|comment| line.starts_with(comment))
    };
    let text = text.trim_start_matches('\u{feff}');
    let Some(first) = text.lines().find(is_content) else {
        return false;
    };
    let indent = first.len() - first.trim_start().len();
    if first.trim_start().starts_with('{') {
        let mut found = memmem::find_iter(text.as_bytes(), key);
        return found.any(|at| {
            let begins = !text[..at].ends_with(|before: char| before.is_alphanumeric());
            begins && is_key(&text[at + key.len()..])
        });
    }
    text.lines().any(|line| {
        let own = line.trim_start();
        let unquoted = own.trim_start_matches(['"', '\'']);
        line.len() - own.len() <= indent && unquoted.strip_prefix(key).is_some_and(is_key)
    })
}
