//! Which templates are units of work, and which are deployed by others only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A template nests another one.
pub struct Nests {
    pub parent: PathBuf,
    pub child: PathBuf,
}

/// The files that other templates nest: what is in them is judged there. `files` has what was met
/// when each of them was deployed on its own. Those that are `named` are units all the same. Where
/// templates nest one another in a circle, the first is a unit.
pub fn nested_only<'a>(
    files: &BTreeMap<&'a PathBuf, Vec<Nests>>,
    named: &BTreeSet<PathBuf>,
) -> BTreeSet<&'a PathBuf> {
    let mut nests: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    let met = files.values().flatten();
    for one in met.filter(|one| one.parent != one.child) {
        nests.entry(&one.parent).or_default().push(&one.child);
    }
    if nests.is_empty() {
        return BTreeSet::new();
    }
    let children: BTreeSet<&Path> = nests.values().flatten().copied().collect();
    let mut reached = BTreeSet::new();
    let mut left_out = BTreeSet::new();
    let is_unit = |path: &PathBuf| !children.contains(path.as_path()) || named.contains(path);
    for unit in files.keys().filter(|path| is_unit(path)) {
        reach(unit, &nests, &mut reached);
    }
    for path in files.keys().filter(|path| !is_unit(path)) {
        if reached.contains(path.as_path()) {
            left_out.insert(*path);
        } else {
            reach(path, &nests, &mut reached);
        }
    }
    left_out
}

fn reach<'a>(
    from: &'a Path,
    nests: &BTreeMap<&'a Path, Vec<&'a Path>>,
    reached: &mut BTreeSet<&'a Path>,
) {
    let mut waiting = vec![from];
    while let Some(path) = waiting.pop() {
        if reached.insert(path)
            && let Some(nested) = nests.get(path)
        {
            waiting.extend(nested);
        }
    }
}
