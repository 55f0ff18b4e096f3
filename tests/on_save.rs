//! Files that an editor names: what they mean elsewhere in their repository.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/scratch.rs"]
mod scratch;

use scratch::Scratch;

/// A module that two roots call, by way of another and directly, and what is read beside it.
fn repository(name: &str) -> Scratch {
    let scratch = Scratch::new(&format!("on-save-{name}"));
    for (path, text) in [
        (".git/HEAD", ""),
        (
            "modules/web/main.tf",
            "variable \"user\" {}\nresource \"aws_ecs_task_definition\" \"web\" {\n  family = \"web\"\n  network_mode = \"host\"\n  container_definitions = templatefile(\"${path.module}/web.json.tpl\", { user = var.user })\n}\n",
        ),
        (
            "modules/web/web.json.tpl",
            "[{ \"name\": \"web\", \"image\": \"web\", \"user\": \"${user}\" }]\n",
        ),
        (
            "modules/outer/main.tf",
            "variable \"user\" {}\nmodule \"web\" {\n  source = \"../web\"\n  user = var.user\n}\n",
        ),
        (
            "roots/bad/main.tf",
            "variable \"user\" {\n  default = \"0\"\n}\nmodule \"outer\" {\n  source = \"../../modules/outer\"\n  user = var.user\n}\n",
        ),
        (
            "roots/good/main.tf",
            "module \"web\" {\n  source = \"../../modules/web\"\n  user = \"1000\"\n}\n",
        ),
        (
            "roots/other/main.tf",
            "resource \"aws_ecs_task_definition\" \"other\" {\n  family = \"other\"\n  network_mode = \"host\"\n  container_definitions = file(\"${path.root}/../../shared/containers.json\")\n}\n",
        ),
        ("roots/good/prod.tfvars", "x = 1\n"),
        ("roots/good/environments/prod.tfvars", "x = 1\n"),
        (
            "shared/containers.json",
            "[{ \"name\": \"other\", \"image\": \"other\", \"user\": \"0\" }]\n",
        ),
        ("shared/unread.tpl", "x\n"),
    ] {
        scratch.write(path, text);
    }
    scratch
}

fn check(scratch: &Scratch, directory: &str, paths: &str) -> (Vec<String>, i32) {
    let run = scratch.ecslint(directory, &format!("check --format concise {paths}"));
    let (places, code) = run.places();
    (places.into_iter().map(str::to_owned).collect(), code)
}

#[test]
fn a_file_is_judged_through_whoever_uses_it() {
    let scratch = repository("uses");
    let bad = ["roots/bad/main.tf:2:13"];
    for path in [
        "modules/web/main.tf",
        "modules/outer/main.tf",
        "modules/web/web.json.tpl",
    ] {
        assert_eq!(
            check(&scratch, "", path),
            (bad.map(str::to_owned).to_vec(), 1),
            "{path}"
        );
    }
    let (places, code) = check(&scratch, "modules/web", "web.json.tpl");
    assert_eq!(
        (places, code),
        (vec!["../../roots/bad/main.tf:2:13".to_owned()], 1)
    );
    // All of both and nothing else.
    let run = scratch.ecslint("", "check modules/web/main.tf roots/other/main.tf");
    assert!(run.stdout.contains("in 3 units"), "{}", run.stdout);
}

#[test]
fn a_document_that_terraform_reads_is_judged_there() {
    let scratch = repository("document");
    let (places, code) = check(&scratch, "", "shared/containers.json");
    assert_eq!(
        (places, code),
        (vec!["shared/containers.json:1:47".to_owned()], 1)
    );
}

#[test]
fn a_file_that_nothing_uses_is_told() {
    let scratch = repository("unused");
    let (places, code) = check(&scratch, "", "shared/unread.tpl");
    assert_eq!(
        (places, code),
        (vec!["shared/unread.tpl:1:1".to_owned()], 3)
    );
    for path in [
        "roots/good/prod.tfvars",
        "roots/good/environments/prod.tfvars",
    ] {
        let run = scratch.ecslint("", &format!("check --format concise {path}"));
        assert_eq!(run.places(), (vec![&*format!("{path}:1:1")], 0));
        assert!(
            run.stdout
                .contains("info[note]: these values were not used"),
            "{}",
            run.stdout
        );
        assert!(
            run.summary().starts_with("1 task definition in 1 unit"),
            "{}",
            run.summary()
        );
        let given = scratch.ecslint(
            "",
            &format!("check --format concise {path} --var-file {path}"),
        );
        assert_eq!(given.places().0, Vec::<&str>::new(), "{}", given.stdout);
    }
}

#[test]
fn unsaved_text_is_read_by_all_that_read_the_file() {
    let scratch = repository("unsaved");
    let unsaved = |path: &str, text: &str| {
        let arguments = format!("check --format concise - --stdin-filename {path}");
        let run = scratch.ecslint_reading("", &arguments, text);
        let (places, code) = run.places();
        (
            places
                .iter()
                .map(|place| (*place).to_owned())
                .collect::<Vec<_>>(),
            code,
        )
    };
    let template = "[{ \"name\": \"web\", \"image\": \"web\", \"user\": \"7\" }]\n";
    assert_eq!(unsaved("modules/web/web.json.tpl", template), (vec![], 0));
    let rooted = template.replace('7', "0");
    assert_eq!(
        unsaved("modules/web/web.json.tpl", &rooted),
        (vec!["modules/web/web.json.tpl:1:43".to_owned()], 1)
    );
    // A caller that is not on the disk yet, and one that calls no longer.
    assert_eq!(unsaved("roots/bad/main.tf", ""), (vec![], 0));
    let call = "module \"web\" {\n  source = \"../../modules/web\"\n  user = \"0\"\n}\n";
    assert_eq!(
        unsaved("roots/new/main.tf", call),
        (vec!["roots/new/main.tf:3:10".to_owned()], 1)
    );
}

#[test]
fn a_file_of_values_means_the_units_that_are_deployed_with_it() {
    let scratch = repository("values");
    scratch.write(
        ".ecslint.yaml",
        "terraform:\n  environments:\n    - {name: prod, root: \"*/*\", var-files: [values/prod.tfvars]}\ncloudformation:\n  environments:\n    - {name: prod, template: \"stacks/*.yaml\", parameter-files: [values/prod.json]}\n",
    );
    scratch.write("values/prod.tfvars", "user = \"0\"\n");
    scratch.write("values/prod.json", "{ \"User\": \"0\" }\n");
    scratch.write(
        "stacks/web.yaml",
        "Parameters:\n  User: {Type: String}\nResources:\n  Web:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: host\n      ContainerDefinitions: [{Name: web, Image: web, User: !Ref User}]\n",
    );
    // The modules match the pattern too, and are judged where they are called.
    let run = scratch.ecslint("", "check values/prod.tfvars");
    assert!(run.stdout.contains("in 3 units"), "{}", run.stdout);
    assert_eq!(
        check(&scratch, "", "values/prod.tfvars"),
        (
            vec![
                "shared/containers.json:1:47".to_owned(),
                "values/prod.tfvars:1:8".to_owned()
            ],
            1
        )
    );
    assert_eq!(
        check(&scratch, "", "values/prod.json"),
        (vec!["stacks/web.yaml:8:60".to_owned()], 1)
    );
}

#[test]
fn a_called_module_that_is_named_as_a_root_is_one() {
    let scratch = repository("named");
    let entry = |root: &str| {
        format!(
            "terraform:\n  environments:\n    - {{name: prod, root: {root}, vars: {{user: \"0\"}}}}\n"
        )
    };
    scratch.write(".ecslint.yaml", &entry("modules/web"));
    let run = scratch.ecslint("", "check --format concise modules/web/main.tf");
    assert_eq!(
        run.places(),
        (vec!["modules/web/main.tf:1:10"], 1),
        "{}",
        run.stdout
    );
}
