//! Which templates are units of work, and which are deployed by others only.

use super::intrinsics::Eval;
use super::template::{Template, may_nest};
use super::{Options, nested, resources, stack_of};
use crate::source::SourceMap;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The files among `files` that other templates of them nest: what is in them is judged there.
/// Those that are `named` are units all the same. Where templates nest one another in a circle,
/// the first is a unit.
pub fn nested_only(
    sources: &Arc<SourceMap>,
    files: &BTreeSet<PathBuf>,
    named: &BTreeSet<PathBuf>,
    options: &Options,
) -> BTreeSet<PathBuf> {
    let nests: Vec<(&PathBuf, Vec<PathBuf>)> = files
        .par_iter()
        .map(|path| (path, nests(sources, path, options)))
        .filter(|(_, nested)| !nested.is_empty())
        .collect();
    let nests: BTreeMap<&Path, Vec<PathBuf>> = nests
        .into_iter()
        .map(|(path, nested)| (path.as_path(), nested))
        .collect();
    let children = nests.iter().flat_map(|(path, nested)| {
        let others = nested.iter().filter(move |child| child != path);
        others.map(PathBuf::as_path)
    });
    let children: BTreeSet<&Path> = children.collect();
    let mut reached = BTreeSet::new();
    let mut left_out = BTreeSet::new();
    let is_unit = |path: &PathBuf| !children.contains(path.as_path()) || named.contains(path);
    for unit in files.iter().filter(|path| is_unit(path)) {
        reach(unit, &nests, &mut reached);
    }
    for path in files.iter().filter(|path| !is_unit(path)) {
        if reached.contains(path.as_path()) {
            left_out.insert(path.clone());
        } else {
            reach(path, &nests, &mut reached);
        }
    }
    left_out
}

fn reach<'a>(
    from: &'a Path,
    nests: &'a BTreeMap<&Path, Vec<PathBuf>>,
    reached: &mut BTreeSet<&'a Path>,
) {
    let mut waiting = vec![from];
    while let Some(path) = waiting.pop() {
        if reached.insert(path)
            && let Some(nested) = nests.get(path)
        {
            waiting.extend(nested.iter().map(PathBuf::as_path));
        }
    }
}

/// The templates on disk that a template nests. Nothing for any other file, told by its bytes.
fn nests(sources: &Arc<SourceMap>, path: &Path, options: &Options) -> Vec<PathBuf> {
    let Ok(file) = sources.open(path) else {
        return Vec::new();
    };
    if !may_nest(file.text()) {
        return Vec::new();
    }
    let Ok(Some(template)) = Template::read(file, sources) else {
        return Vec::new();
    };
    let eval = Eval::new(stack_of(Rc::new(template), sources, options));
    let declared = resources::declared(&eval, &mut Vec::new());
    let paths = declared.iter().filter_map(|one| {
        let body = nested::body_of_nested(&eval, &one.resource)?;
        nested::path(&eval, one, &body)
    });
    paths.collect()
}
