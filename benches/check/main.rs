//! How long a check takes, beside the time that it takes to parse the same tree at all, and how
//! the time grows. `docs/benchmarks.md` tells how to run and read this.

mod floor;
mod workload;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ecslint::Request;
use ecslint::ledger::Summary;
use ecslint::source::{Disk, SourceMap};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use workload::{Tree, Workload};

/// As in the program that people run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Whole trees on disk: the pipeline from paths to a report.
#[divan::bench(args = Workload::all(), sample_count = 20, sample_size = 1, max_time = 10)]
fn check(bencher: Bencher, workload: &Workload) {
    let tree = workload.tree();
    let bencher = bencher.counter(BytesCount::new(tree.bytes));
    measure(bencher, &workload.to_string(), tree);
}

/// The same trees: walked, read and parsed, and nothing else.
#[divan::bench(args = Workload::all(), sample_count = 20, sample_size = 1, max_time = 10)]
fn floor(bencher: Bencher, workload: &Workload) {
    let tree = workload.tree();
    let faulty = floor::parse_everything(&tree.directory);
    if faulty > 0 {
        eprintln!("\n{workload}: {faulty} files do not parse, so the true floor is higher");
    }
    bencher
        .counter(BytesCount::new(tree.bytes))
        .bench(|| floor::parse_everything(&tree.directory));
}

/// The binary, from its start to its exit.
#[divan::bench(args = ["one-file", "one-root"])]
fn process(bencher: Bencher, workload: &str) {
    let tree = Workload::find(workload).tree();
    bencher.bench(|| {
        let status = Command::new(env!("CARGO_BIN_EXE_ecslint"))
            .args(["check", "--format", "json"])
            .arg(&tree.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the binary starts");
        assert!(status.code().is_some(), "the binary ends by itself");
    });
}

/// One thing at a time grows: the rate should not fall.
mod scaling {
    use super::*;

    /// Keys of a `for_each`.
    #[divan::bench(args = [100, 1000, 2000], sample_count = 20)]
    fn instances(bencher: Bencher, count: usize) {
        let tree = workload::instances(count);
        measure(
            bencher.counter(ItemsCount::new(count)),
            &format!("{count} instances"),
            &tree,
        );
    }

    /// Keys of a `for_each` of a module whose arguments are the same for all of them.
    #[divan::bench(args = [100, 1000, 2000], sample_count = 20)]
    fn alike(bencher: Bencher, count: usize) {
        let tree = workload::alike(count);
        measure(
            bencher.counter(ItemsCount::new(count)),
            &format!("{count} instances that are alike"),
            &tree,
        );
    }

    /// Containers of one task definition.
    #[divan::bench(args = [10, 100, 500], sample_count = 20)]
    fn containers(bencher: Bencher, count: usize) {
        let tree = workload::containers(count);
        measure(
            bencher.counter(ItemsCount::new(count)),
            &format!("{count} containers"),
            &tree,
        );
    }

    /// Module calls between the root and the task definition.
    #[divan::bench(args = [1, 10, 30], sample_count = 20)]
    fn module_depth(bencher: Bencher, depth: usize) {
        let tree = workload::module_depth(depth);
        measure(
            bencher.counter(ItemsCount::new(depth)),
            &format!("{depth} modules deep"),
            &tree,
        );
    }

    /// Roots that call one module, each with another value.
    #[divan::bench(args = [20, 200, 2000], sample_count = 10)]
    fn callers(bencher: Bencher, count: usize) {
        let tree = workload::callers(count);
        measure(
            bencher.counter(ItemsCount::new(count)),
            &format!("{count} callers"),
            &tree,
        );
    }

    /// Conditions that decide members which no rule reads.
    #[divan::bench(args = [8, 64], sample_count = 20)]
    fn conditions(bencher: Bencher, count: usize) {
        let tree = workload::conditions(count);
        measure(
            bencher.counter(ItemsCount::new(count)),
            &format!("{count} conditions"),
            &tree,
        );
    }

    /// Kilobytes around one task definition.
    #[divan::bench(args = [100, 1000, 10_000], sample_count = 20)]
    fn file_size(bencher: Bencher, kilobytes: usize) {
        let tree = workload::file_size(kilobytes);
        measure(
            bencher.counter(BytesCount::new(tree.bytes)),
            &format!("{kilobytes} kB"),
            &tree,
        );
    }
}

/// Measures a check of a tree, after one check that shows whether everything in it is found.
fn measure(bencher: Bencher, name: &str, tree: &Tree) {
    let summary = run(&tree.directory);
    let found = (summary.units, summary.instances);
    if tree.units > 0 && found != (tree.units, tree.instances) {
        eprintln!(
            "\n{name}: {} of {} units and {} of {} task definitions were read, so the time means little",
            summary.units, tree.units, summary.instances, tree.instances
        );
    }
    bencher.bench(|| run(&tree.directory));
}

fn run(directory: &Path) -> Summary {
    let request = Request {
        paths: vec![directory.to_owned()],
        ..Request::default()
    };
    let sources = Arc::new(SourceMap::new(Disk, directory));
    let report = ecslint::run(&sources, &request, &|_, _| {}).expect("the tree is there");
    divan::black_box(report).summary
}
