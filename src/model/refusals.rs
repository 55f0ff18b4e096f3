//! What a task definition holds that its source's deployment would refuse, whether or not a rule
//! reads it.

use super::schema::{self, Struct, Type};
use super::{SourceKind, TaskDefinition};
use crate::source::Span;
use crate::value::{Kind, List, Member, Object, Piece, PieceKind, Slot, Text, Unknown, Value};

/// Values that are looked at in one task definition: one value may stand in many places of it.
const MAX_VALUES: usize = 100_000;

/// The refused values of a task definition in the present world, each at its place.
pub fn of(task: &TaskDefinition) -> Vec<Unknown> {
    let mut search = Search {
        // CloudFormation makes a string of a number where it wants one.
        coerces: task.source == SourceKind::CloudFormation,
        // What Terraform's provider decodes and converts, its front end has.
        is_decoded: task.source == SourceKind::Terraform,
        left: MAX_VALUES,
        found: Vec::new(),
        ephemeral: false,
    };
    let definition = task.definition().get();
    match &definition.kind {
        Kind::Object(object) => search.task_definition(object),
        Kind::Unknown(unknown) => search.unknown(unknown),
        _ => {}
    }
    search.found
}

/// An argument that is set to what Terraform does not keep.
pub fn ephemeral(argument: Span) -> Unknown {
    let reason = "this argument is kept in the state, and its value is ephemeral";
    Unknown::invalid(reason, argument)
}

struct Search {
    coerces: bool,
    is_decoded: bool,
    left: usize,
    found: Vec<Unknown>,
    /// A value was met that is kept in no state.
    ephemeral: bool,
}

impl Search {
    fn task_definition(&mut self, object: &Object) {
        for member in object.members() {
            self.ephemeral = false;
            self.member(member, &schema::TASK_DEFINITION);
            // What is ephemeral in it may come from far away.
            if self.ephemeral {
                self.found.push(ephemeral(member.name_span));
            }
        }
        self.rest(object.rest.as_ref());
    }

    /// `of` is the type that the API gives the value, `name` the member that holds it. The depth
    /// is that of the schema: what has no structure there is not looked into.
    fn value(&mut self, value: &Value, of: &'static Type, name: &str) {
        self.ephemeral |= value.marks.is_ephemeral();
        match (&value.kind, of) {
            (Kind::Unknown(unknown), _) => self.unknown(unknown),
            (Kind::Text(text), _) => self.text(text),
            (Kind::Number(_), Type::String) if !self.coerces => {
                let reason = format!("`{name}` must be a string, this is a number");
                self.found.push(Unknown::invalid(reason, value.span));
            }
            (Kind::List(list), Type::List(of)) => self.list(list, of, name),
            // A block that may be repeated, where the API has one structure.
            (Kind::List(list), of @ Type::Struct(_)) => self.list(list, of, name),
            (Kind::Object(object), Type::Map(of)) => {
                for member in object.members() {
                    self.slot(&member.value, of, &member.name);
                }
                self.rest(object.rest.as_ref());
            }
            (Kind::Object(object), Type::Struct(shape)) => self.structure(object, shape),
            _ => {}
        }
        if !self.is_decoded
            && let Some(wanted) = self.wanted(value, of)
        {
            let is = value.describe();
            let reason = format!("`{name}` must be {wanted}, this is {is}");
            self.found.push(Unknown::invalid(reason, value.span));
        }
    }

    /// What a member takes, where its value is of another kind.
    fn wanted(&self, value: &Value, of: &Type) -> Option<&'static str> {
        let (is_right, wanted) = match of {
            Type::String => {
                let is_right = match &value.kind {
                    Kind::List(_) | Kind::Object(_) => false,
                    // A number is told above.
                    Kind::Bool(_) => self.coerces,
                    _ => true,
                };
                (is_right, "a string")
            }
            Type::Boolean => (matches!(value.kind, Kind::Bool(_)), "a boolean"),
            Type::Integer => {
                let is_right = matches!(&value.kind, Kind::Number(number) if number.is_integer());
                (is_right, "a whole number")
            }
            Type::List(_) => (matches!(value.kind, Kind::List(_)), "a list"),
            Type::Map(_) | Type::Struct(_) => (matches!(value.kind, Kind::Object(_)), "an object"),
        };
        let is_open = match &value.kind {
            Kind::Unknown(_) | Kind::Null(_) => true,
            // A default that stands for what is to be given is no number either.
            Kind::Text(text) => {
                let is_scalar = matches!(of, Type::Boolean | Type::Integer);
                text.has_holes() || is_scalar && !value.trail.is_empty()
            }
            _ => false,
        };
        (!is_right && !is_open).then_some(wanted)
    }

    fn structure(&mut self, object: &Object, shape: &'static Struct) {
        for member in object.members() {
            self.member(member, shape);
        }
        self.rest(object.rest.as_ref());
    }

    fn member(&mut self, member: &Member, shape: &'static Struct) {
        let Some(known) = shape.member(&member.name) else {
            return;
        };
        if member.value.is_taken() {
            return;
        }
        self.value_of(&member.value, &known.value, known.name);
        if let Some(allowed) = self.allowed_for(shape.name, known.name) {
            self.allowed(&member.value.peek(), &allowed, known.name);
        }
    }

    fn allowed_for(&self, shape: &str, member: &str) -> Option<Allowed> {
        match (shape, member) {
            // ECS takes names of roles and parameters, too, which Terraform's provider does not.
            ("TaskDefinition", "taskRoleArn" | "executionRoleArn")
            | ("FSxWindowsFileServerAuthorizationConfig", "credentialsParameter") => {
                self.is_decoded.then_some(Allowed::Arn)
            }
            _ => Allowed::of(shape, member),
        }
    }

    /// The value of a member, or each of its values, is one that ECS takes.
    fn allowed(&mut self, value: &Value, allowed: &Allowed, name: &str) {
        match &value.kind {
            Kind::List(list) => {
                for item in list.items.iter() {
                    self.allowed(&item.peek(), allowed, name);
                }
            }
            _ if allowed.takes(value) => {}
            _ => {
                let reason = format!("`{name}` must be {}", allowed.describe());
                self.found.push(Unknown::invalid(reason, value.span));
            }
        }
    }

    fn list(&mut self, list: &List, of: &'static Type, name: &str) {
        for item in list.items.iter() {
            self.slot(item, of, name);
        }
        self.rest(list.rest.as_ref());
    }

    fn slot(&mut self, slot: &Slot, of: &'static Type, name: &str) {
        if !slot.is_taken() {
            self.value_of(slot, of, name);
        }
    }

    fn value_of(&mut self, slot: &Slot, of: &'static Type, name: &str) {
        if self.left > 0 {
            self.left -= 1;
            self.value(&slot.peek(), of, name);
        }
    }

    fn text(&mut self, text: &Text) {
        for piece in text.pieces() {
            self.ephemeral |= piece.marks.is_ephemeral();
            match &piece.kind {
                PieceKind::Hole(unknown) => self.unknown(unknown),
                PieceKind::Encoded(value) => {
                    self.ephemeral |= value.marks_within().is_ephemeral();
                }
                PieceKind::Literal(_) => {}
            }
        }
    }

    fn rest(&mut self, rest: Option<&Unknown>) {
        if let Some(unknown) = rest {
            self.unknown(unknown);
        }
    }

    fn unknown(&mut self, unknown: &Unknown) {
        if unknown.is_refused() {
            self.found.push(unknown.clone());
        }
    }
}

/// Whether a member takes any value, or the texts that are written out for it.
pub fn allows(shape: &Struct, member: &schema::Member, written: &Value) -> bool {
    let takes = |allowed: &Allowed, written: &Value| match &written.kind {
        Kind::Text(text) => text.as_literal().is_some() && allowed.takes(written),
        Kind::Null(_) => true,
        _ => false,
    };
    Allowed::of(shape.name, member.name).is_none_or(|allowed| match &written.kind {
        Kind::List(list) => {
            let mut items = list.items.iter();
            items.all(|item| takes(&allowed, &item.peek()))
        }
        _ => takes(&allowed, written),
    })
}

/// The values that ECS takes for a member.
enum Allowed {
    OneOf(&'static [&'static str]),
    /// Letters, digits, hyphens and underscores, 255 at most.
    Name,
    /// The name of a resource of AWS, as Terraform's provider wants it.
    Arn,
}

impl Allowed {
    /// Those of the ECS API model (botocore 1.43) that are not lengthened year by year, as the
    /// operating systems are.
    fn of(shape: &str, member: &str) -> Option<Allowed> {
        let values: &[&str] = match (shape, member) {
            ("TaskDefinition", "family") => return Some(Allowed::Name),
            ("TaskDefinition", "networkMode") => &["awsvpc", "bridge", "host", "none"],
            ("TaskDefinition", "pidMode") => &["host", "task"],
            ("TaskDefinition", "ipcMode") => &["host", "none", "task"],
            ("TaskDefinition", "requiresCompatibilities") => {
                &["EC2", "EXTERNAL", "FARGATE", "MANAGED_INSTANCES"]
            }
            ("RuntimePlatform", "cpuArchitecture") => &["ARM64", "X86_64"],
            ("DockerVolumeConfiguration", "scope") => &["shared", "task"],
            ("EFSVolumeConfiguration", "transitEncryption") | ("EFSAuthorizationConfig", "iam") => {
                &["DISABLED", "ENABLED"]
            }
            ("ProxyConfiguration", "type") => &["APPMESH"],
            ("TaskDefinitionPlacementConstraint", "type") => &["memberOf"],
            _ => return None,
        };
        Some(Allowed::OneOf(values))
    }

    /// Whether it takes the value, as far as that is known.
    fn takes(&self, value: &Value) -> bool {
        let Kind::Text(text) = &value.kind else {
            return true;
        };
        match self {
            Allowed::OneOf(values) => text.known().is_none_or(|text| values.contains(&&*text)),
            Allowed::Arn => text
                .known()
                .is_none_or(|text| text.is_empty() || is_arn(&text)),
            Allowed::Name => {
                let part = |piece: &Piece| {
                    match &piece.kind {
                    PieceKind::Literal(literal) => literal.as_str().bytes().all(
                        |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-'),
                    ),
                    _ => true,
                }
                };
                text.pieces().iter().all(part)
                    && text
                        .known()
                        .is_none_or(|text| (1..=255).contains(&text.len()))
            }
        }
    }

    fn describe(&self) -> String {
        match self {
            Allowed::Name => {
                "1 to 255 letters, digits, hyphens and underscores, this is not".to_owned()
            }
            Allowed::Arn => "an ARN, this is none".to_owned(),
            Allowed::OneOf(values) => {
                let quoted: Vec<String> = values.iter().map(|one| format!("`{one}`")).collect();
                format!("one of {}, this is none of them", quoted.join(", "))
            }
        }
    }
}

/// Whether a text is an ARN with a partition of AWS, an account, if it has one, and a resource.
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, _, _, account, resource] = parts[..] else {
        return false;
    };
    let of_aws = partition.strip_prefix("aws").is_some_and(|rest| {
        let mut words = rest.split('-');
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        words.next() == Some("") && words.all(is_word)
    });
    let is_account = match account {
        "" | "aws" | "aws-managed" | "aws-marketplace" | "third-party" => true,
        _ if account.starts_with("cw") => account.chars().count() == 12,
        _ => account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()),
    };
    of_aws && is_account && !resource.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_arn;

    #[test]
    fn what_the_provider_takes_for_an_arn_is_one() {
        for taken in [
            "arn:aws:iam::123456789012:role/x",
            "arn:aws-cn:iam::123456789012:role/x",
            "arn:aws-us-gov:iam:us-gov-west-1:123456789012:x",
            "arn:aws:::123456789012:x",
            "arn:aws:iam::aws:policy/x",
            "arn:aws:iam::cw0123456789:x",
            "arn:aws:iam:::x",
        ] {
            assert!(is_arn(taken), "{taken}");
        }
        for refused in [
            "role",
            "arn:x",
            "arn:aws:iam::ACCOUNT:role/x",
            "arn:aws:iam::1234567890:role/x",
            "arn:AWS:iam::123456789012:role/x",
            "arn:aws-:iam::123456789012:role/x",
            "arn::iam::123456789012:x",
            "arn:aws:iam::123456789012:",
            " arn:aws:iam::123456789012:role/x",
            "arn:aws:iam::*:x",
            "arn:aws:iam::cw:x",
        ] {
            assert!(!is_arn(refused), "{refused}");
        }
    }
}
