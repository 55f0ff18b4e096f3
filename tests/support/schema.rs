//! Enough of JSON Schema draft 7 to hold our output against published schemas.
//!
//! A keyword that is not known here is a fault, so that nothing is taken as checked that is not.
//! `format` is not checked.

use serde_json::{Map, Value};

/// Every place at which a document is not what the schema wants.
pub fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, schema, document, "", &mut faults);
    faults
}

/// The schema without leave for members that it does not name.
pub fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut strict: Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), self::strict(member)))
                .collect();
            if members.get("properties").is_some_and(Value::is_object) {
                let closed = Value::Bool(false);
                strict.entry("additionalProperties").or_insert(closed);
            }
            Value::Object(strict)
        }
        Value::Array(elements) => elements.iter().map(strict).collect(),
        other => other.clone(),
    }
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let none = Map::new();
    let schema = match schema {
        Value::Bool(true) => return,
        Value::Object(schema) => schema,
        other => panic!("{at}: {other} is no schema that is known here"),
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.unwrap_or(&none);
    for (keyword, wanted) in schema {
        let mut fault = |what: String| faults.push(format!("{at}: {keyword}: {what}"));
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "definitions" | "format" => {}
            "const" => {
                if value != wanted {
                    fault(format!("{value} is not {wanted}"));
                }
            }
            "$ref" => {
                let pointer = wanted.as_str().and_then(|path| path.strip_prefix('#'));
                let target = pointer.and_then(|pointer| root.pointer(pointer));
                check(
                    root,
                    target.expect("it is in the schema"),
                    value,
                    at,
                    faults,
                );
            }
            "type" => {
                let names: Vec<&Value> = match wanted {
                    Value::Array(names) => names.iter().collect(),
                    name => vec![name],
                };
                if !names.iter().any(|name| is_of_type(value, name)) {
                    fault(format!("{value} is not of type {wanted}"));
                }
            }
            "enum" => {
                if !elements(wanted).contains(value) {
                    fault(format!("{value} is not one of {wanted}"));
                }
            }
            "required" => {
                for name in elements(wanted).iter().filter_map(Value::as_str) {
                    if value.is_object() && value.get(name).is_none() {
                        fault(format!("`{name}` is missing"));
                    }
                }
            }
            "properties" => {
                for (name, wanted) in properties {
                    if let Some(member) = value.get(name) {
                        check(root, wanted, member, &format!("{at}/{name}"), faults);
                    }
                }
            }
            "additionalProperties" => {
                let members = value.as_object().unwrap_or(&none).iter();
                for (name, member) in members.filter(|(name, _)| !properties.contains_key(*name)) {
                    match wanted {
                        Value::Bool(false) => faults.push(format!("{at}: `{name}` is not known")),
                        wanted => check(root, wanted, member, &format!("{at}/{name}"), faults),
                    }
                }
            }
            "items" => {
                for (index, element) in elements(value).iter().enumerate() {
                    check(root, wanted, element, &format!("{at}/{index}"), faults);
                }
            }
            "minItems" => {
                let count = elements(value).len() as u64;
                if value.is_array() && Some(count) < wanted.as_u64() {
                    fault(format!("there are {count}"));
                }
            }
            "uniqueItems" => {
                let all = elements(value);
                let again = |(at, one): (usize, &Value)| all[..at].contains(one);
                if wanted == true && all.iter().enumerate().any(again) {
                    fault("two are the same".to_owned());
                }
            }
            "minimum" | "maximum" => {
                let limit = wanted.as_f64().expect("a limit is a number");
                let beyond = |number: f64| match keyword.as_str() {
                    "minimum" => number < limit,
                    _ => number > limit,
                };
                if value.as_f64().is_some_and(beyond) {
                    fault(format!("{value} is beyond {limit}"));
                }
            }
            "pattern" => {
                let pattern = wanted.as_str().expect("a pattern is a string");
                let pattern = regex::Regex::new(pattern).expect("the schema is right");
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    fault(format!("{value} does not match {wanted}"));
                }
            }
            "allOf" => {
                for one in elements(wanted) {
                    check(root, one, value, at, faults);
                }
            }
            "minLength" => {
                let length = value.as_str().map(|text| text.chars().count() as u64);
                if length.is_some() && length < wanted.as_u64() {
                    fault(format!("{value} is too short"));
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |one: &&Value| {
                    let mut faults = Vec::new();
                    check(root, one, value, at, &mut faults);
                    faults.is_empty()
                };
                let count = elements(wanted).iter().filter(fits).count();
                if count == 0 || (count > 1 && keyword == "oneOf") {
                    fault(format!("{count} of them fit"));
                }
            }
            other => panic!("{at}: the keyword `{other}` is not known here"),
        }
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("a type is named") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("there is no type `{other}`"),
    }
}
