//! Files of parameters, in the shapes that AWS's own tools take.

use super::parameters::scalar_text;
use super::template::read_fragment;
use crate::source::File;
use crate::value::{Kind, Member, Object, Value};
use crate::yaml::SyntaxError;

/// The names and values that a file gives, in its order. It is JSON or YAML of one of these
/// shapes:
/// - `[{"ParameterKey": "Env", "ParameterValue": "prod"}]`, as `create-stack` takes it;
/// - `["Env=prod"]`, as `deploy` takes it;
/// - `{"Parameters": {"Env": "prod"}}`, as CodePipeline takes it;
/// - `parameters: {Env: prod}`, as a deployment file of Git sync has it;
/// - `{"Env": "prod"}`.
///
/// # Errors
/// Text that is neither JSON nor YAML, or has none of these shapes.
pub fn read(file: &File) -> Result<Vec<(String, String)>, SyntaxError> {
    let root = read_fragment(file)?;
    match &root.kind {
        Kind::List(list) => {
            let entries = list.iter().map(|entry| listed(&entry));
            let given: Vec<Option<(String, String)>> = entries.collect::<Result<_, _>>()?;
            Ok(given.into_iter().flatten().collect())
        }
        Kind::Object(object) => {
            let inner = ["Parameters", "parameters"];
            let inner = inner.iter().find_map(|name| object.member(name));
            let inner = inner.map(|member| member.value.get());
            match inner.as_ref().map(|value| &value.kind) {
                Some(Kind::Object(inner)) => named(inner),
                Some(Kind::Null(_)) => Ok(Vec::new()),
                _ => named(object),
            }
        }
        Kind::Null(_) => Ok(Vec::new()),
        _ => Err(expected("a list or an object of parameters", &root)),
    }
}

/// An element of a list; nothing where the value of the stack as it is is kept.
fn listed(entry: &Value) -> Result<Option<(String, String)>, SyntaxError> {
    if let Some(text) = entry.as_str() {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| expected("`Key=Value`", entry))?;
        return Ok(Some((name.to_owned(), value.to_owned())));
    }
    let object = entry.as_object();
    let member = |name: &str| Some(object?.member(name)?.value.get());
    let key = member("ParameterKey").ok_or_else(|| expected("`ParameterKey`", entry))?;
    let name = scalar(&key)?;
    match member("ParameterValue") {
        Some(value) => Ok(Some((name, text(&value)?))),
        None if member("UsePreviousValue").is_some() => Ok(None),
        None => Err(expected("`ParameterValue`", entry)),
    }
}

fn named(object: &Object) -> Result<Vec<(String, String)>, SyntaxError> {
    let entry = |member: &Member| Ok((member.name.to_string(), text(&member.value.get())?));
    object.members().iter().map(entry).collect()
}

/// The text of a value; a list stands for its elements between commas.
fn text(value: &Value) -> Result<String, SyntaxError> {
    let Some(list) = value.as_list() else {
        return scalar(value);
    };
    let elements: Vec<String> = list
        .iter()
        .map(|element| scalar(&element))
        .collect::<Result<_, _>>()?;
    Ok(elements.join(","))
}

fn scalar(value: &Value) -> Result<String, SyntaxError> {
    let text = scalar_text(value).map_err(|_| expected("a string", value))?;
    Ok(text.into_owned())
}

fn expected(what: &str, found: &Value) -> SyntaxError {
    SyntaxError {
        message: format!("expected {what} here, this is {}", found.describe()),
        span: found.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    fn given(text: &str) -> String {
        let sources = SourceMap::new(Memory::new([("/p", text)]), "/");
        let file = sources.open(Path::new("/p")).expect("in memory");
        match read(&file) {
            Ok(given) => {
                let given = given.iter().map(|(name, value)| format!("{name}={value}"));
                given.collect::<Vec<String>>().join(" ")
            }
            Err(error) => {
                let start = sources.location(error.span).start;
                format!("{}:{}: {}", start.line, start.column, error.message)
            }
        }
    }

    #[test]
    fn all_customary_shapes_are_read() {
        for (text, expected) in [
            (
                "[{\"ParameterKey\": \"A\", \"ParameterValue\": \"x y\"}, {\"ParameterKey\": \"B\", \"UsePreviousValue\": true}]",
                "A=x y",
            ),
            ("[\"A=1=2\", \"B=\"]", "A=1=2 B="),
            (
                "{\"Parameters\": {\"A\": \"1\", \"L\": [\"a\", \"b\"]}, \"Tags\": {\"t\": \"v\"}}",
                "A=1 L=a,b",
            ),
            (
                "template-file-path: t.yaml\nparameters:\n  A: 08\n  B: true\n",
                "A=08 B=true",
            ),
            ("parameters:\ntags: {}\n", ""),
            ("{\"A\": 1.50, \"Parameters\": \"p\"}", "A=1.5 Parameters=p"),
            ("", ""),
        ] {
            assert_eq!(given(text), expected, "{text}");
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (text, expected) in [
            (
                "{\"A\": {}}",
                "1:7: expected a string here, this is an object",
            ),
            (
                "[\"A\"]",
                "1:2: expected `Key=Value` here, this is a string",
            ),
            (
                "- ParameterKey: A\n",
                "1:3: expected `ParameterValue` here, this is an object",
            ),
            (
                "A",
                "1:1: expected a list or an object of parameters here, this is a string",
            ),
        ] {
            assert_eq!(given(text), expected, "{text}");
        }
        assert!(given("{\"A\": ").starts_with("1:"), "{}", given("{\"A\": "));
    }
}
