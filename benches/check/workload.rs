//! What the benchmarks read: trees of sources that are the same on every machine.

mod cloudformation;
mod scaling;
mod terraform;

pub use scaling::{alike, callers, conditions, containers, file_size, instances, module_depth};

use std::fmt::{Display, Formatter, Result as FmtResult, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs};

/// How many roots or templates a workload has where `ECSLINT_BENCH_UNITS` says nothing.
const DEFAULT_UNITS: usize = 200;

/// A directory of sources, with what it holds by construction.
#[derive(Default)]
pub struct Tree {
    pub directory: PathBuf,
    pub files: usize,
    pub bytes: u64,
    /// Root modules and templates.
    pub units: usize,
    /// Task definitions, one for each instance.
    pub instances: usize,
}

impl Tree {
    /// An empty tree in the directory for temporary files of the build, which stays there, so
    /// that other programs can be tried on the same tree.
    pub fn new(name: &str) -> Tree {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("bench")
            .join(name);
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                panic!("cannot empty {}: {error}", directory.display())
            }
            _ => {}
        }
        // Each tree is the root of a repository of its own: nothing above it is looked at.
        fs::create_dir_all(directory.join(".git")).expect("the build directory can be written");
        Tree {
            directory,
            ..Tree::default()
        }
    }

    /// A tree that is already there.
    fn existing(directory: PathBuf) -> Tree {
        let mut tree = Tree {
            directory,
            ..Tree::default()
        };
        for path in crate::floor::sources(&tree.directory) {
            tree.files += 1;
            tree.bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
        }
        tree
    }

    fn write(&mut self, path: &str, text: &str) {
        let path = self.directory.join(path);
        let parent = path.parent().expect("a file lies in a directory");
        fs::create_dir_all(parent).expect("the build directory can be written");
        fs::write(&path, text).expect("the build directory can be written");
        self.files += 1;
        self.bytes += text.len() as u64;
    }
}

/// A tree that is made when a benchmark first asks for it.
pub struct Workload {
    name: &'static str,
    make: fn(&mut Tree, usize),
    tree: OnceLock<Tree>,
}

static WORKLOADS: [Workload; 6] = [
    Workload::new("tf-mono", terraform::mono),
    Workload::new("tf-shared", terraform::shared),
    Workload::new("cfn-yaml", cloudformation::yaml),
    Workload::new("cfn-json", cloudformation::json),
    Workload::new("one-root", |tree, _| terraform::one_root(tree)),
    Workload::new("one-file", |tree, _| terraform::one_file(tree)),
];

/// The tree that `ECSLINT_BENCH_TREE` names.
static EXISTING: Workload = Workload::new("tree", |tree, _| {
    let directory = env::var_os("ECSLINT_BENCH_TREE").expect("asked for only where it is set");
    let directory = fs::canonicalize(directory).expect("ECSLINT_BENCH_TREE is a directory");
    *tree = Tree::existing(directory);
});

impl Workload {
    const fn new(name: &'static str, make: fn(&mut Tree, usize)) -> Workload {
        Workload {
            name,
            make,
            tree: OnceLock::new(),
        }
    }

    /// The workloads to measure: the generated ones, or the existing tree alone.
    pub fn all() -> Vec<&'static Workload> {
        match env::var_os("ECSLINT_BENCH_TREE") {
            Some(_) => vec![&EXISTING],
            None => WORKLOADS.iter().collect(),
        }
    }

    pub fn find(name: &str) -> &'static Workload {
        let found = WORKLOADS.iter().find(|workload| workload.name == name);
        found.expect("the names are those of this file")
    }

    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let mut tree = match std::ptr::eq(self, &EXISTING) {
                true => Tree::default(),
                false => Tree::new(self.name),
            };
            (self.make)(&mut tree, units());
            tree
        })
    }
}

impl Display for Workload {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.name)
    }
}

fn units() -> usize {
    match env::var("ECSLINT_BENCH_UNITS") {
        Ok(text) => text.parse().expect("ECSLINT_BENCH_UNITS is a number"),
        Err(_) => DEFAULT_UNITS,
    }
}

/// A small generator of numbers (SplitMix64) that gives the same ones everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to but not including `high`.
    fn within(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low) as u64) as usize
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.within(0, 100) < chance
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.within(0, WORDS.len())]
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.within(0, from.len())]
    }
}

const WORDS: [&str; 16] = [
    "account", "basket", "billing", "courier", "delivery", "export", "frontend", "invoice",
    "ledger", "mailer", "orders", "payment", "pricing", "search", "stock", "tracking",
];
const ROOT_USERS: &[&str] = &["root", "0", "0:0", "root:root"];
const OTHER_USERS: &[&str] = &["1000", "1000:1000", "app", "65534"];

/// Puts values in the places `@name@` of a text.
fn fill(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut parts = template.split('@');
    text.push_str(parts.next().unwrap_or_default());
    while let Some(name) = parts.next() {
        let value = values.iter().find(|(candidate, _)| *candidate == name);
        let (_, value) = value.unwrap_or_else(|| panic!("no value for `{name}`"));
        let _ = write!(text, "{value}");
        text.push_str(parts.next().unwrap_or_default());
    }
    text
}
