//! Which modules call another or read a file, told from the text of all files before one is
//! parsed.
//!
//! The string literals that begin as local sources do are taken for calls, and those that end with
//! a file's name for reads: more than there is, and nothing that is there is missed. Only the few
//! directories that come of it are read further.

use super::module::MODULE;
use crate::source::{EntryKind, SourceMap};
use foldhash::{HashMap, HashSet};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the files of a repository say of one another.
#[derive(Default)]
pub struct Mentions {
    /// By directory: those that may call the module in it.
    callers: HashMap<PathBuf, Vec<PathBuf>>,
    /// Directories with a source that the text alone does not tell.
    unclear: BTreeSet<PathBuf>,
    /// By file that was asked about: the modules that may read it.
    readers: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

/// A search for local calls, and for what may read one of some files.
pub struct Search<'a> {
    sources: &'a SourceMap,
    read: Vec<(&'a Path, memmem::Finder<'a>)>,
}

impl<'a> Search<'a> {
    /// Looks for local calls, and for what may read one of these files.
    pub fn new(sources: &'a SourceMap, read: &'a BTreeSet<PathBuf>) -> Search<'a> {
        let read = read
            .iter()
            .filter_map(|file| Some((&**file, memmem::Finder::new(name(file)?.as_bytes()))));
        Search {
            sources,
            read: read.collect(),
        }
    }

    /// What a file of configuration says; of one that cannot be read, nothing.
    pub fn look_through(&self, mut path: PathBuf) -> Mention<'a> {
        let text = self.sources.bytes(&path).unwrap_or_default();
        path.pop();
        let directory = path;
        let (calls, unclear) = local_sources(&text);
        let reads = self.read.iter().filter(|(file, finder)| {
            let mut hits = finder.find_iter(&text);
            hits.any(|at| is_read(self.sources, &directory, &text, at, file))
        });
        Mention {
            calls: calls
                .iter()
                .map(|source| self.sources.absolute(&directory.join(source)))
                .collect(),
            unclear,
            reads: reads.map(|(file, _)| *file).collect(),
            directory,
        }
    }
}

/// What one file says.
pub struct Mention<'a> {
    /// That the file is in.
    pub directory: PathBuf,
    calls: Vec<PathBuf>,
    unclear: bool,
    reads: Vec<&'a Path>,
}

impl<'a> FromIterator<Mention<'a>> for Mentions {
    fn from_iter<I: IntoIterator<Item = Mention<'a>>>(found: I) -> Mentions {
        let mut mentions = Mentions::default();
        for one in found {
            for file in one.reads {
                let readers = mentions.readers.entry(file.to_path_buf()).or_default();
                readers.insert(one.directory.clone());
            }
            for called in one.calls {
                let callers = mentions.callers.entry(called).or_default();
                callers.push(one.directory.clone());
            }
            if one.unclear {
                mentions.unclear.insert(one.directory);
            }
        }
        mentions
    }
}

impl Mentions {
    /// The directories of modules that may read a file.
    pub fn readers(&self, file: &Path) -> impl Iterator<Item = &PathBuf> {
        self.readers.get(file).into_iter().flatten()
    }

    /// The directories from which calls may lead to one of `called`, and these themselves.
    pub fn leading_to(&self, called: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let mut waiting: Vec<&PathBuf> = called.iter().chain(&self.unclear).collect();
        let mut leading: HashSet<&PathBuf> = HashSet::default();
        while let Some(directory) = waiting.pop() {
            if leading.insert(directory) {
                waiting.extend(self.callers.get(directory).into_iter().flatten());
            }
        }
        leading.into_iter().cloned().collect()
    }
}

/// No path of a source is longer.
const MAX_SOURCE: usize = 4096;

/// The literals that may be local sources, and whether there is one with escapes in it.
fn local_sources(text: &[u8]) -> (Vec<&str>, bool) {
    let (mut found, mut unclear) = (Vec::new(), false);
    if MODULE.find(text).is_none() {
        return (found, unclear);
    }
    for at in memmem::find_iter(text, b"\".") {
        let rest = &text[at + 1..];
        let rest = &rest[..rest.len().min(MAX_SOURCE)];
        let Some(end) = memchr::memchr2(b'"', b'\n', rest).filter(|end| rest[*end] == b'"') else {
            continue;
        };
        let Ok(literal) = std::str::from_utf8(&rest[..end]) else {
            continue;
        };
        if literal.contains('\\') {
            unclear = true;
        } else if literal.starts_with("./") || literal.starts_with("../") {
            found.push(literal);
        }
    }
    (found, unclear)
}

/// Whether a file's name that stands at `at` may be the end of its path, as a module in
/// `directory` gives it.
fn is_read(sources: &SourceMap, directory: &Path, text: &[u8], at: usize, file: &Path) -> bool {
    let end = at + name(file).map_or(0, str::len);
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let before = text[..at].iter().next_back();
    if before.is_some_and(in_name) || text.get(end).is_some_and(in_name) {
        return false;
    }
    // What is before a closing brace is not known: mostly `${path.module}`.
    let floor = at.saturating_sub(MAX_SOURCE);
    let start = memchr::memrchr3(b'"', b'}', b'\n', &text[floor..at]);
    let start = start.map_or(floor, |before| floor + before + 1);
    let Ok(path) = std::str::from_utf8(&text[start..end]) else {
        return false;
    };
    let path = path.trim_start_matches('/');
    let there = sources.absolute(&directory.join(path));
    if there == file {
        return true;
    }
    let mut tail = path;
    while let Some(rest) = tail.strip_prefix("../").or(tail.strip_prefix("./")) {
        tail = rest;
    }
    file.ends_with(tail) && sources.kind(&there) != Some(EntryKind::File)
}

fn name(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;
    use proptest::prelude::*;

    #[test]
    fn local_sources_are_literals_of_a_file_with_calls() {
        let text = br#"module "a" { source = "../a" }
# ".b" "./c/d" ".\\e"
x = "../f
"#;
        assert_eq!(local_sources(text), (vec!["../a", "./c/d"], true));
        assert_eq!(local_sources(br#"x = "./a""#), (vec![], false));
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_through(
            text in prop::collection::vec(prop::sample::select(&b"\"./\\}\nam\xff$"[..]), 0..60),
            calls in any::<bool>(),
        ) {
            let text = [if calls { &b"module"[..] } else { b"" }, &text].concat();
            let (found, _) = local_sources(&text);
            let is_local = |one: &&str| one.starts_with("./") || one.starts_with("../");
            prop_assert!(found.iter().all(is_local));
            let sources = SourceMap::new(Memory::default(), "/w");
            let file = Path::new("/w/a/m");
            for at in memchr::memchr_iter(b'm', &text) {
                is_read(&sources, Path::new("/w/a"), &text, at, file);
            }
        }
    }

    #[test]
    fn a_file_is_read_by_whoever_gives_its_path() {
        let call = "templatefile(\"${path.module}/t/web.tpl\", {})";
        let files = [
            ("/w/a/main.tf", call),
            ("/w/a/t/web.tpl", ""),
            ("/w/b/main.tf", call),
            ("/w/b/t/web.tpl", ""),
            ("/w/c/main.tf", "file(\"../a/t/web.tpl\")"),
            ("/w/d/main.tf", "file(\"${path.root}/../a/t/web.tpl\")"),
            ("/w/e/main.tf", "file(\"t/my-web.tpl\") # web.tpl.old"),
            ("/w/f/main.tf", "file(\"${local.templates}/web.tpl\")"),
        ];
        let sources = SourceMap::new(Memory::new(files), "/w");
        let all: Vec<PathBuf> = ["a", "b", "c", "d", "e", "f"]
            .map(|name| PathBuf::from(format!("/w/{name}/main.tf")))
            .into();
        let file = PathBuf::from("/w/a/t/web.tpl");
        let read = BTreeSet::from([file.clone()]);
        let search = Search::new(&sources, &read);
        let all = all.into_iter().map(|path| search.look_through(path));
        let found: Mentions = all.collect();
        let readers: Vec<_> = found.readers(&file).map(|one| one.as_path()).collect();
        assert_eq!(readers, ["/w/a", "/w/c", "/w/d", "/w/f"].map(Path::new));
    }

    #[test]
    fn calls_lead_to_a_module_over_several_others() {
        let call = |to: &str| format!("module \"m\" {{\n  source = \"{to}\"\n}}\n");
        let files = [
            ("/w/root/main.tf", call("../outer")),
            ("/w/outer/main.tf", call("./inner")),
            ("/w/outer/inner/main.tf", String::new()),
            ("/w/other/main.tf", call("../unrelated")),
        ];
        let all: Vec<PathBuf> = files.iter().map(|(path, _)| path.into()).collect();
        let sources = SourceMap::new(Memory::new(files), "/w");
        let read = BTreeSet::new();
        let search = Search::new(&sources, &read);
        let all = all.into_iter().map(|path| search.look_through(path));
        let found: Mentions = all.collect();
        let mut leading = found.leading_to(&BTreeSet::from(["/w/outer/inner".into()]));
        leading.sort();
        assert_eq!(
            leading,
            ["/w/outer", "/w/outer/inner", "/w/root"].map(PathBuf::from)
        );
    }
}
