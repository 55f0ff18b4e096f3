//! What a path means, what is left out, and what is missing.

use super::*;
use crate::source::Memory;

fn named(path: &str) -> Candidates {
    let files = [
        ("/w/r/main.tf", ""),
        ("/w/r/prod.tfvars", ""),
        ("/w/r/environments/test.tfvars", ""),
        ("/w/r/t/web.tpl", ""),
        ("/w/t.yaml", ""),
    ];
    let sources = SourceMap::new(Memory::new(files), "/w");
    discover(&sources, &[path.into()], &Scope::default()).expect("it is there")
}

#[test]
fn a_file_means_the_module_it_belongs_to() {
    for path in ["r/main.tf", "r/prod.tfvars", "r/environments/test.tfvars"] {
        let found = named(path);
        assert_eq!(
            found.named_modules,
            BTreeSet::from(["/w/r".into()]),
            "{path}"
        );
        assert!(found.files.is_empty());
    }
    assert_eq!(
        named("t.yaml").named_files,
        BTreeSet::from(["/w/t.yaml".into()])
    );
    let template = named("r/t/web.tpl");
    assert_eq!(
        template.read_files,
        BTreeSet::from(["/w/r/t/web.tpl".into()])
    );
    assert!(template.modules.is_empty() && template.files.is_empty());
}

#[test]
fn units_are_named_and_the_rest_may_be_left_out() {
    let patterns = |texts: &[&str]| -> Vec<glob::Pattern> {
        let patterns = texts.iter().map(|text| glob::Pattern::new(text));
        patterns.map(|pattern| pattern.expect("right")).collect()
    };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples");
    let found = |include: &[&str], exclude: &[&str], units: &[&str]| {
        let sources = SourceMap::new(crate::source::Disk, &directory);
        let scope = Scope {
            root: directory.clone(),
            include: patterns(include),
            exclude: patterns(exclude),
            units: patterns(units),
        };
        let found = discover(&sources, &[".".into()], &scope).expect("it is there");
        let below = |path: &PathBuf| sources.display(path);
        let mut all: Vec<String> = found.modules.iter().map(below).collect();
        all.extend(found.files.iter().map(below));
        all.sort();
        let named = found.named_modules.iter().chain(&found.named_files);
        (all, named.map(below).collect::<Vec<_>>())
    };
    let (all, named) = found(&[], &[], &[]);
    assert!(
        all.contains(&"terraform/modules/service".to_owned()),
        "{all:?}"
    );
    assert!(named.is_empty(), "{named:?}");
    for (include, wanted) in [
        (
            &["terraform"][..],
            &["terraform", "terraform/modules/service"][..],
        ),
        (&["terraform/*.tf"], &["terraform"]),
        (
            &["cloudformation/*", "nowhere"],
            &["cloudformation/gateway.yaml"],
        ),
        (&["."], &all.iter().map(String::as_str).collect::<Vec<_>>()),
    ] {
        assert_eq!(found(include, &[], &[]).0, wanted, "{include:?}");
    }
    let (left, _) = found(&["terraform"], &["terraform/modules"], &[]);
    assert_eq!(left, ["terraform"]);
    let (_, named) = found(&[], &[], &["terraform/modules/*", "*/*.yaml"]);
    assert_eq!(
        named,
        ["terraform/modules/service", "cloudformation/gateway.yaml"]
    );
}

#[test]
fn a_path_that_is_not_there_is_missing() {
    let sources = SourceMap::new(Memory::default(), "/w");
    for path in ["none.tf", "none/*.tf"] {
        let found = discover(&sources, &[path.into()], &Scope::default());
        assert_eq!(found.expect("it is a pattern").missing.len(), 1, "{path}");
    }
}

#[test]
fn a_path_that_is_nearly_there_is_suggested() {
    let files = [("/w/services/web/main.tf", ""), ("/w/t.yaml", "")];
    let sources = SourceMap::new(Memory::new(files), "/w");
    for (path, wanted) in [
        ("service/web", Some("services/web")),
        ("services/wbe/main.tf", Some("services/web/main.tf")),
        ("servcies/x/y", Some("services")),
        ("t.yml", Some("t.yaml")),
        ("stacks", None),
    ] {
        let near = near(&sources, &sources.absolute(Path::new(path)));
        let near = near.map(|near| sources.display(&near));
        assert_eq!(near.as_deref(), wanted, "{path}");
    }
}

#[test]
fn editors_own_files_are_not_configuration() {
    for name in [".main.tf", "main.tf~", "#main.tf#", "main.tfstate"] {
        assert!(!is_terraform(name), "{name}");
    }
    assert!(is_terraform("main.tf.json"));
    assert!(is_document("Stack.TEMPLATE"));
    assert!(!is_document(".#stack.yaml"));
}
