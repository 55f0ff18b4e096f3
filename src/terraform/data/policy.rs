//! `data.aws_iam_policy_document`: the JSON of a policy, as the provider of AWS writes it.

use super::super::environment::{ModuleInstance, member};
use super::super::eval::Scope;
use super::super::functions::crc32;
use super::super::module::{BlockRef, Merged};
use super::reader::{Outcome, Reader, blocks, escaped, unwritten};
use crate::source::Span;
use crate::value::{Kind, Member, Object, Unknown, Value};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// The attributes of one instance; they are known where all arguments are.
pub fn attributes(
    owner: &Rc<ModuleInstance>,
    body: &Arc<Merged>,
    scope: &Scope,
    span: Span,
) -> Vec<Member> {
    let written = {
        let (body, scope) = (body.clone(), scope.clone());
        owner.thunk(span, move || {
            let reader = Reader::default();
            let members = match reader.document(&body, &scope, span) {
                Ok(document) => document.attributes(span),
                Err(unknown) => return unwritten(unknown),
            };
            Value::new(Kind::Object(Object::new(members)), span).mark(reader.marks.get())
        })
    };
    let attribute = |name: &'static str| {
        let slot = written.map(move |written| match &written.kind {
            Kind::Object(object) => object
                .get(name, span)
                .expect("a document has all attributes")
                .mark(written.marks),
            _ => written,
        });
        member(name, span, slot)
    };
    NAMES.into_iter().map(attribute).collect()
}

const NAMES: [&str; 4] = ["id", "json", "minified_json", "version"];

const OLDEST_VERSION: &str = "2008-10-17";
const VERSION: &str = "2012-10-17";

#[derive(Default)]
struct Document {
    version: String,
    id: String,
    statements: Vec<Statement>,
}

/// The members of a statement by their names, and its own name, which may be empty.
#[derive(Clone)]
struct Statement {
    sid: String,
    members: Map<String, Json>,
}

impl Document {
    /// Takes the statements of another in, each in the place of one of its name. The later version
    /// and the other's id count.
    fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let mut own = self.statements.iter_mut();
            match own.find(|own| !own.sid.is_empty() && own.sid == statement.sid) {
                Some(own) => *own = statement,
                None => self.statements.push(statement),
            }
        }
    }

    fn attributes(self, span: Span) -> Vec<Member> {
        let version = self.version.clone();
        let json = self.json();
        let text = escaped(&format!("{json:#}"));
        let id = crc32(text.as_bytes()).to_string();
        let values = [id, text, escaped(&json.to_string()), version];
        let values = NAMES.into_iter().zip(values);
        values
            .map(|(name, text)| member(name, span, Value::string(text, span).into()))
            .collect()
    }

    fn json(self) -> Json {
        let mut members = Map::new();
        let texts = [("Version", self.version), ("Id", self.id)];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            members.insert(name.to_owned(), text.into());
        }
        if !self.statements.is_empty() {
            let statements = self.statements.into_iter();
            let statements = statements.map(|statement| Json::Object(statement.members));
            members.insert("Statement".to_owned(), statements.collect());
        }
        Json::Object(members)
    }
}

impl Reader {
    fn document(&self, body: &Merged, scope: &Scope, span: Span) -> Outcome<Document> {
        if let Some(fault) = body.syntax_fault() {
            return Err(fault);
        }
        let mut merged = Document::default();
        let mut sids = HashSet::new();
        for (text, at) in self.list(body.argument("source_policy_documents"), scope)? {
            let source = parsed(&text, at)?;
            let mut named = source.statements.iter().filter(|it| !it.sid.is_empty());
            if let Some(again) = named.find(|it| !sids.insert(it.sid.clone())) {
                return Err(named_twice(&again.sid, at));
            }
            merged.merge(source);
        }
        merged.merge(self.own(body, scope, span)?);
        for (text, at) in self.list(body.argument("override_policy_documents"), scope)? {
            merged.merge(parsed(&text, at)?);
        }
        Ok(merged)
    }

    /// What the arguments and blocks themselves say.
    fn own(&self, body: &Merged, scope: &Scope, span: Span) -> Outcome<Document> {
        let at = body.argument("version").map_or(span, |it| it.span);
        let version = self.text(body.argument("version"), scope)?;
        let version = version.unwrap_or_else(|| VERSION.to_owned());
        if ![OLDEST_VERSION, VERSION].contains(&&*version) {
            let reason = format!("there is no version `{version}` of the policy language");
            return Err(Unknown::invalid(reason, at));
        }
        let mut document = Document {
            version,
            id: self
                .text(body.argument("policy_id"), scope)?
                .unwrap_or_default(),
            statements: Vec::new(),
        };
        for (block, scope) in blocks(body.blocks("statement"), scope)? {
            let statement = self.statement(&block, &scope, &document.version)?;
            let mut before = document.statements.iter();
            if !statement.sid.is_empty() && before.any(|before| before.sid == statement.sid) {
                return Err(named_twice(&statement.sid, block.header()));
            }
            document.statements.push(statement);
        }
        Ok(document)
    }

    fn statement(&self, block: &BlockRef, scope: &Scope, version: &str) -> Outcome<Statement> {
        let at = |name: &str| block.argument(name).map_or(block.header(), |it| it.span);
        let sid = self.text(block.argument("sid"), scope)?;
        let sid = sid.unwrap_or_default();
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            let reason = "`sid` may have letters and digits only";
            return Err(Unknown::invalid(reason, at("sid")));
        }
        let effect = self.text(block.argument("effect"), scope)?;
        let effect = effect.unwrap_or_else(|| "Allow".to_owned());
        if !["Allow", "Deny"].contains(&&*effect) {
            let reason = format!("`effect` is `Allow` or `Deny`, not `{effect}`");
            return Err(Unknown::invalid(reason, at("effect")));
        }
        let mut members = Map::new();
        if !sid.is_empty() {
            members.insert("Sid".to_owned(), sid.clone().into());
        }
        members.insert("Effect".to_owned(), effect.into());
        for (name, argument) in [
            ("Action", "actions"),
            ("NotAction", "not_actions"),
            ("Resource", "resources"),
            ("NotResource", "not_resources"),
        ] {
            let mut texts = self.set(block.argument(argument), scope)?;
            from_the_last(&mut texts);
            if name.ends_with("Resource") {
                replace_variables(&mut texts, version, at(argument))?;
            }
            if !texts.is_empty() {
                members.insert(name.to_owned(), one_or_all(texts));
            }
        }
        for (name, kind) in [
            ("Principal", "principals"),
            ("NotPrincipal", "not_principals"),
        ] {
            let principals = self.principals(&blocks(block.blocks(kind), scope)?, version)?;
            members.extend(principals.map(|json| (name.to_owned(), json)));
        }
        let conditions = self.conditions(&blocks(block.blocks("condition"), scope)?, version)?;
        members.extend(conditions.map(|json| ("Condition".to_owned(), json)));
        Ok(Statement { sid, members })
    }

    fn principals(&self, blocks: &[(BlockRef, Scope)], version: &str) -> Outcome<Option<Json>> {
        // By their places among one another; of two that are alike, one.
        let mut principals = BTreeMap::new();
        for (block, scope) in blocks {
            let of = self.required(block, "type", scope)?;
            let mut texts = self.set(block.argument("identifiers"), scope)?;
            let places = set_places(&texts);
            let place = place(&format!("identifiers:{{{places}}};type:{of};"));
            replace_variables(&mut texts, version, block.header())?;
            from_the_last(&mut texts);
            principals.insert(place, (of, texts));
        }
        let mut principals = principals.into_values();
        let mut by_type: BTreeMap<String, Json> = BTreeMap::new();
        match (principals.next(), principals.len()) {
            (None, _) => return Ok(None),
            (Some((of, texts)), 0) if of == "*" && texts == ["*"] => return Ok(Some("*".into())),
            (first, _) => {
                for (of, texts) in first.into_iter().chain(principals) {
                    let of = by_type.entry(of).or_insert(Json::Null);
                    *of = joined(of.take(), one_or_all(texts));
                }
            }
        }
        Ok(Some(Json::Object(by_type.into_iter().collect())))
    }

    fn conditions(&self, blocks: &[(BlockRef, Scope)], version: &str) -> Outcome<Option<Json>> {
        let mut conditions = BTreeMap::new();
        for (block, scope) in blocks {
            let (test, variable) = (
                self.required(block, "test", scope)?,
                self.required(block, "variable", scope)?,
            );
            let values = self.list(block.argument("values"), scope)?;
            let mut values: Vec<String> = values.into_iter().map(|(text, _)| text).collect();
            let members: String = values.iter().flat_map(|text| [text, ";"]).collect();
            let place = place(&format!(
                "test:{test};values:({members});variable:{variable};"
            ));
            replace_variables(&mut values, version, block.header())?;
            conditions.insert(place, (test, variable, values));
        }
        let mut by_test: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (test, variable, values) in conditions.into_values() {
            let of = by_test.entry(test).or_default();
            of.entry(variable).or_default().extend(values);
        }
        Ok((!by_test.is_empty()).then(|| tests(by_test)))
    }
}

fn named_twice(sid: &str, at: Span) -> Unknown {
    Unknown::invalid(format!("two statements have the sid `{sid}`"), at)
}

/// `&{` stands for the `${` of the policy language, which has it since its second version.
fn replace_variables(texts: &mut [String], version: &str, at: Span) -> Outcome<()> {
    for text in texts.iter_mut().filter(|text| text.contains("&{")) {
        if version == OLDEST_VERSION {
            let reason = format!("version {version} of the policy language has no `&{{`");
            return Err(Unknown::invalid(reason, at));
        }
        *text = text.replace("&{", "${");
    }
    Ok(())
}

/// Where the provider's sets have an element that it writes out so: they are in the order of the
/// digits of a checksum.
fn place(written: &str) -> String {
    crc32(written.as_bytes()).to_string()
}

/// The elements of a set of strings as they are written out.
fn set_places(texts: &[String]) -> String {
    let mut written: Vec<String> = texts.iter().map(|text| format!("{text};")).collect();
    written.sort_by_cached_key(|text| place(text));
    written.concat()
}

/// Sorts as the provider does.
fn from_the_last(texts: &mut [String]) {
    texts.sort_by(|a, b| b.cmp(a));
}

/// One string stands alone, any other number of them as a list.
fn one_or_all(mut texts: Vec<String>) -> Json {
    match texts.len() {
        1 => texts.remove(0).into(),
        _ => texts.into(),
    }
}

/// The identifiers of a type of principal with further ones.
fn joined(before: Json, more: Json) -> Json {
    let mut all = match before {
        Json::Null => return more,
        Json::Array(all) => all,
        one => vec![one],
    };
    match more {
        Json::Array(more) => all.extend(more),
        one => all.push(one),
    }
    Json::Array(all)
}

fn tests(by_test: BTreeMap<String, BTreeMap<String, Vec<String>>>) -> Json {
    let of_variable = |(variable, values)| (variable, one_or_all(values));
    let of_test = |(test, variables): (String, BTreeMap<String, Vec<String>>)| {
        let variables: Map<String, Json> = variables.into_iter().map(of_variable).collect();
        (test, Json::Object(variables))
    };
    Json::Object(by_test.into_iter().map(of_test).collect())
}

/// A policy that is given as JSON. Members that the provider would drop or spell otherwise make it
/// one that is not known.
fn parsed(text: &str, at: Span) -> Outcome<Document> {
    let odd = || Unknown::unsupported("this policy is written in an unusual way", at);
    let json: Json = serde_json::from_str(text)
        .map_err(|fault| Unknown::invalid(format!("this is no JSON: {fault}"), at))?;
    let Json::Object(members) = json else {
        return Err(odd());
    };
    let mut document = Document::default();
    for (name, value) in members {
        match (&*name, value) {
            ("Version", Json::String(version)) => document.version = version,
            ("Id", Json::String(id)) => document.id = id,
            ("Statement", Json::Array(statements)) => {
                let statements = statements.into_iter();
                let statements = statements.map(|it| parsed_statement(it).ok_or_else(odd));
                document.statements = statements.collect::<Outcome<_>>()?;
            }
            _ => return Err(odd()),
        }
    }
    Ok(document)
}

fn parsed_statement(json: Json) -> Option<Statement> {
    let Json::Object(mut given) = json else {
        return None;
    };
    let mut sid = String::new();
    let mut members = Map::new();
    for name in [
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    ] {
        let Some(value) = given.remove(name) else {
            continue;
        };
        let value = match (name, value) {
            ("Sid" | "Effect", Json::String(text)) => {
                if name == "Sid" {
                    sid.clone_from(&text);
                }
                match text.is_empty() {
                    true => continue,
                    false => Json::String(text),
                }
            }
            ("Sid" | "Effect", _) => return None,
            ("Principal" | "NotPrincipal", value) => parsed_principals(value)?,
            ("Condition", value) => parsed_conditions(value)?,
            (_, value) if texts(&value).is_some() => value,
            _ => return None,
        };
        members.insert(name.to_owned(), value);
    }
    given.is_empty().then_some(Statement { sid, members })
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(items) => {
            let text = |item: &Json| item.as_str().map(str::to_owned);
            items.iter().map(text).collect()
        }
        _ => None,
    }
}

fn parsed_principals(value: Json) -> Option<Json> {
    let Json::Object(by_type) = value else {
        return value.is_string().then(|| "*".into());
    };
    if by_type.is_empty() {
        return None;
    }
    if by_type.len() == 1
        && by_type
            .get("*")
            .and_then(texts)
            .is_some_and(|all| all == ["*"])
    {
        return Some("*".into());
    }
    let mut sorted = BTreeMap::new();
    for (of, identifiers) in by_type {
        let mut all = texts(&identifiers)?;
        from_the_last(&mut all);
        sorted.insert(
            of,
            match identifiers {
                Json::Array(_) => json!(all),
                one => one,
            },
        );
    }
    Some(Json::Object(sorted.into_iter().collect()))
}

fn parsed_conditions(value: Json) -> Option<Json> {
    let Json::Object(by_test) = value else {
        return None;
    };
    if by_test.is_empty() {
        return None;
    }
    let mut read: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (test, variables) in by_test {
        let Json::Object(variables) = variables else {
            return None;
        };
        let of = read.entry(test).or_default();
        for (variable, values) in variables {
            let values = match values {
                Json::Bool(value) => vec![value.to_string()],
                values => texts(&values)?,
            };
            of.insert(variable, values);
        }
    }
    // A test of nothing is dropped.
    (!read.values().any(BTreeMap::is_empty)).then(|| tests(read))
}
