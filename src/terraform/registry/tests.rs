//! Which sources are known, in all forms of an address, and which are not.

use super::*;

#[test]
fn entries_are_sorted_sources() {
    assert!(WITHOUT_TASK_DEFINITIONS.is_sorted_by(|a, b| a < b));
    for entry in WITHOUT_TASK_DEFINITIONS {
        let (module, directory) = split(entry);
        let parts: Vec<&str> = module.split('/').collect();
        assert!(
            matches!(parts[..], [_, _, "aws" | "null" | "terraform" | "yaml"]),
            "{entry}"
        );
        assert_eq!(cleaned(directory).as_deref(), Some(directory), "{entry}");
        assert!(
            directory.is_empty() || !is_listed(module),
            "{entry} is covered by {module}"
        );
        assert!(holds_no_task_definitions(entry), "{entry}");
    }
}

#[test]
fn modules_are_known_in_all_forms_of_a_source() {
    for source in [
        "terraform-aws-modules/vpc/aws",
        "registry.terraform.io/terraform-aws-modules/vpc/aws",
        "registry.opentofu.org/terraform-aws-modules/vpc/aws",
        "terraform-aws-modules/vpc/aws//modules/vpc-endpoints",
        "terraform-aws-modules/vpc/aws//./modules//vpc-endpoints/",
        "registry.terraform.io/terraform-aws-modules/iam/aws//modules/iam-role",
        "terraform-aws-modules/s3-bucket/aws//wrappers",
        "cloudposse/label/null",
        "github.com/terraform-aws-modules/terraform-aws-vpc",
        "github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.0.0",
        "github.com/terraform-aws-modules/terraform-aws-vpc//modules/vpc-endpoints?ref=v5.0.0",
        "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-role",
        "git::git@github.com:terraform-aws-modules/terraform-aws-vpc.git?ref=v5.0.0",
        "git::github.com/terraform-aws-modules/terraform-aws-vpc?ref=v5.0.0",
        "git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.0.0",
        "git::https://github.com/terraform-aws-modules/terraform-aws-vpc?depth=1&ref=a/b//c",
        "git::https://someone@github.com/cloudposse/terraform-null-label.git?ref=0.25.0",
        "git::ssh://git@github.com/terraform-aws-modules/terraform-aws-vpc.git//modules/flow-log",
    ] {
        assert!(holds_no_task_definitions(source), "{source}");
    }
}

#[test]
fn a_directory_is_known_alone() {
    for source in [
        "terraform-aws-modules/ecs/aws//modules/cluster",
        "terraform-aws-modules/ecs/aws//modules/cluster/",
        "registry.terraform.io/terraform-aws-modules/ecs/aws//modules/cluster",
        "terraform-aws-modules/ecs/aws//wrappers/cluster",
        "github.com/terraform-aws-modules/terraform-aws-ecs//modules/cluster",
        "git@github.com:terraform-aws-modules/terraform-aws-ecs.git//modules/cluster?ref=v5.0.0",
        "git::https://github.com/terraform-aws-modules/terraform-aws-ecs.git//modules/cluster",
    ] {
        assert!(holds_no_task_definitions(source), "{source}");
    }
    for source in [
        "terraform-aws-modules/ecs/aws",
        "terraform-aws-modules/ecs/aws//",
        "terraform-aws-modules/ecs/aws//modules",
        "terraform-aws-modules/ecs/aws//modules/service",
        "terraform-aws-modules/ecs/aws//modules/cluster-service",
        "terraform-aws-modules/ecs/aws//modules/cluster/service",
        "terraform-aws-modules/ecs/aws//modules/cluster/../service",
        "terraform-aws-modules/ecs/aws//modules/*",
        "terraform-aws-modules/ecs/aws//wrappers",
        "terraform-aws-modules/ecs/aws//wrappers/service",
        "git::https://github.com/terraform-aws-modules/terraform-aws-ecs.git",
        "git::https://github.com/terraform-aws-modules/terraform-aws-ecs.git//modules/service",
        "git::https://github.com/terraform-aws-modules/terraform-aws-ecs?ref=v5//modules/cluster",
        "github.com/terraform-aws-modules/terraform-aws-ecs/modules/cluster",
    ] {
        assert!(!holds_no_task_definitions(source), "{source}");
    }
}

#[test]
fn what_is_not_theirs_is_not_known() {
    for source in [
        "",
        "//",
        "vpc",
        "./terraform-aws-modules/vpc/aws",
        "../modules/vpc",
        "somebody/vpc/aws",
        "terraform-aws-modules/vpc",
        "terraform-aws-modules/vpc/google",
        "terraform-aws-modules/vpc/aws/modules/vpc-endpoints",
        "terraform-aws-modules/vpc/aws?ref=v5.0.0",
        "app.terraform.io/terraform-aws-modules/vpc/aws",
        "example.com/registry.terraform.io/terraform-aws-modules/vpc/aws",
        "github.com/somebody/terraform-aws-vpc",
        "github.com/terraform-aws-modules/vpc",
        "github.com/terraform-aws-modules/terraform-google-vpc",
        "gitlab.com/terraform-aws-modules/terraform-aws-vpc",
        "git@gitlab.com:terraform-aws-modules/terraform-aws-vpc.git",
        "git::https://example.com/terraform-aws-modules/terraform-aws-vpc.git",
        "git::https://example.com/github.com/terraform-aws-modules/terraform-aws-vpc.git",
        "git::https://github.com@example.com/terraform-aws-modules/terraform-aws-vpc.git",
        "git::https://github.com.example.com/terraform-aws-modules/terraform-aws-vpc.git",
        "git::file:///github.com/terraform-aws-modules/terraform-aws-vpc.git",
        "hg::https://github.com/terraform-aws-modules/terraform-aws-vpc",
        "https://github.com/terraform-aws-modules/terraform-aws-vpc.git",
        "https://github.com/terraform-aws-modules/terraform-aws-vpc/archive/v5.0.0.zip",
    ] {
        assert!(!holds_no_task_definitions(source), "{source}");
    }
}

#[test]
fn examples_and_tests_are_not_known() {
    for source in [
        "terraform-aws-modules/eventbridge/aws//examples/with-ecs-scheduling",
        "terraform-aws-modules/eventbridge/aws//./examples/with-ecs-scheduling",
        "terraform-aws-modules/eventbridge/aws//modules/../examples/with-ecs-scheduling",
        "terraform-aws-modules/vpc/aws//modules/flow-log/examples/complete",
        "terraform-aws-modules/vpc/aws//*/complete",
        "github.com/cloudposse/terraform-aws-alb//examples/complete",
        "github.com/cloudposse/terraform-aws-alb//test/fixtures",
    ] {
        assert!(!holds_no_task_definitions(source), "{source}");
    }
}
