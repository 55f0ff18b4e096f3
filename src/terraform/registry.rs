//! Well-known modules of the public registry that declare no task definitions.

/// Namespace and name, of modules for the provider `aws` unless `/provider` follows.
///
/// Of those that have to do with containers: `cloudposse/ecs-cluster` makes a cluster and its
/// instances, `cloudposse/ecs-container-definition` only writes JSON, and
/// `terraform-aws-modules/eventbridge` has tasks in its examples alone.
const WITHOUT_TASK_DEFINITIONS: &[&str] = &[
    "cloudposse/acm-request-certificate",
    "cloudposse/alb",
    "cloudposse/cloudwatch-logs",
    "cloudposse/dynamic-subnets",
    "cloudposse/ecr",
    "cloudposse/ecs-cluster",
    "cloudposse/ecs-container-definition",
    "cloudposse/efs",
    "cloudposse/elasticache-redis",
    "cloudposse/iam-role",
    "cloudposse/kms-key",
    "cloudposse/label/null",
    "cloudposse/rds",
    "cloudposse/rds-cluster",
    "cloudposse/s3-bucket",
    "cloudposse/security-group",
    "cloudposse/ssm-parameter-store",
    "cloudposse/tfstate-backend",
    "cloudposse/vpc",
    "terraform-aws-modules/acm",
    "terraform-aws-modules/alb",
    "terraform-aws-modules/apigateway-v2",
    "terraform-aws-modules/app-runner",
    "terraform-aws-modules/autoscaling",
    "terraform-aws-modules/cloudfront",
    "terraform-aws-modules/cloudwatch",
    "terraform-aws-modules/dynamodb-table",
    "terraform-aws-modules/ec2-instance",
    "terraform-aws-modules/ecr",
    "terraform-aws-modules/efs",
    "terraform-aws-modules/eks",
    "terraform-aws-modules/elasticache",
    "terraform-aws-modules/elb",
    "terraform-aws-modules/eventbridge",
    "terraform-aws-modules/iam",
    "terraform-aws-modules/key-pair",
    "terraform-aws-modules/kms",
    "terraform-aws-modules/lambda",
    "terraform-aws-modules/msk-kafka-cluster",
    "terraform-aws-modules/notify-slack",
    "terraform-aws-modules/opensearch",
    "terraform-aws-modules/rds",
    "terraform-aws-modules/rds-aurora",
    "terraform-aws-modules/rds-proxy",
    "terraform-aws-modules/redshift",
    "terraform-aws-modules/route53",
    "terraform-aws-modules/s3-bucket",
    "terraform-aws-modules/secrets-manager",
    "terraform-aws-modules/security-group",
    "terraform-aws-modules/sns",
    "terraform-aws-modules/sqs",
    "terraform-aws-modules/ssm-parameter",
    "terraform-aws-modules/step-functions",
    "terraform-aws-modules/transit-gateway",
    "terraform-aws-modules/vpc",
    "terraform-aws-modules/vpn-gateway",
    "terraform-aws-modules/wafv2",
];

/// Whether a module source names one of them: on the registry, or as the repository on GitHub
/// that the registry takes it from.
pub fn holds_no_task_definitions(source: &str) -> bool {
    // Their examples are whole applications.
    if source.contains("//example") {
        return false;
    }
    let Some(name) = registry_name(source).or_else(|| repository_name(source)) else {
        return false;
    };
    let name = name.strip_suffix("/aws").unwrap_or(&name);
    WITHOUT_TASK_DEFINITIONS.contains(&name)
}

/// `namespace/name/provider` of a registry source.
fn registry_name(source: &str) -> Option<String> {
    let source = source
        .strip_prefix("registry.terraform.io/")
        .or_else(|| source.strip_prefix("registry.opentofu.org/"))
        .unwrap_or(source);
    let module = source.split("//").next()?;
    let parts: Vec<&str> = module.split('/').collect();
    match &parts[..] {
        [namespace, name, provider] if !namespace.contains(['.', ':']) => {
            Some(format!("{namespace}/{name}/{provider}"))
        }
        _ => None,
    }
}

/// The same of `github.com/namespace/terraform-provider-name` in the forms that Terraform takes.
fn repository_name(source: &str) -> Option<String> {
    let at = source.find("github.com")?;
    let path = source[at + "github.com".len()..].trim_start_matches([':', '/']);
    let path = path.split('?').next()?;
    let path = path.split("//").next()?;
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (namespace, repository) = path.split_once('/')?;
    let (provider, name) = repository.strip_prefix("terraform-")?.split_once('-')?;
    Some(format!("{namespace}/{name}/{provider}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_known_in_all_their_forms() {
        for source in [
            "terraform-aws-modules/vpc/aws",
            "registry.terraform.io/terraform-aws-modules/vpc/aws",
            "terraform-aws-modules/iam/aws//modules/iam-role",
            "github.com/terraform-aws-modules/terraform-aws-vpc",
            "git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.0.0",
            "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-role",
            "cloudposse/label/null",
        ] {
            assert!(holds_no_task_definitions(source), "{source}");
        }
        for source in [
            "terraform-aws-modules/ecs/aws",
            "terraform-aws-modules/eventbridge/aws//examples/with-ecs-scheduling",
            "terraform-aws-modules/vpc/google",
            "somebody/vpc/aws",
            "git::https://example.com/terraform-aws-modules/terraform-aws-vpc.git",
            "app.terraform.io/terraform-aws-modules/vpc/aws",
        ] {
            assert!(!holds_no_task_definitions(source), "{source}");
        }
    }
}
