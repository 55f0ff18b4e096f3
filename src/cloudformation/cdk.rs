//! What the CDK writes beside the templates that it synthesises: assets, and where a stack goes.

use super::intrinsics::Eval;
use super::nested::member;
use super::template::read_fragment;
use crate::json;
use crate::source::{File, SourceMap};
use crate::value::{PieceKind, Value};
use std::path::PathBuf;

/// How the names of templates and of their lists of assets end.
const TEMPLATE: &str = ".template.json";
const ASSETS: &str = ".assets.json";

/// The list of all stacks of an assembly.
const MANIFEST: &str = "manifest.json";

/// The pseudo parameters of a stack that the CDK deploys into an account and region that it knows.
pub(super) fn environment(template: &File, sources: &SourceMap) -> Vec<(&'static str, String)> {
    let environment = || {
        let name = template.path.file_name()?.to_str()?;
        let manifest = template.path.with_file_name(MANIFEST);
        let is_ours = name.ends_with(TEMPLATE);
        let manifest = is_ours.then(|| sources.open(&manifest).ok()).flatten()?;
        let whole = 0..manifest.text().len();
        let (_, artifacts) = json::members_and_inner(&manifest, whole, "artifacts").ok()?;
        artifacts?.into_iter().find_map(|artifact| {
            // What stands beside these members is long.
            let members = json::members(&manifest, artifact.value.range()).ok()?;
            let read = |name: &str| {
                let found = members.iter().find(|member| *member.name == *name)?;
                json::parse_file(&manifest, found.value.range()).ok()
            };
            let file = member(read("properties").as_ref(), "templateFile")?;
            let is_it = file.as_str()? == name;
            let environment = read("environment").filter(|_| is_it)?;
            Some(environment.as_str()?.into_owned())
        })
    };
    let environment = environment().unwrap_or_default();
    let place = environment.strip_prefix("aws://").unwrap_or_default();
    let (account, region) = place.split_once('/').unwrap_or_default();
    let all = [("AWS::AccountId", account), ("AWS::Region", region)].into_iter();
    let known = all.filter(|(_, value)| !value.is_empty() && !value.starts_with("unknown-"));
    known
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
}

/// The file that the CDK publishes at an address, as its list of the assets of a stack has it. It
/// goes by the end of the address, which names the content; what comes before is the bucket.
pub(super) fn asset(eval: &Eval, address: &Value) -> Option<PathBuf> {
    let last = address.as_text()?.pieces().last()?;
    let PieceKind::Literal(end) = &last.kind else {
        return None;
    };
    let key = end
        .as_str()
        .rsplit('/')
        .next()
        .filter(|key| !key.is_empty())?;
    // The assets of nested stacks stand with those of the stack that the CDK deploys.
    eval.stack().ancestors().find_map(|stack| {
        let template = &stack.template.file.path;
        let name = template.file_name()?.to_str()?.strip_suffix(TEMPLATE)?;
        let list = template.with_file_name(format!("{name}{ASSETS}"));
        let list = read_fragment(&*stack.sources.open(&list).ok()?).ok()?;
        let files = member(Some(&list), "files")?;
        let mut files = files
            .as_object()?
            .members()
            .iter()
            .map(|file| file.value.get());
        let file = files.find(|file| is_published_as(file, key))?;
        let source = member(Some(&file), "source")?;
        let path = member(Some(&source), "path")?;
        Some(template.with_file_name(&*path.as_str()?))
    })
}

/// Whether one of the places that an asset goes to has this name.
fn is_published_as(asset: &Value, key: &str) -> bool {
    let destinations = member(Some(asset), "destinations");
    let destinations = destinations.as_ref().and_then(Value::as_object);
    destinations.is_some_and(|destinations| {
        destinations.members().iter().any(|destination| {
            let own = member(Some(&destination.value.get()), "objectKey");
            let own = own.as_ref().and_then(Value::as_str);
            own.is_some_and(|own| own.rsplit('/').next() == Some(key))
        })
    })
}
