//! What is certainly not refused, told by how it is written: most of a task definition is literals
//! and names of parameters, which need not be evaluated for that.

use super::intrinsics::{Eval, arguments, is_no_value};
use super::parameters;
use super::stack::Input;
use super::template::{as_function, is_function};
use super::text::{SubPart, parse_sub};
use crate::model::refusals::allows;
use crate::model::schema::{Struct, Type};
use crate::value::{Kind, Member, Number, Object, Value};

/// Functions that may stand in one another in what is looked through here.
const MAX_DEPTH: usize = 16;

/// Values that are looked at for one part of a task definition: an alias may stand in many places.
const MAX_VALUES: usize = 10_000;

impl Eval {
    /// Whether a part of a task definition, which is to be of a type, has nothing in it that is
    /// refused in any world. Only *yes* is certain.
    pub(super) fn takes(&self, raw: &Value, of: &'static Type) -> bool {
        let mut look = Look {
            eval: self,
            left: MAX_VALUES,
        };
        look.takes(raw, of)
    }
}

struct Look<'a> {
    eval: &'a Eval,
    /// Values that may yet be looked at.
    left: usize,
}

impl Look<'_> {
    /// The depth is that of the schema.
    fn takes(&mut self, raw: &Value, of: &'static Type) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        match (&raw.kind, of) {
            (Kind::Null(_), _) => true,
            (Kind::Bool(_) | Kind::Number(_), Type::String) => true,
            (Kind::Bool(_), Type::Boolean) => true,
            (Kind::Number(number), Type::Integer) => number.is_integer(),
            (Kind::Text(_), _) => literal(raw).is_some_and(|text| match of {
                Type::String => true,
                Type::Boolean => is_boolean(text),
                Type::Integer => Number::parse(text).is_some_and(|number| number.is_integer()),
                Type::List(_) | Type::Map(_) | Type::Struct(_) => false,
            }),
            (Kind::List(list), Type::List(of)) if list.rest.is_none() => {
                let mut items = list.items.iter();
                items.all(|item| self.takes(&item.peek(), of))
            }
            (Kind::Object(_), _) if is_function(raw) => {
                is_left_out(raw) || matches!(of, Type::String) && self.gives_text(raw, 0)
            }
            (Kind::Object(object), Type::Map(of)) if object.rest.is_none() => {
                let mut members = object.members().iter();
                members.all(|member| is_plain(member) && self.takes(&member.value.peek(), of))
            }
            (Kind::Object(object), Type::Struct(shape)) if object.rest.is_none() => {
                self.takes_members(object, shape)
            }
            _ => false,
        }
    }

    fn takes_members(&mut self, object: &Object, shape: &'static Struct) -> bool {
        let mut members = object.members().iter();
        members.all(|member| {
            let value = member.value.peek();
            // One that CloudFormation does not have is told elsewhere.
            let known = shape.cloudformation_member(&member.name);
            let is_right = known.is_none_or(|known| {
                allows(shape, known, &value) && self.takes(&value, &known.value)
            });
            is_plain(member) && is_right
        })
    }

    /// Whether a function gives a text, or what is not known.
    fn gives_text(&self, function: &Value, depth: usize) -> bool {
        let Some((name, argument)) = as_function(function).filter(|_| depth < MAX_DEPTH) else {
            return false;
        };
        match name {
            "Ref" => literal(&argument).is_some_and(|name| self.names_text(name)),
            "Fn::Sub" => match arguments(&argument) {
                Some([template, variables]) => variables
                    .as_object()
                    .is_some_and(|variables| self.fills_in(&template, Some(variables), depth)),
                None => self.fills_in(&argument, None, depth),
            },
            "Fn::GetAtt" => match &argument.kind {
                Kind::List(list) => match &list.items[..] {
                    [id, attribute] => match (literal(&id.peek()), literal(&attribute.peek())) {
                        (Some(id), Some(attribute)) => self.has_attribute(id, attribute),
                        _ => false,
                    },
                    _ => false,
                },
                _ => literal(&argument)
                    .and_then(|path| path.split_once('.'))
                    .is_some_and(|(id, attribute)| self.has_attribute(id, attribute)),
            },
            "Fn::ImportValue" => true,
            "Fn::Join" => arguments(&argument).is_some_and(|[delimiter, list]| {
                let list = list.as_list().filter(|list| list.rest.is_none());
                let is_text = |item: &Value| is_left_out(item) || self.is_text(item, depth);
                literal(&delimiter).is_some()
                    && list.is_some_and(|list| list.items.iter().all(|item| is_text(&item.peek())))
            }),
            _ => false,
        }
    }

    /// Whether a value is one that can be a part of a text, or not known.
    fn is_text(&self, value: &Value, depth: usize) -> bool {
        match &value.kind {
            Kind::Number(_) | Kind::Bool(_) => true,
            Kind::Text(_) => literal(value).is_some(),
            Kind::Object(_) => self.gives_text(value, depth + 1),
            _ => false,
        }
    }

    /// Whether all that `Fn::Sub` fills in is text.
    fn fills_in(&self, template: &Value, variables: Option<&Object>, depth: usize) -> bool {
        let is_text = |part: &SubPart| {
            let SubPart::Name(name, _) = part else {
                return true;
            };
            if let Some(variable) = variables.and_then(|own| own.member(name)) {
                return self.is_text(&variable.value.peek(), depth);
            }
            match name.split_once('.') {
                Some((id, attribute)) => self.has_attribute(id, attribute),
                None => self.names_text(name),
            }
        };
        literal(template).is_some_and(|template| parse_sub(template).iter().all(is_text))
    }

    /// Whether a name is that of a parameter that is no list, or of a resource.
    fn names_text(&self, name: &str) -> bool {
        let stack = self.eval.stack();
        if let Some(Input::Passed(..)) = stack.inputs.get(name) {
            return false;
        }
        match stack.template.entry("Parameters", name) {
            Some((body, _)) => parameters::is_text(&body),
            None => parameters::is_pseudo_text(name) || self.has_resource(name),
        }
    }

    /// Whether an attribute is one that is known only after the deployment.
    fn has_attribute(&self, id: &str, attribute: &str) -> bool {
        self.has_resource(id) && !attribute.starts_with("Outputs.")
    }

    fn has_resource(&self, id: &str) -> bool {
        self.eval.stack().template.resource(id).is_some()
    }
}

/// The text of a string that is written out.
fn literal(value: &Value) -> Option<&str> {
    let literal = value.as_text()?.as_literal()?;
    Some(literal.as_str())
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Whether it is `AWS::NoValue`.
fn is_left_out(value: &Value) -> bool {
    as_function(value).is_some_and(|(name, argument)| name == "Ref" && is_no_value(&argument))
}

/// Whether a member is not one that stands for others.
fn is_plain(member: &Member) -> bool {
    !member.name.starts_with("Fn::")
}

#[cfg(test)]
mod tests {
    use crate::cloudformation::{Options, load};
    use crate::model::{TaskDefinition, refusals};
    use crate::source::{Memory, SourceMap};
    use crate::value::Value;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Arc;

    /// The task definition with some members, and with some in its only container.
    fn task(members: &str, container: &str) -> TaskDefinition {
        let text = format!(
            r#"{{"Parameters": {{
                "Env": {{"Type": "String", "Default": "dev"}},
                "Port": {{"Type": "Number"}},
                "Ids": {{"Type": "CommaDelimitedList", "Default": "a,b"}},
                "Odd": {{"Type": "String", "Default": ["a"]}}
            }}, "Resources": {{
                "Role": {{"Type": "AWS::IAM::Role"}},
                "Task": {{"Type": "AWS::ECS::TaskDefinition", "Properties": {{
                    {members} "ContainerDefinitions": [{{"Name": "web", {container}}}]
                }}}}
            }}}}"#
        );
        let sources = Arc::new(SourceMap::new(Memory::new([("/t", text)]), "/"));
        let file = sources.open(Path::new("/t")).expect("in memory");
        let loaded = load(&sources, &file, &Options::default()).expect("a template");
        let mut tasks = loaded.tasks.take(&mut Vec::new());
        tasks.pop().expect("there is one")
    }

    /// Whether the containers of a task definition are taken as they are written, and what is
    /// refused of it.
    fn taken(container: &str) -> (bool, Vec<String>) {
        let task = task("", container);
        let definition = task.definition().get();
        let object = definition.as_object().expect("an object");
        let containers = object.member("containerDefinitions").expect("it is there");
        (containers.value.is_taken(), refused(&task))
    }

    fn refused(task: &TaskDefinition) -> Vec<String> {
        let refused = refusals::of(task).into_iter();
        let refused = refused.map(|unknown| format!("{:?}: {}", unknown.span(), unknown.reason()));
        refused.collect()
    }

    /// A value of which nothing is put off, so that all of it is looked into.
    fn evaluated(value: Value) -> Value {
        value.map_parts(|part| evaluated(part.get()).into())
    }

    #[test]
    fn what_is_written_out_or_named_is_taken() {
        for container in [
            r#""Image": "nginx", "Cpu": 10, "Memory": "128", "Essential": "True""#,
            r#""Image": {"Fn::Sub": "${AWS::AccountId}.dkr/${Env}:${Role.Arn}"}"#,
            r#""Image": {"Fn::Sub": ["${a}:${Port}", {"a": {"Ref": "Role"}}]}"#,
            r#""Image": {"Fn::Join": ["", ["a", 1, {"Ref": "Env"}, {"Ref": "AWS::NoValue"}]]}"#,
            r#""Hostname": {"Ref": "AWS::NoValue"}, "Command": ["a", {"Ref": "AWS::NoValue"}]"#,
            r#""Environment": [{"Name": "A", "Value": {"Fn::GetAtt": ["Role", "Arn"]}}]"#,
            r#""DockerLabels": {"a": {"Fn::GetAtt": "Role.Arn"}, "b": {"Fn::ImportValue": "c"}}"#,
        ] {
            assert_eq!(taken(container), (true, Vec::new()), "{container}");
        }
    }

    #[test]
    fn what_is_refused_is_not_taken() {
        for container in [
            r#""Cpu": 1.5"#,
            r#""Cpu": "many""#,
            r#""Essential": "yes""#,
            r#""Command": "a""#,
            r#""Image": ["a"]"#,
            r#""Image": {"Ref": "Nothing"}"#,
            r#""Image": {"Ref": "Ids"}"#,
            r#""Image": {"Fn::Sub": "${Nothing}"}"#,
            r#""Image": {"Fn::Sub": "${Ids}"}"#,
            r#""Image": {"Fn::Sub": "${Nothing.Arn}"}"#,
            r#""Image": {"Fn::Sub": ["${a}", {"a": {"Ref": "AWS::NoValue"}}]}"#,
            r#""Image": {"Fn::Join": ["", ["a", {"Ref": "Ids"}]]}"#,
            r#""Image": {"Fn::GetAtt": ["Nothing", "Arn"]}"#,
            r#""DockerLabels": {"a": {"Ref": "Ids"}}"#,
            r#""Image": "a", "Fn::Sub": "a""#,
        ] {
            let (is_taken, refused) = taken(container);
            assert!(!is_taken && !refused.is_empty(), "{container}: {refused:?}");
        }
    }

    #[test]
    fn what_must_be_evaluated_is_not_taken() {
        for container in [
            r#""Cpu": {"Ref": "Port"}"#,
            r#""Image": {"Ref": "AWS::NotificationARNs"}"#,
            r#""Image": {"Ref": "Odd"}"#,
            r#""Image": {"Fn::Select": [0, ["a"]]}"#,
            r#""Image": {"Fn::If": ["None", "a", "b"]}"#,
        ] {
            assert!(!taken(container).0, "{container}");
        }
    }

    fn name() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "Env",
            "Port",
            "Ids",
            "Odd",
            "Role",
            "Role.Arn",
            "Role.Outputs.Arn",
            "Nothing",
            "AWS::Region",
            "AWS::NoValue",
            "AWS::NotificationARNs",
            "self:custom",
        ])
    }

    /// JSON of values that parts of a task definition may have, right or wrong.
    fn value() -> impl Strategy<Value = String> {
        let written = prop::sample::select(vec![
            "null",
            "true",
            "1",
            "1.0",
            "1.5",
            "\"a\"",
            "\"10\"",
            "\"TRUE\"",
            "\"host\"",
            "\"{{x}}\"",
            "\"{{resolve:ssm:a}}\"",
            "\"a b\"",
            "[]",
            "{}",
        ]);
        let named = (
            prop::sample::select(vec!["Ref", "Fn::GetAtt", "Fn::ImportValue"]),
            name(),
        );
        let leaf = prop_oneof![
            written.prop_map(str::to_owned),
            named.prop_map(|(function, name)| format!(r#"{{"{function}": "{name}"}}"#)),
            name().prop_map(|name| format!(r#"{{"Fn::Sub": "a${{{name}}}"}}"#)),
            name().prop_map(|name| format!(r#"{{"Fn::Sub": "${{{name}}}"}}"#)),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            let many = prop::collection::vec(inner.clone(), 0..3);
            let many = many.prop_map(|values| values.join(", "));
            prop_oneof![
                many.clone().prop_map(|items| format!("[{items}]")),
                many.prop_map(|items| format!(r#"{{"Fn::Join": ["-", [{items}]]}}"#)),
                (name(), inner.clone()).prop_map(|(name, value)| {
                    format!(r#"{{"Fn::Sub": ["${{v}}${{{name}}}", {{"v": {value}}}]}}"#)
                }),
                inner
                    .clone()
                    .prop_map(|value| format!(r#"{{"Name": {value}, "Value": "a"}}"#)),
                inner
                    .clone()
                    .prop_map(|value| format!(r#"[{{"Name": "a", "Value": {value}}}]"#)),
                inner.prop_map(|value| format!(r#"{{"Name": "a", "Fn::Sub": {value}}}"#)),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_is_not_refused_once_it_is_evaluated(
            members in prop::collection::vec((prop::sample::select(vec![
                "Family", "NetworkMode", "RequiresCompatibilities", "RuntimePlatform", "Tags", "Cpu",
            ]), value()), 0..3),
            own in prop::collection::vec((prop::sample::select(vec![
                "Image", "Cpu", "Essential", "Command", "Environment", "DockerLabels",
                "LogConfiguration", "User",
            ]), value()), 1..4),
        ) {
            let member = |(name, value): &(&str, String)| format!(r#""{name}": {value}"#);
            let own: Vec<String> = own.iter().map(member).collect();
            let members: String = members.iter().map(|one| member(one) + ",").collect();
            let task = task(&members, &own.join(", "));
            let whole = TaskDefinition::new(
                task.address.clone(),
                task.source,
                task.span,
                task.world.clone(),
                evaluated(task.definition().get()).into(),
            );
            prop_assert_eq!(refused(&task), refused(&whole));
        }
    }
}
