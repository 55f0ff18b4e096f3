//! Root modules that call one module: judged one after the other, they come to what each comes to
//! alone.

use super::*;
use crate::check::check;
use crate::rules::Settings;
use crate::source::{Memory, SourceMap};
use crate::terraform::{Library, Options, Root, load};
use std::path::Path;

/// Files, and what is asked of the root modules `a` and `b`.
struct Roots {
    files: Vec<(String, String)>,
    options: [Options; 2],
}

/// A module of one task definition on the host's network with one container, of the user that an
/// expression gives, and two root modules that call it with some arguments.
fn calling(user: &str, arguments: [&str; 2]) -> Roots {
    let module = format!(
        r#"
variable "user" {{ default = null }}
variable "x" {{ default = null }}
variable "y" {{ default = null }}
resource "aws_ecs_task_definition" "web" {{
  family                = "web"
  network_mode          = "host"
  container_definitions = jsonencode([{{ name = "web", image = "i", user = {user} }}])
}}
"#
    );
    let mut files = vec![("/w/m/main.tf".to_owned(), module)];
    for (root, arguments) in ["a", "b"].iter().zip(arguments) {
        let call = format!("module \"m\" {{\n  source = \"../m\"\n  {arguments}\n}}\n");
        files.push((format!("/w/{root}/main.tf"), call));
    }
    Roots {
        files,
        options: Default::default(),
    }
}

impl Roots {
    fn with(mut self, files: &[(&str, &str)]) -> Roots {
        let files = files.iter();
        self.files
            .extend(files.map(|(path, text)| (format!("/w/{path}"), (*text).to_owned())));
        self
    }

    /// What is said of the root modules, in order, and how many precedents there are then.
    fn judged(&self, is_together: bool) -> (Vec<String>, usize) {
        let sources = Arc::new(SourceMap::new(Memory::new(self.files.clone()), "/w"));
        let library = Library::new(sources.clone(), Default::default());
        let together = Precedents::default();
        let mut said = Vec::new();
        for (root, options) in ["a", "b"].into_iter().zip(&self.options) {
            let alone = Precedents::default();
            let precedents = if is_together { &together } else { &alone };
            let root = Root::new(Path::new("/w").join(root));
            let mut gaps = Vec::new();
            let tasks = load(&library, &root, options).take(&mut gaps);
            assert!(gaps.is_empty(), "{gaps:?}");
            let unit = sources.display(root.directory()).into();
            let settings = Settings::default();
            said.push(format!(
                "{:?}",
                check(&sources, &settings, &unit, None, precedents, &tasks)
            ));
        }
        let known = together.0.len();
        (said, known)
    }

    /// How many of the two are a precedent afterwards, which is one where the second was judged by
    /// the first. Together they come to what they come to alone.
    fn precedents(&self) -> usize {
        let (together, known) = self.judged(true);
        assert_eq!(together, self.judged(false).0);
        known
    }
}

#[test]
fn who_hands_over_the_same_is_judged_once() {
    let same = ["user = \"app\""; 2];
    assert_eq!(calling("var.user", same).precedents(), 1);
    let other = ["user = \"app\"", "user = \"web\""];
    assert_eq!(calling("var.user", other).precedents(), 2);
    // A number is no string, whatever it looks like.
    let types = ["x = 7", "x = \"7\""];
    assert_eq!(
        calling("var.x == 7 ? \"app\" : \"root\"", types).precedents(),
        1
    );
    let nested = [
        "x = { a = [1, null, true] }",
        "x = { a = [1, null, false] }",
    ];
    assert_eq!(
        calling("var.x.a[2] ? \"app\" : \"root\"", nested).precedents(),
        1
    );
}

#[test]
fn what_is_found_is_found_in_each() {
    let roots = calling("var.user", ["user = \"root\""; 2]);
    let (said, known) = roots.judged(true);
    assert_eq!(known, 0);
    assert!(said.iter().all(|said| said.contains("verdict: Fail")));
    assert_eq!(roots.judged(false).0, said);
    let refused = calling("tonumber(\"a\")", [""; 2]);
    assert_eq!(refused.precedents(), 0);
}

#[test]
fn what_is_known_after_apply_is_the_same_where_it_is_the_same_thing() {
    let resources = "resource \"aws_vpc\" \"a\" {}\nresource \"aws_vpc\" \"b\" {}\n";
    let files = [("a/r.tf", resources), ("b/r.tf", resources)];
    let vpc = ["x = aws_vpc.a.id"; 2];
    assert_eq!(calling("\"app\"", vpc).with(&files).precedents(), 1);
    let pairs = [
        "x = aws_vpc.a.id\n  y = aws_vpc.a.id",
        "x = aws_vpc.a.id\n  y = aws_vpc.b.id",
    ];
    let roots = calling("var.x == var.y ? \"app\" : \"root\"", pairs);
    assert!(roots.with(&files).precedents() <= 1);
}

#[test]
fn what_nobody_has_decided_is_asked_in_each() {
    let files = [
        ("a/v.tf", "variable \"user\" {}"),
        ("b/v.tf", "variable \"user\" {}"),
    ];
    let roots = calling("\"app\"", ["user = var.user"; 2]).with(&files);
    assert_eq!(roots.precedents(), 0);
    let counted = ["count = var.user == \"x\" ? 1 : 0"; 2];
    assert_eq!(calling("\"app\"", counted).with(&files).precedents(), 0);
}

#[test]
fn what_else_is_read_tells_them_apart() {
    let none = [""; 2];
    for user in [
        "path.cwd == \"/w/a\" ? \"app\" : \"root\"",
        "trimspace(file(\"user\"))",
        "trimspace(file(\"./user\"))",
        "trimspace(templatefile(\"${path.module}/t\", {}))",
        "fileexists(\"only\") ? \"app\" : \"root\"",
        "length(fileset(\".\", \"o*\")) == 1 ? \"app\" : \"root\"",
        "length(fileset(path.module, \"../a/o*\")) == 1 ? \"app\" : \"root\"",
        "abspath(\".\") == \"/w/a\" ? \"app\" : \"root\"",
    ] {
        let files = [
            ("a/user", "app"),
            ("b/user", "root"),
            ("a/only", ""),
            ("m/t", "${file(\"user\")}"),
        ];
        let roots = calling(user, none).with(&files);
        assert_eq!(roots.precedents(), 0, "{user}");
    }
    let own = calling("trimspace(file(\"${path.module}/user\"))", none);
    assert_eq!(own.with(&[("m/user", "app")]).precedents(), 1);
    let beside = calling("trimspace(file(\"../user\"))", none);
    assert_eq!(beside.with(&[("user", "app")]).precedents(), 1);
}

#[test]
fn a_module_that_it_calls_may_read_more() {
    let user = "module.inner.user";
    let inner = "module \"inner\" {\n  source = \"../inner\"\n}\n";
    let output = |value: &str| format!("output \"user\" {{\n  value = {value}\n}}\n");
    let cwd = output("path.cwd == \"/w/a\" ? \"app\" : \"root\"");
    let files = [("m/inner.tf", inner), ("inner/main.tf", &cwd)];
    assert_eq!(calling(user, [""; 2]).with(&files).precedents(), 0);
    let constant = output("\"app\"");
    let files = [("m/inner.tf", inner), ("inner/main.tf", &constant)];
    assert_eq!(calling(user, [""; 2]).with(&files).precedents(), 1);
    // What is installed is another module in each.
    let installed = "module \"inner\" {\n  source = \"example/inner/aws\"\n}\n";
    let manifest = |directory: &str| {
        format!(
            r#"{{"Modules": [{{"Key": "m.inner", "Source": "registry.terraform.io/example/inner/aws", "Dir": "{directory}"}}]}}"#
        )
    };
    let files = [
        ("m/inner.tf", installed),
        ("a/.terraform/modules/modules.json", &manifest("x")),
        ("a/x/main.tf", &constant),
        ("b/.terraform/modules/modules.json", &manifest("x")),
        ("b/x/main.tf", &output("\"root\"")),
    ];
    assert_eq!(calling(user, [""; 2]).with(&files).precedents(), 0);
}

#[test]
fn a_provider_is_the_callers() {
    let region = |region: &str| format!("provider \"aws\" {{\n  region = \"{region}\"\n}}\n");
    let files = [
        ("m/data.tf", "data \"aws_region\" \"current\" {}\n"),
        ("a/provider.tf", &region("eu-west-1")),
        ("b/provider.tf", &region("us-east-1")),
    ];
    let user = "data.aws_region.current.name == \"eu-west-1\" ? \"app\" : \"root\"";
    assert_eq!(calling(user, [""; 2]).with(&files).precedents(), 0);
}

#[test]
fn workspaces_tell_them_apart() {
    let mut roots = calling(
        "terraform.workspace == \"dev\" ? \"app\" : \"root\"",
        [""; 2],
    );
    roots.options[0].workspace = Some("dev".to_owned());
    assert_eq!(roots.precedents(), 1);
    roots.options[1].workspace = Some("dev".to_owned());
    assert_eq!(roots.precedents(), 1);
}

#[test]
fn what_is_sensitive_is_no_part_of_a_likeness() {
    let secret = "variable \"user\" {\n  default = \"app\"\n  sensitive = true\n}\n";
    let files = [("a/v.tf", secret), ("b/v.tf", secret)];
    let roots = calling("\"app\"", ["user = var.user"; 2]).with(&files);
    assert_eq!(roots.precedents(), 0);
}
