//! Root modules in memory to task definitions: addresses, inputs, instances, spans and trails.

mod alike;

use super::*;
use crate::ledger::Gap;
use crate::model::{Existence, Field, State};
use crate::source::{Memory, Span};
use crate::value::{Text, Trail};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

struct Loaded {
    sources: Arc<SourceMap>,
    tasks: Vec<TaskDefinition>,
    gaps: Vec<Gap>,
}

fn load_with(files: &[(&str, &str)], options: &Options) -> Loaded {
    let files = files
        .iter()
        .map(|(path, text)| (format!("/w/{path}"), (*text).to_owned()));
    let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
    let mut gaps = Vec::new();
    let library = Library::new(sources.clone(), options.engine);
    let tasks = load(&library, &Root::new(Path::new("/w")), options).take(&mut gaps);
    Loaded {
        sources,
        tasks,
        gaps,
    }
}

fn load_files(files: &[(&str, &str)]) -> Loaded {
    load_with(files, &Options::default())
}

/// Loads a root module of one file.
fn load_one(text: &str) -> Loaded {
    load_files(&[("main.tf", text)])
}

impl Loaded {
    fn addresses(&self) -> Vec<&str> {
        let addresses = self.tasks.iter().flat_map(TaskDefinition::addresses);
        addresses.map(|address| &**address).collect()
    }

    fn task(&self, address: &str) -> &TaskDefinition {
        let mut tasks = self.tasks.iter();
        let found = tasks.find(|task| task.addresses().any(|own| &**own == address));
        found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses()))
    }

    fn text(&self, span: Span) -> String {
        self.sources.file(span.file).slice(span).to_owned()
    }

    /// The user of a task's first container: its characters or `?` and the reason, and the text
    /// under its span.
    fn user(&self, address: &str) -> (String, String) {
        let task = self.task(address);
        let containers = task.containers();
        let Some(container) = containers.list.first() else {
            return match &containers.rest {
                Some(unknown) => (format!("? {}", unknown.reason()), self.text(unknown.span())),
                None => ("no containers".to_owned(), String::new()),
            };
        };
        let field = container.user.read();
        let at = field.span.map(|span| self.text(span)).unwrap_or_default();
        (shown(&field), at)
    }

    fn steps(&self, trail: &Trail) -> Vec<(String, String)> {
        let steps = trail.steps();
        steps
            .iter()
            .map(|step| (step.text.to_string(), self.text(step.span)))
            .collect()
    }

    fn messages(&self) -> Vec<&str> {
        self.gaps.iter().map(|gap| &*gap.message).collect()
    }
}

fn shown(field: &Field<Text>) -> String {
    match &field.state {
        State::Known(text) => match text.render() {
            Ok(rendered) => rendered.text.into_owned(),
            Err(unknown) => format!("? {}", unknown.reason()),
        },
        State::Absent => "absent".to_owned(),
        State::Unknown(unknown) => format!("? {}", unknown.reason()),
    }
}

/// A task definition whose one container has this user.
fn task(extra: &str, user: &str) -> String {
    format!(
        "resource \"aws_ecs_task_definition\" \"t\" {{\n  family = \"t\"\n{extra}\n  \
         container_definitions = jsonencode([{{ name = \"a\", user = {user} }}])\n}}\n"
    )
}

#[test]
fn a_literal_keeps_its_place_through_jsonencode() {
    let loaded = load_one(&task("network_mode = \"host\"", "\"root\""));
    assert_eq!(loaded.addresses(), ["aws_ecs_task_definition.t"]);
    assert_eq!(
        loaded.user("aws_ecs_task_definition.t"),
        ("root".to_owned(), "\"root\"".to_owned())
    );
    let mode = loaded.tasks[0].network_mode.read();
    assert_eq!(loaded.text(mode.span.expect("it is set")), "\"host\"");
    assert_eq!(loaded.text(loaded.tasks[0].span), "\"t\"");
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.messages());
}

#[test]
fn values_from_files_follow_terraforms_order() {
    let variable = "variable \"u\" { default = \"default\" }\n".to_owned() + &task("", "var.u");
    let main = ("main.tf", &*variable);
    let own = ("terraform.tfvars", "u = \"own\"\n");
    let json = ("terraform.tfvars.json", r#"{"u": "json"}"#);
    let first = ("a.auto.tfvars", "u = \"a\"\n");
    let second = ("b.auto.tfvars.json", r#"{"u": "b"}"#);
    let user = |files: &[(&str, &str)]| load_files(files).user("aws_ecs_task_definition.t").0;
    assert_eq!(user(&[main]), "default");
    assert_eq!(user(&[main, own]), "own");
    assert_eq!(user(&[main, own, json]), "json");
    assert_eq!(user(&[main, own, json, first]), "a");
    assert_eq!(user(&[main, own, json, first, second]), "b");

    let environment = vec![("TF_VAR_u".to_owned(), "env".to_owned())];
    let value = |value: &str| Input::Value {
        name: "u".to_owned(),
        value: value.to_owned(),
    };
    let file = Input::File("/w/x.tfvars".into());
    let files = [main, ("x.tfvars", "u = \"x\"")];
    let with = |inputs: Vec<Input>| {
        let options = Options {
            inputs,
            environment: environment.clone(),
            ..Options::default()
        };
        load_with(&files, &options)
            .user("aws_ecs_task_definition.t")
            .0
    };
    assert_eq!(with(vec![]), "env");
    assert_eq!(with(vec![value("flag"), file.clone()]), "x");
    assert_eq!(with(vec![file, value("flag")]), "flag");
}

#[test]
fn flags_hold_expressions_where_the_type_is_not_primitive() {
    let main = "variable \"u\" { type = list(string) }\n".to_owned() + &task("", "var.u[1]");
    let options = Options {
        inputs: vec![Input::Value {
            name: "u".to_owned(),
            value: "[\"a\", 7]".to_owned(),
        }],
        ..Options::default()
    };
    let loaded = load_with(&[("main.tf", &main)], &options);
    let user = loaded.user("aws_ecs_task_definition.t");
    assert_eq!(user, ("7".to_owned(), "\"u\"".to_owned()));
}

#[test]
fn a_variable_without_a_value_is_a_symbol() {
    let loaded = load_one(&("variable \"u\" { type = string }\n".to_owned() + &task("", "var.u")));
    let containers = loaded.tasks[0].containers();
    let field = containers.list[0].user.read();
    let State::Unknown(unknown) = &field.state else {
        panic!("{field:?}");
    };
    assert_eq!(unknown.reason(), "`var.u` has no value");
    assert_eq!(unknown.symbol().map(|symbol| symbol.label()), Some("var.u"));
    assert_eq!(loaded.text(unknown.span()), "var.u");
}

#[test]
fn a_value_tells_the_way_it_took() {
    let loaded = load_files(&[
        (
            "main.tf",
            "locals { who = \"root\" }\nmodule \"api\" {\n  source = \"./m\"\n  user = local.who\n}\n",
        ),
        (
            "m/main.tf",
            &("variable \"user\" {}\n".to_owned() + &task("", "var.user")),
        ),
    ]);
    let containers = loaded
        .task("module.api.aws_ecs_task_definition.t")
        .containers();
    let field = containers.list[0].user.read();
    assert_eq!(shown(&field), "root");
    assert_eq!(loaded.text(field.span.expect("it is set")), "\"root\"");
    let steps = loaded.steps(&field.trail);
    let told: Vec<(&str, &str)> = steps.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(
        told,
        [
            ("local `who`", "who"),
            ("argument `user` of module `api`", "user")
        ]
    );
}

#[test]
fn defaults_and_types_apply_inside_modules() {
    let module = "variable \"user\" {\n  type = string\n  default = 0\n  nullable = false\n}\n"
        .to_owned()
        + &task("", "var.user");
    let loaded = load_files(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n  user = null\n}\nmodule \"c\" {\n  source = \"./m\"\n  user = []\n}\n",
        ),
        ("m/main.tf", &module),
    ]);
    let user = |name: &str| loaded.user(&format!("module.{name}.aws_ecs_task_definition.t"));
    assert_eq!(user("a"), ("0".to_owned(), "0".to_owned()));
    assert_eq!(user("b").0, "0");
    let (refused, at) = user("c");
    assert!(refused.starts_with('?') && at == "[]", "{refused} {at}");
}

#[test]
fn instances_have_terraforms_addresses() {
    let loaded = load_files(&[
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  for_each = { eu = \"root\", \"a\\\"b$${x}\" = \"1\" }\n  user = each.value\n}\n",
        ),
        (
            "m/main.tf",
            &("variable \"user\" {}\n".to_owned()
                + &task("count = 2", "\"${var.user}${count.index}\"")),
        ),
    ]);
    assert_eq!(
        loaded.addresses(),
        [
            "module.m[\"a\\\"b$${x}\"].aws_ecs_task_definition.t[0]",
            "module.m[\"a\\\"b$${x}\"].aws_ecs_task_definition.t[1]",
            "module.m[\"eu\"].aws_ecs_task_definition.t[0]",
            "module.m[\"eu\"].aws_ecs_task_definition.t[1]",
        ]
    );
    assert_eq!(
        loaded
            .user("module.m[\"eu\"].aws_ecs_task_definition.t[1]")
            .0,
        "root1"
    );
}

#[test]
fn sets_and_maps_give_their_elements() {
    let set = load_one(&task("for_each = toset([\"b\", \"a\"])", "each.value"));
    assert_eq!(
        set.addresses(),
        [
            "aws_ecs_task_definition.t[\"a\"]",
            "aws_ecs_task_definition.t[\"b\"]"
        ]
    );
    assert_eq!(
        set.user("aws_ecs_task_definition.t[\"b\"]"),
        ("b".to_owned(), "\"b\"".to_owned())
    );
    let map = load_one(&task(
        "for_each = { x = { user = \"root\" } }",
        "each.value.user",
    ));
    assert_eq!(
        map.user("aws_ecs_task_definition.t[\"x\"]"),
        ("root".to_owned(), "\"root\"".to_owned())
    );
    let list = load_one(&task("for_each = [\"a\"]", "each.value"));
    assert_eq!(list.addresses(), ["aws_ecs_task_definition.t[?]"]);
    let (reason, at) = list.user("aws_ecs_task_definition.t[?]");
    assert!(
        reason.contains("must be a map or a set of strings"),
        "{reason}"
    );
    assert_eq!(at, "[\"a\"]");
}

#[test]
fn no_instances_are_counted_as_not_there() {
    for extra in ["count = 0", "for_each = {}", "for_each = toset([])"] {
        let loaded = load_one(&task(extra, "\"root\""));
        let [task] = &loaded.tasks[..] else {
            panic!("{:?}", loaded.addresses());
        };
        assert!(
            matches!(task.exists(), Existence::NotInstantiated),
            "{extra}"
        );
        assert_eq!(&*task.address, "aws_ecs_task_definition.t");
    }
    let module = "count = 0";
    let loaded = load_files(&[
        (
            "main.tf",
            &format!("module \"m\" {{\n  source = \"./m\"\n  {module}\n}}\n"),
        ),
        ("m/main.tf", &task("", "\"root\"")),
    ]);
    assert!(matches!(
        loaded.tasks[0].exists(),
        Existence::NotInstantiated
    ));
}

/// What is so in each world, sorted: whether the task is there, and its first user.
fn outcomes(loaded: &Loaded, address: &str) -> Vec<String> {
    let task = loaded.task(address);
    let explored = task.world.explore(|| match task.exists() {
        Existence::Exists => loaded.user(address).0,
        Existence::NotInstantiated => "not there".to_owned(),
        Existence::Unknown(unknown) => format!("? {}", unknown.reason()),
    });
    let mut outcomes: Vec<_> = explored
        .leaves
        .into_iter()
        .map(|leaf| leaf.outcome)
        .collect();
    outcomes.sort_unstable();
    outcomes
}

#[test]
fn instances_that_only_some_worlds_have_are_told_one_by_one() {
    let text = "variable \"on\" { type = bool }\n".to_owned()
        + &task("count = var.on ? 1 : 0", "\"root-${count.index}\"");
    let loaded = load_one(&text);
    assert_eq!(loaded.addresses(), ["aws_ecs_task_definition.t[0]"]);
    assert!(matches!(loaded.tasks[0].exists(), Existence::Unknown(_)));
    assert_eq!(
        outcomes(&loaded, "aws_ecs_task_definition.t[0]"),
        ["not there", "root-0"]
    );

    let text = "variable \"on\" { type = bool }\n".to_owned()
        + &task(
            "for_each = var.on ? { a = \"root\", b = \"1000\" } : {}",
            "each.value",
        );
    let loaded = load_one(&text);
    assert_eq!(
        loaded.addresses(),
        [
            "aws_ecs_task_definition.t[\"a\"]",
            "aws_ecs_task_definition.t[\"b\"]"
        ]
    );
    assert_eq!(
        outcomes(&loaded, "aws_ecs_task_definition.t[\"a\"]"),
        ["not there", "root"]
    );
}

#[test]
fn one_instance_stands_for_those_that_no_world_tells() {
    let text = "variable \"on\" { type = bool }\nvariable \"n\" { type = number }\n".to_owned()
        + &task("count = var.on ? 1 : var.n", "\"root\"");
    let loaded = load_one(&text);
    assert_eq!(
        loaded.addresses(),
        [
            "aws_ecs_task_definition.t[0]",
            "aws_ecs_task_definition.t[?]"
        ]
    );
    assert_eq!(
        outcomes(&loaded, "aws_ecs_task_definition.t[?]"),
        ["? `var.n` has no value", "not there"]
    );
}

#[test]
fn keys_known_only_after_apply_leave_the_instances_undetermined() {
    let text = "resource \"aws_vpc\" \"v\" {}\n".to_owned()
        + &task("for_each = toset([aws_vpc.v.id])", "\"root\"");
    let loaded = load_one(&text);
    assert_eq!(loaded.addresses(), ["aws_ecs_task_definition.t[?]"]);
    let (reason, at) = loaded.user("aws_ecs_task_definition.t[?]");
    assert_eq!(reason, "? `aws_vpc.v.id` is known only after apply");
    assert_eq!(at, "aws_vpc.v.id");
}

#[test]
fn overrides_replace_arguments_and_blocks() {
    let main = task(
        "network_mode = \"bridge\"\nvolume {\n  name = \"a\"\n}\nvolume {\n  name = \"b\"\n}",
        "local.who",
    ) + "locals {\n  who = \"root\"\n}\n";
    let loaded = load_files(&[
        ("main.tf", &main),
        (
            "z_override.tf",
            "locals {\n  who = \"app\"\n}\nresource \"aws_ecs_task_definition\" \"t\" {\n  network_mode = \"host\"\n  volume {\n    name = \"c\"\n  }\n}\n",
        ),
        (
            "override.tf",
            "resource \"aws_ecs_task_definition\" \"t\" {\n  network_mode = \"none\"\n}\nvariable \"absent\" {}\n",
        ),
    ]);
    let mode = loaded.tasks[0].network_mode.read();
    assert_eq!(loaded.text(mode.span.expect("it is set")), "\"host\"");
    assert_eq!(loaded.user("aws_ecs_task_definition.t").0, "app");
    let definition = loaded.tasks[0].definition().get();
    let object = definition.as_object().expect("it is an object");
    let volumes = object.get("volumes", definition.span).expect("it has some");
    assert_eq!(volumes.as_list().map(|list| list.items.len()), Some(1));
    assert_eq!(
        loaded.messages(),
        ["this overrides nothing: no other file of the module declares variable `absent`"]
    );
}

#[test]
fn a_local_module_that_is_not_there_is_nothing_that_init_makes() {
    let missing = [
        ("./modules/absent", "correct the path, which starts in `.`"),
        ("modules/svc", "write `./modules/svc`"),
    ];
    for (source, help) in missing {
        let call = format!("module \"svc\" {{\n  source = \"{source}\"\n}}\n");
        let loaded = load_files(&[
            ("main.tf", &call),
            ("modules/svc/main.tf", &task("", "\"root\"")),
        ]);
        let [gap] = &loaded.gaps[..] else {
            panic!("{:?}", loaded.messages());
        };
        assert_eq!(gap.kind, ProblemKind::ModuleNotRead);
        let said = format!("{} {:?}", gap.message, gap.help);
        assert!(said.contains(help), "{said}");
        assert!(!said.contains("terraform init"), "{said}");
    }
}

#[test]
fn modules_outside_the_tree_come_from_the_manifest_or_are_told() {
    let main = "module \"svc\" {\n  source = \"acme/service/aws\"\n}\nmodule \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n}\nmodule \"own\" {\n  source = \"git::https://git.acme.example/net.git\"\n}\n";
    let options = Options {
        no_task_definitions: vec![glob::Pattern::new("*acme.example/net*").expect("a pattern")],
        ..Options::default()
    };
    let loaded = load_with(&[("main.tf", main)], &options);
    let [gap] = &loaded.gaps[..] else {
        panic!("{:?}", loaded.messages());
    };
    assert_eq!(gap.kind, ProblemKind::ModuleNotRead);
    assert!(gap.help.as_ref().is_some_and(
        |help| help.contains("terraform init") && help.contains("modules.no-task-definitions")
    ));

    let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"svc","Source":"acme/service/aws","Dir":".terraform/modules/svc"}]}"#;
    let loaded = load_with(
        &[
            ("main.tf", main),
            (".terraform/modules/modules.json", manifest),
            (".terraform/modules/svc/main.tf", &task("", "\"root\"")),
        ],
        &options,
    );
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.messages());
    assert_eq!(loaded.addresses(), ["module.svc.aws_ecs_task_definition.t"]);
}

#[test]
fn circles_end() {
    let own = task("", "\"root\"");
    let loaded = load_files(&[(
        "main.tf",
        &("module \"a\" {\n  source = \"./\"\n}\n".to_owned() + &own),
    )]);
    assert_eq!(loaded.addresses(), ["aws_ecs_task_definition.t"]);
    assert_eq!(
        loaded.messages(),
        ["module `a` calls itself, so what it calls there was not checked"]
    );
    let loaded = load_files(&[
        (
            "main.tf",
            &("module \"a\" {\n  source = \"./a\"\n}\n".to_owned() + &own),
        ),
        ("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
        ("b/main.tf", "module \"c\" {\n  source = \"../a\"\n}\n"),
    ]);
    assert_eq!(loaded.addresses(), ["aws_ecs_task_definition.t"]);
    let gaps = loaded.messages();
    assert_eq!(
        gaps,
        ["module `c` calls itself, so what it calls there was not checked"]
    );

    let locals = "locals {\n  a = local.b\n  b = local.a\n}\n".to_owned() + &task("", "local.a");
    let (reason, _) = load_one(&locals).user("aws_ecs_task_definition.t");
    assert_eq!(reason, "? this value refers to itself");
}

#[test]
fn a_long_chain_of_locals_is_followed() {
    let mut text = task("", "local.a0");
    text.push_str("locals {\n");
    for at in 0..10_000 {
        text.push_str(&format!("  a{at} = local.a{}\n", at + 1));
    }
    text.push_str("  a10000 = \"root\"\n}\n");
    assert_eq!(load_one(&text).user("aws_ecs_task_definition.t").0, "root");
}

#[test]
fn too_many_instances_are_undetermined() {
    let loaded = load_one(&task("count = 100000000", "\"root\""));
    assert_eq!(loaded.addresses().len(), instances::MAX_INSTANCES + 1);
    let last = loaded.tasks.last().expect("there are many");
    assert_eq!(&*last.address, "aws_ecs_task_definition.t[?]");
    assert!(last.containers().rest.is_some());
}

#[test]
fn outputs_of_modules_are_read_on_demand() {
    let loaded = load_files(&[
        (
            "main.tf",
            &("module \"who\" {\n  source = \"./who\"\n  count = 1\n}\n".to_owned()
                + &task("", "module.who[0].user")),
        ),
        (
            "who/main.tf",
            "output \"user\" {\n  value = \"root\"\n}\noutput \"other\" {\n  value = bad(\n}\n",
        ),
    ]);
    assert_eq!(
        loaded.user("aws_ecs_task_definition.t"),
        ("root".to_owned(), "\"root\"".to_owned())
    );
}

#[test]
fn resources_give_what_the_source_sets() {
    let resources = "resource \"aws_iam_role\" \"r\" {\n  name = \"root\"\n}\n";
    let user = |expression: &str| {
        load_one(&(resources.to_owned() + &task("", expression)))
            .user("aws_ecs_task_definition.t")
            .0
    };
    assert_eq!(user("aws_iam_role.r.name"), "root");
    assert_eq!(
        user("aws_iam_role.r.unique_id"),
        "? `aws_iam_role.r.unique_id` is known only after apply"
    );
    assert_eq!(
        user("aws_iam_role.absent.name"),
        "? this module declares no resource `aws_iam_role.absent`"
    );
    assert_eq!(
        user("var.absent"),
        "? this module declares no variable `absent`"
    );
}

#[test]
fn what_the_provider_changes_of_arguments_is_not_known() {
    let user = |kind: &str, arguments: &str, read: &str| {
        let resource = format!("resource \"{kind}\" \"r\" {{\n{arguments}\n}}\n");
        load_one(&(resource + &task("", &format!("jsonencode({kind}.r.{read})"))))
            .user("aws_ecs_task_definition.t")
            .0
    };
    let changed = [
        ("aws_iam_role", "name = \"\"", "name"),
        ("aws_db_instance", "db_name = \"\"", "db_name"),
        ("aws_lb", "security_groups = []", "security_groups"),
        ("aws_lb", "load_balancer_type = \"network\"", "idle_timeout"),
        ("aws_ecs_service", "triggers = { a = null }", "triggers"),
        (
            "aws_cloudwatch_event_rule",
            "event_pattern = \"{ }\"",
            "event_pattern",
        ),
        (
            "aws_sqs_queue",
            "redrive_policy = \" {}\"",
            "redrive_policy",
        ),
        (
            "aws_acm_certificate",
            "domain_name = \"a.example\"\nsubject_alternative_names = [\"b.example\"]",
            "subject_alternative_names",
        ),
        ("aws_alb_listener", "protocol = \"http\"", "protocol"),
        ("aws_security_group_rule", "protocol = \"6\"", "protocol"),
        ("aws_security_group_rule", "protocol = \"all\"", "protocol"),
        ("aws_db_instance", "engine = \"MySQL\"", "engine"),
        (
            "aws_rds_cluster",
            "preferred_maintenance_window = \"Sun:05:00-Sun:09:00\"",
            "preferred_maintenance_window",
        ),
        (
            "aws_key_pair",
            "public_key = \"ssh-rsa AAAA \"",
            "public_key",
        ),
        (
            "aws_route53_record",
            "zone_id = \"/hostedzone/Z1\"",
            "zone_id",
        ),
        ("aws_route53_zone", "name = \"example.com.\"", "name"),
    ];
    for (kind, arguments, read) in changed {
        assert_eq!(
            user(kind, arguments, read),
            format!("? `{kind}.r.{read}` is known only after apply"),
        );
    }
    assert_eq!(
        user("aws_iam_role", "description = \"\"", "description"),
        "\"\""
    );
    assert_eq!(user("aws_lb", "internal = false", "internal"), "false");
}

#[test]
fn data_sources_are_unknown_but_for_templates() {
    let data = "data \"aws_ssm_parameter\" \"p\" {\n  name = \"x\"\n}\ndata \"template_file\" \"f\" {\n  template = \"$${who}t\"\n  vars = { who = \"roo\" }\n}\n";
    let user = |expression: &str| {
        load_one(&(data.to_owned() + &task("", expression)))
            .user("aws_ecs_task_definition.t")
            .0
    };
    assert_eq!(
        user("data.aws_ssm_parameter.p.value"),
        "? `data.aws_ssm_parameter.p.value` is read when Terraform plans"
    );
    assert_eq!(user("data.template_file.f.rendered"), "root");
}

#[test]
fn containers_are_decoded_as_the_provider_does() {
    let user = |json: &str| {
        let text = format!(
            "resource \"aws_ecs_task_definition\" \"t\" {{\n  container_definitions = <<J\n{json}\nJ\n}}\n"
        );
        load_one(&text).user("aws_ecs_task_definition.t").0
    };
    assert_eq!(user(r#"[{"USER": "root"}]"#), "root");
    assert_eq!(user(r#"[{"u\u017fer": "root"}]"#), "root");
    assert_eq!(user(r#"[{"user": "a", "User": "root"}]"#), "root");
    assert_eq!(
        user(r#"[{"name": "a", "user": "root", "user": null}]"#),
        "absent"
    );
    assert_eq!(user(r#"[{"user": 0}]"#), "0");
    assert_eq!(user("null"), "no containers");
    assert_eq!(user("   "), "no containers");
    assert!(user(r#"{"user": "root"}"#).contains("must be a list of objects"));
    assert!(user(r#"[{"user": true}]"#).contains("must be a string"));
    assert!(user(r#"[{"user": "root",}]"#).contains("are not JSON"));
}

#[test]
fn blocks_and_dynamic_blocks_become_api_members() {
    let loaded = load_one(&task(
        "cpu = 256\ntags = { a = \"b\" }\nruntime_platform {\n  operating_system_family = \"LINUX\"\n}\ndynamic \"volume\" {\n  for_each = [\"x\", \"y\"]\n  iterator = v\n  content {\n    name = v.value\n    host_path = \"/${v.key}\"\n  }\n}",
        "\"root\"",
    ));
    let definition = Rc::new(loaded.tasks[0].definition().get());
    let rendered = crate::json::render(&definition);
    assert_eq!(
        rendered.known().as_deref(),
        Some(
            r#"{"containerDefinitions":[{"name":"a","user":"root"}],"cpu":"256","family":"t","runtimePlatform":{"operatingSystemFamily":"LINUX"},"tags":[{"key":"a","value":"b"}],"volumes":[{"host":{"sourcePath":"/0"},"name":"x"},{"host":{"sourcePath":"/1"},"name":"y"}]}"#
        )
    );
}

#[test]
fn a_fault_costs_only_what_needs_it() {
    let text = task("", "\"root\"") + "locals {\n  broken = [1,,]\n  fine = 1\n}\n";
    let loaded = load_one(&text);
    assert_eq!(loaded.user("aws_ecs_task_definition.t").0, "root");
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.messages());

    let loaded = load_files(&[
        ("main.tf", &task("", "\"root\"")),
        ("open.tf", "resource \"x\" \"y\" {\n"),
    ]);
    assert_eq!(loaded.user("aws_ecs_task_definition.t").0, "root");
    let kinds: Vec<ProblemKind> = loaded.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [ProblemKind::Unreadable]);
}

#[test]
fn roots_are_told_from_called_modules() {
    let files = [
        (
            "app/main.tf",
            "module \"m\" {\n  source = \"../modules/m\"\n}\n",
        ),
        (
            "modules/m/main.tf",
            "module \"n\" {\n  source = \"../n\"\n}\n",
        ),
        ("modules/n/main.tf", ""),
        (
            "modules/configured/main.tf",
            "terraform {\n  backend \"s3\" {}\n}\n",
        ),
        (
            "other/main.tf",
            "module \"c\" {\n  source = \"../modules/configured\"\n}\n",
        ),
        ("ring/a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
        ("ring/b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
        ("self/main.tf", "module \"a\" {\n  source = \"./\"\n}\n"),
        ("app/.terraform/modules/x/main.tf", ""),
    ];
    let paths = files
        .iter()
        .map(|(path, text)| (format!("/w/{path}"), *text));
    let sources = SourceMap::new(Memory::new(paths), "/w");
    let directories: BTreeSet<PathBuf> = files
        .iter()
        .map(|(path, _)| Path::new("/w").join(path).parent().expect("a file").into())
        .collect();
    let shown = |named: &[&str]| {
        let named: BTreeSet<PathBuf> = named
            .iter()
            .map(|path| Path::new("/w").join(path))
            .collect();
        let surveyed: Vec<Surveyed> = directories
            .iter()
            .filter_map(|directory| {
                let is_named = named.contains(directory);
                survey(&sources, directory, is_named, Engine::Terraform)
            })
            .collect();
        let mut roots: Vec<Root> = surveyed.iter().filter_map(Surveyed::certain_root).collect();
        roots.extend(uncalled(&surveyed));
        roots.sort();
        roots
            .iter()
            .map(|root| sources.display(root.directory()))
            .collect::<Vec<String>>()
    };
    let always = ["app", "modules/configured", "other", "ring/a", "self"];
    assert_eq!(shown(&[]), always);
    assert_eq!(
        shown(&["modules/n"]),
        [
            "app",
            "modules/configured",
            "modules/n",
            "other",
            "ring/a",
            "self"
        ]
    );
}

#[test]
fn a_unit_is_let_go_with_its_last_task_definition() {
    let loaded = load_files(&[
        (
            "main.tf",
            "locals {\n  o = { a = local.p }\n  p = [\"root\"]\n}\nmodule \"m\" {\n  source = \"./m\"\n  user = local.o.a[0]\n}\n",
        ),
        (
            "m/main.tf",
            &("variable \"user\" {}\n".to_owned() + &task("count = 2", "var.user")),
        ),
    ]);
    assert_eq!(
        loaded.user("module.m.aws_ecs_task_definition.t[1]").0,
        "root"
    );
    let world = Rc::downgrade(&loaded.tasks[0].world);
    drop(loaded);
    assert!(world.upgrade().is_none());
}

#[test]
fn sensitive_values_stay_so_into_the_containers() {
    let text = "variable \"c\" {\n  default = [{ name = \"a\", user = \"root\" }]\n  sensitive = true\n}\nresource \"aws_ecs_task_definition\" \"t\" {\n  container_definitions = jsonencode(var.c)\n}\n";
    let loaded = load_one(text);
    let containers = loaded.tasks[0].containers();
    let field = containers.list[0].user.read();
    assert!(field.sensitive);
    assert_eq!(
        loaded.steps(&field.trail),
        [("default of variable `c`".to_owned(), "\"c\"".to_owned())]
    );
}

#[test]
fn a_file_of_values_that_is_not_read_leaves_what_it_may_set_unknown() {
    let main = "variable \"u\" { default = \"1000\" }\n".to_owned() + &task("", "var.u");
    let options = Options {
        inputs: vec![Input::File("absent.tfvars".into())],
        ..Options::default()
    };
    for loaded in [
        load_with(&[("main.tf", &main)], &options),
        load_files(&[
            ("main.tf", &main),
            ("terraform.tfvars", "u = \"root\"\nx = {"),
        ]),
    ] {
        let user = loaded.user("aws_ecs_task_definition.t").0;
        let expected = match loaded.gaps[0].at {
            crate::ledger::GapAt::Path(_) => "? `absent.tfvars` could not be read and may set it",
            // What stands before the fault is read.
            crate::ledger::GapAt::Span(_) => "root",
        };
        assert_eq!(user, expected);
        assert_eq!(loaded.gaps[0].kind, ProblemKind::Unreadable);
    }
}

#[test]
fn a_validation_lists_the_values_of_a_variable() {
    let text = "variable \"u\" {\n  type = string\n  validation {\n    condition = contains([\"root\", \"app\"], var.u)\n    error_message = \"no\"\n  }\n}\n"
        .to_owned()
        + &task(
            "",
            "var.u == null ? \"null\" : var.u == \"root\" ? \"0\" : var.u == \"x\" ? \"x\" : var.u",
        );
    let loaded = load_one(&text);
    let task = &loaded.tasks[0];
    let explored = task.world.explore(|| loaded.user(&task.address).0);
    let mut outcomes: Vec<_> = explored.leaves.iter().map(|leaf| &*leaf.outcome).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["0", "app"]);
}

#[test]
fn an_undecided_module_makes_its_tasks_a_question() {
    let loaded = load_files(&[
        (
            "main.tf",
            "variable \"n\" { type = number }\nvariable \"m\" { type = map(string) }\nmodule \"c\" {\n  source = \"./m\"\n  count = var.n\n  user = \"root\"\n}\nmodule \"e\" {\n  source = \"./m\"\n  for_each = var.m\n  user = each.value\n}\n",
        ),
        (
            "m/main.tf",
            &("variable \"user\" {}\n".to_owned() + &task("", "var.user")),
        ),
    ]);
    assert_eq!(
        loaded.addresses(),
        [
            "module.c[?].aws_ecs_task_definition.t",
            "module.e[?].aws_ecs_task_definition.t"
        ]
    );
    for task in &loaded.tasks {
        assert!(matches!(task.exists(), Existence::Unknown(_)));
    }
    assert_eq!(loaded.user(&loaded.tasks[0].address).0, "root");
    assert_eq!(
        loaded.user(&loaded.tasks[1].address).0,
        "? `each.value` is not known, since `var.m` has no value"
    );
}

#[test]
fn outputs_of_modules_that_are_not_on_disk_are_unknown_with_the_reason() {
    let text =
        "module \"x\" {\n  source = \"acme/x/aws\"\n}\n".to_owned() + &task("", "module.x.user");
    let (reason, at) = load_one(&text).user("aws_ecs_task_definition.t");
    assert_eq!(
        reason,
        "? module `x` was not read: its source is not on disk (`terraform init` puts it there)"
    );
    assert_eq!(at, "\"acme/x/aws\"");
}

#[test]
fn whole_modules_and_splats_are_values() {
    let loaded = load_files(&[
        (
            "main.tf",
            &("module \"w\" {\n  source = \"./w\"\n  for_each = toset([\"root\"])\n  u = each.key\n}\n".to_owned()
                + &task("", "values(module.w)[*].user[0]")),
        ),
        (
            "w/main.tf",
            "variable \"u\" {}\noutput \"user\" {\n  value = var.u\n}\n",
        ),
    ]);
    let user = loaded.user("aws_ecs_task_definition.t");
    assert!(user.0 == "root" || user.0.starts_with('?'), "{user:?}");
}
