//! What only the keys of instances tell apart is evaluated once, and nothing else is.
//!
//! Evaluations are counted by what they use up: one root module has fuel for some two hundred and
//! fifty loops of a thousand elements.

use super::*;
use crate::terraform::context::MAX_MODULE_INSTANCES;
use crate::terraform::walk::MAX_TASK_DEFINITIONS;

/// A loop of a thousand elements that comes to `"root"`.
const LOOP: &str = r#"(length([for n in range(1000) : n]) == 1000 ? "root" : "1000")"#;

/// A root that calls `./m` with some arguments.
fn calling(arguments: &str, module: &str) -> Loaded {
    let main = format!("module \"m\" {{\n  source = \"./m\"\n{arguments}\n}}\n");
    load_files(&[("main.tf", &main), ("m/main.tf", module)])
}

/// The user in the last of many instances, and how many evaluations there are.
fn last(loaded: &Loaded) -> (String, usize) {
    let address = loaded.addresses()[loaded.addresses().len() - 1].to_owned();
    // Fuel is used up in the order in which things are read.
    for task in &loaded.tasks {
        loaded.user(&task.address);
    }
    (loaded.user(&address).0, loaded.tasks.len())
}

const OUT_OF_FUEL: &str = "? it takes more elements than ecslint is willing to make";

#[test]
fn instances_of_a_module_with_the_same_arguments_are_one_evaluation() {
    let module = task("", LOOP);
    let loaded = calling("count = 2000", &module);
    assert_eq!(last(&loaded), ("root".to_owned(), 1));
    let addresses = loaded.addresses();
    assert_eq!(addresses.len(), 2000);
    assert_eq!(addresses[0], "module.m[0].aws_ecs_task_definition.t");
    assert_eq!(addresses[1999], "module.m[1999].aws_ecs_task_definition.t");
}

#[test]
fn an_argument_that_speaks_of_the_key_makes_each_an_evaluation() {
    let module = "variable \"n\" {}\n".to_owned() + &task("", LOOP);
    let loaded = calling("count = 2000\nn = count.index", &module);
    assert_eq!(last(&loaded), (OUT_OF_FUEL.to_owned(), 2000));
}

#[test]
fn an_argument_that_does_not_is_evaluated_once_for_all() {
    let module = "variable \"n\" {}\nvariable \"user\" {}\n".to_owned() + &task("", "var.user");
    let arguments = format!("count = 2000\nn = count.index\nuser = {LOOP}");
    assert_eq!(
        last(&calling(&arguments, &module)),
        ("root".to_owned(), 2000)
    );
    let arguments = format!("count = 2000\nn = 1\nuser = {LOOP} == count.index ? \"\" : \"root\"");
    assert_eq!(
        last(&calling(&arguments, &module)),
        (OUT_OF_FUEL.to_owned(), 2000)
    );
}

#[test]
fn instances_of_a_resource_are_one_evaluation() {
    let loaded = load_one(&task("count = 2000", LOOP));
    assert_eq!(last(&loaded), ("root".to_owned(), 1));
    let loaded = load_one(&task("count = 2000\ntags = { n = count.index }", LOOP));
    assert_eq!(last(&loaded), (OUT_OF_FUEL.to_owned(), 2000));
}

#[test]
fn instances_within_instances_have_all_their_addresses() {
    let main = "module \"m\" {\n  source = \"./m\"\n  for_each = toset([\"eu\", \"us\"])\n}\n";
    let middle =
        "module \"n\" {\n  source = \"./n\"\n  count = 2\n  user = \"u${count.index}\"\n}\n";
    let inner = "variable \"user\" {}\n".to_owned() + &task("count = 2", "var.user");
    let loaded = load_files(&[
        ("main.tf", main),
        ("m/main.tf", middle),
        ("m/n/main.tf", &inner),
    ]);
    let expected = |n: usize| {
        let address = move |m: &str, t: usize| {
            format!("module.m[\"{m}\"].module.n[{n}].aws_ecs_task_definition.t[{t}]")
        };
        ["eu", "us"]
            .map(|m| [address(m, 0), address(m, 1)])
            .concat()
    };
    assert_eq!(loaded.addresses(), [expected(0), expected(1)].concat());
    assert_eq!(loaded.tasks.len(), 2);
    for (n, user) in [(0, "u0"), (1, "u1")] {
        for address in expected(n) {
            assert_eq!(loaded.user(&address).0, user, "{address}");
        }
    }
}

#[test]
fn instances_that_are_not_known_are_not_taken_for_all() {
    for extra in ["count = var.n", "for_each = var.n"] {
        let text = format!("variable \"n\" {{}}\n{}", task(extra, "\"root\""));
        assert_eq!(
            load_one(&text).addresses(),
            ["aws_ecs_task_definition.t[?]"]
        );
    }
    // One is there in some worlds, both in others.
    let count = "count = var.two ? 2 : 1";
    let text = "variable \"two\" { type = bool }\n".to_owned() + &task(count, "\"root\"");
    assert_eq!(load_one(&text).tasks.len(), 2);
}

/// Two instances of a module with the same inputs read the same data source at two times.
#[test]
fn what_one_instance_reads_is_not_what_another_reads() {
    let module = "data \"aws_ssm_parameter\" \"uid\" {\n  name = \"uid\"\n}\noutput \"uid\" {\n  value = data.aws_ssm_parameter.uid.value\n}\n";
    let user = "module.m[0].uid == \"0\" && module.m[1].uid == \"1\" ? \"root\" : \"1000\"";
    let main = "module \"m\" {\n  source = \"./m\"\n  count = 2\n}\n".to_owned() + &task("", user);
    let loaded = load_files(&[("main.tf", &main), ("m/main.tf", module)]);
    let task = &loaded.tasks[0];
    let explored = task.world.explore(|| loaded.user(&task.address).0);
    let users: Vec<&str> = explored.leaves.iter().map(|leaf| &*leaf.outcome).collect();
    assert!(users.contains(&"root"), "{users:?}");
}

/// An instance whose input comes from the output of another one.
#[test]
fn what_an_instance_reads_is_not_what_it_is_given() {
    let module = "variable \"uid\" { default = \"\" }\ndata \"aws_ssm_parameter\" \"uid\" {\n  name = \"uid\"\n}\noutput \"uid\" {\n  value = data.aws_ssm_parameter.uid.value\n}\n".to_owned()
        + &task("", "data.aws_ssm_parameter.uid.value == \"0\" && var.uid == \"1\" ? \"root\" : \"1000\"");
    let loaded = calling("count = 2\nuid = module.m[0].uid", &module);
    let task = &loaded.tasks[0];
    let explored = task.world.explore(|| loaded.user(&task.address).0);
    let users: Vec<&str> = explored.leaves.iter().map(|leaf| &*leaf.outcome).collect();
    assert!(users.contains(&"root"), "{users:?}");
}

#[test]
fn more_instances_than_are_judged_are_told() {
    let loaded = load_files(&[
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  count = 5000\n}\n",
        ),
        ("m/main.tf", &task("count = 5000", "\"root\"")),
    ]);
    assert!(loaded.addresses().len() <= MAX_TASK_DEFINITIONS);
    assert_eq!(
        loaded.messages(),
        [
            "there are more than 20000 instances of task definitions, so not all instances of \
             `aws_ecs_task_definition.t` and of those after it were checked"
        ]
    );
    let call =
        |next: &str| format!("module \"{next}\" {{\n  source = \"./{next}\"\n  count = 5000\n}}\n");
    let loaded = load_files(&[
        ("main.tf", &call("m")),
        ("m/main.tf", &call("n")),
        ("m/n/main.tf", &task("", "\"root\"")),
    ]);
    assert!(loaded.addresses().len() <= MAX_MODULE_INSTANCES);
    assert_eq!(
        loaded.messages(),
        [
            "there are more than 10000 instances of modules, so not all task definitions of \
             module `n` and of those after it were checked"
        ]
    );
}
