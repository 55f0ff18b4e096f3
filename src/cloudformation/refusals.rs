//! What CloudFormation refuses in the properties of a task definition as they are written out,
//! whatever is deployed: names that it does not have, and nulls. Beside it what it reads otherwise
//! than it seems.

use super::intrinsics::arguments;
use super::lower::TASK_DEFINITION;
use super::template::as_function;
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::model::schema::{self, Struct, Type};
use crate::value::{Kind, Member, Object, Slot, Value, placeholders};

/// Values that are looked through in one task definition: an alias may stand in many places.
const MAX_VALUES: usize = 100_000;

/// Says what is refused in the properties of a task definition, in the order in which it stands.
pub fn find(properties: &Value, gaps: &mut Vec<Gap>) {
    let mut search = Search {
        gaps,
        left: MAX_VALUES,
    };
    search.look_at("Properties", properties, Some(&TASK_DEFINITION));
}

struct Search<'a> {
    gaps: &'a mut Vec<Gap>,
    /// Values that may yet be looked at.
    left: usize,
}

impl Search<'_> {
    /// `name` is the property that holds the value, `of` what it is to be. What functions take is of
    /// no such type. The depth is what the readers of JSON and YAML allow.
    fn look_at(&mut self, name: &str, value: &Value, of: Option<&'static Type>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        match (&value.kind, of) {
            (Kind::Null(_), _) => {
                let message = format!("`{name}` is null, which CloudFormation refuses");
                let gap = Gap::new(ProblemKind::Refused, message, value.span);
                self.gaps
                    .push(gap.help("leave it out, or write `!Ref AWS::NoValue`"));
            }
            (Kind::List(list), of) => {
                let of = match of {
                    Some(Type::List(of)) => Some(*of),
                    _ => None,
                };
                for item in list.items.iter() {
                    self.part(name, item, of);
                }
            }
            (Kind::Object(object), of) => match (as_function(value), of) {
                (Some((function, argument)), of) => self.function(name, function, &argument, of),
                (None, Some(Type::Struct(of))) => self.structure(object, of),
                _ => {
                    for member in object.members() {
                        self.part(&member.name, &member.value, None);
                    }
                }
            },
            _ => {}
        }
    }

    fn part(&mut self, name: &str, slot: &Slot, of: Option<&'static Type>) {
        self.value(name, &slot.peek(), of);
    }

    fn value(&mut self, name: &str, value: &Value, of: Option<&'static Type>) {
        if let Kind::Null(_) | Kind::List(_) | Kind::Object(_) = &value.kind {
            self.look_at(name, value, of);
        }
    }

    fn function(
        &mut self,
        name: &str,
        function: &str,
        argument: &Value,
        of: Option<&'static Type>,
    ) {
        match argument.as_list().map(|list| &list.items[..]) {
            // What it chooses from stands in its place.
            Some([condition, yes, no]) if function == "Fn::If" => {
                self.part(name, condition, None);
                self.part(name, yes, of);
                self.part(name, no, of);
            }
            _ => self.value(function, argument, None),
        }
    }

    fn structure(&mut self, object: &Object, of: &'static Struct) {
        for member in object.members() {
            let known = of.cloudformation_member(&member.name);
            if known.is_none() {
                self.misspelt(member, of);
            }
            let is_user = known.is_some_and(|known| known.name == "user");
            if is_user && std::ptr::eq(of, &schema::CONTAINER_DEFINITION) {
                self.misread_user(&member.value.peek());
            }
            self.part(&member.name, &member.value, known.map(|known| &known.value));
        }
    }

    /// Names are exact: CloudFormation refuses others, and its own in other letter case.
    fn misspelt(&mut self, member: &Member, of: &'static Struct) {
        if member.name.starts_with("Fn::") || &*member.name == "Ref" {
            return;
        }
        let mut members = of.members.iter();
        let meant = members.find(|known| known.name.eq_ignore_ascii_case(&member.name));
        let message = format!(
            "CloudFormation has no property `{}` here, so it was not read",
            member.name
        );
        let gap = Gap::new(ProblemKind::Refused, message, member.name_span);
        self.gaps.push(match meant {
            Some(known) => {
                let mut right = known.name.to_owned();
                right[..1].make_ascii_uppercase();
                gap.help(format!("write `{right}`"))
            }
            None => gap,
        });
    }

    /// A user and group without quotes can be another number than it seems: `1000:0` is 60000. And
    /// `${Uid}` is no name of a parameter but where `Fn::Sub` reads it.
    fn misread_user(&mut self, user: &Value) {
        if let Some(("Fn::If", argument)) = as_function(user) {
            let branches = arguments(&argument).map(|[_, yes, no]| [yes, no]);
            for branch in branches.iter().flatten() {
                self.misread_user(branch);
            }
            return;
        }
        let note = |message: String| Gap::new(ProblemKind::Note, message, user.span);
        if let (Kind::Number(_), Some(step)) = (&user.kind, user.trail.steps().first()) {
            let note = note(step.text.to_string());
            self.gaps.push(note.help("put the user in quotes"));
        }
        if let Some(text) = user.as_str()
            && placeholders::engines(&text).is_none()
            && let Some(start) = text.find("${")
            && let Some(length) = text[start..].find('}')
        {
            let name = &text[start..=start + length];
            let message = format!("`{name}` is the user's name as it stands, without `Fn::Sub`");
            let note = note(message);
            self.gaps
                .push(note.help("put it in `!Sub`, or in `Fn::Sub`"));
        }
    }
}
