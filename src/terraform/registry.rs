//! Well-known modules of the public registry that declare no task definitions.
//!
//! A false entry would hide task definitions without a word, so each was looked at in its source:
//!
//! - The names of the Terraform files that its repository has had over all versions, outside of
//!   examples and tests: none speaks of tasks or of services that run them.
//! - What it declares, in the files with its resources and, of the longest, in its outputs: no
//!   `aws_ecs_task_definition`.
//! - What it calls: directories of its own, or modules that were looked at like itself.
//!
//! Where only some directories of a repository pass, an entry names a directory. Thus the root of
//! `terraform-aws-modules/ecs` was a cluster alone in old versions, but has services since; its
//! `modules/cluster` never had any. `modules/express-service` runs containers without a task
//! definition in the source, which nobody would have judged, so it is no entry.

/// As they stand in a `source`. One without a directory speaks for the root of the repository and
/// for all below `modules` and `wrappers`; one with a directory for that alone.
const WITHOUT_TASK_DEFINITIONS: &[&str] = &[
    "RaJiska/fck-nat/aws",
    "aws-ia/vpc/aws",
    "clouddrove/labels/aws",
    "cloudposse/acm-request-certificate/aws",
    "cloudposse/alb-ingress/aws",
    "cloudposse/alb-target-group-cloudwatch-sns-alarms/aws",
    "cloudposse/alb/aws",
    "cloudposse/cloudwatch-logs/aws",
    "cloudposse/codebuild/aws",
    "cloudposse/documentdb-cluster/aws",
    "cloudposse/dynamic-subnets/aws",
    "cloudposse/dynamodb-autoscaler/aws",
    "cloudposse/dynamodb/aws",
    "cloudposse/ec2-autoscale-group/aws",
    "cloudposse/ec2-bastion-server/aws",
    "cloudposse/ecr/aws",
    "cloudposse/ecs-cloudwatch-autoscaling/aws",
    "cloudposse/ecs-cloudwatch-sns-alarms/aws",
    "cloudposse/ecs-cluster/aws",
    "cloudposse/ecs-codepipeline/aws",
    "cloudposse/ecs-container-definition/aws",
    "cloudposse/efs/aws",
    "cloudposse/elasticache-redis/aws",
    "cloudposse/iam-policy-document-aggregator/aws",
    "cloudposse/iam-policy/aws",
    "cloudposse/iam-role/aws",
    "cloudposse/iam-s3-user/aws",
    "cloudposse/iam-system-user/aws",
    "cloudposse/key-pair/aws",
    "cloudposse/kms-key/aws",
    "cloudposse/label/null",
    "cloudposse/label/terraform",
    "cloudposse/lambda-function/aws",
    "cloudposse/lb-s3-bucket/aws",
    "cloudposse/mq-broker/aws",
    "cloudposse/multi-az-subnets/aws",
    "cloudposse/nlb/aws",
    "cloudposse/rds-cloudwatch-sns-alarms/aws",
    "cloudposse/rds-cluster/aws",
    "cloudposse/rds/aws",
    "cloudposse/route53-alias/aws",
    "cloudposse/route53-cluster-hostname/aws",
    "cloudposse/s3-bucket/aws",
    "cloudposse/s3-log-storage/aws",
    "cloudposse/security-group/aws",
    "cloudposse/sns-lambda-notify-slack/aws",
    "cloudposse/sns-topic/aws",
    "cloudposse/ssm-parameter-store/aws",
    "cloudposse/ssm-tls-ssh-key-pair/aws",
    "cloudposse/stack-config/yaml//modules/remote-state",
    "cloudposse/tfstate-backend/aws",
    "cloudposse/utils/aws",
    "cloudposse/vpc-peering/aws",
    "cloudposse/vpc/aws",
    "cn-terraform/ecs-alb/aws",
    "cn-terraform/ecs-cluster/aws",
    "cn-terraform/ecs-service-autoscaling/aws",
    "cn-terraform/logs-s3-bucket/aws",
    "cn-terraform/networking/aws",
    "int128/nat-instance/aws",
    "lgallard/cognito-user-pool/aws",
    "lgallard/secrets-manager/aws",
    "terraform-aws-modules/acm/aws",
    "terraform-aws-modules/alb/aws",
    "terraform-aws-modules/apigateway-v2/aws",
    "terraform-aws-modules/app-runner/aws",
    "terraform-aws-modules/appconfig/aws",
    "terraform-aws-modules/autoscaling/aws",
    "terraform-aws-modules/batch/aws",
    "terraform-aws-modules/cloudfront/aws",
    "terraform-aws-modules/cloudwatch/aws",
    "terraform-aws-modules/customer-gateway/aws",
    "terraform-aws-modules/dynamodb-table/aws",
    "terraform-aws-modules/ec2-instance/aws",
    "terraform-aws-modules/ecr/aws",
    "terraform-aws-modules/ecs/aws//modules/cluster",
    "terraform-aws-modules/ecs/aws//modules/container-definition",
    "terraform-aws-modules/ecs/aws//wrappers/cluster",
    "terraform-aws-modules/ecs/aws//wrappers/container-definition",
    "terraform-aws-modules/efs/aws",
    "terraform-aws-modules/eks-pod-identity/aws",
    "terraform-aws-modules/eks/aws",
    "terraform-aws-modules/elasticache/aws",
    "terraform-aws-modules/elb/aws",
    "terraform-aws-modules/eventbridge/aws",
    "terraform-aws-modules/global-accelerator/aws",
    "terraform-aws-modules/iam/aws",
    "terraform-aws-modules/key-pair/aws",
    "terraform-aws-modules/kms/aws",
    "terraform-aws-modules/lambda/aws",
    "terraform-aws-modules/managed-service-grafana/aws",
    "terraform-aws-modules/managed-service-prometheus/aws",
    "terraform-aws-modules/memory-db/aws",
    "terraform-aws-modules/msk-kafka-cluster/aws",
    "terraform-aws-modules/notify-slack/aws",
    "terraform-aws-modules/opensearch/aws",
    "terraform-aws-modules/rds-aurora/aws",
    "terraform-aws-modules/rds-proxy/aws",
    "terraform-aws-modules/rds/aws",
    "terraform-aws-modules/redshift/aws",
    "terraform-aws-modules/route53/aws",
    "terraform-aws-modules/s3-bucket/aws",
    "terraform-aws-modules/secrets-manager/aws",
    "terraform-aws-modules/security-group/aws",
    "terraform-aws-modules/sns/aws",
    "terraform-aws-modules/sqs/aws",
    "terraform-aws-modules/ssm-parameter/aws",
    "terraform-aws-modules/step-functions/aws",
    "terraform-aws-modules/transit-gateway/aws",
    "terraform-aws-modules/vpc/aws",
    "terraform-aws-modules/vpn-gateway/aws",
    "terraform-aws-modules/wafv2/aws",
    "tmknom/iam-role/aws",
    "trussworks/acm-cert/aws",
    "trussworks/alb-web-containers/aws",
    "trussworks/ecr-repo/aws",
    "trussworks/ecs-cluster/aws",
    "trussworks/logs/aws",
    "trussworks/nlb-containers/aws",
    "trussworks/s3-private-bucket/aws",
    "umotif-public/alb/aws",
    "umotif-public/ecs-service-autoscaling-cloudwatch/aws",
    "umotif-public/waf-webaclv2/aws",
];

/// Whether a module source names one of them: on the registry, or as the repository on GitHub
/// that the registry takes it from.
pub fn holds_no_task_definitions(source: &str) -> bool {
    let (module, directory) = on_github(source).unwrap_or_else(|| on_registry(source));
    let Some(directory) = cleaned(directory) else {
        return false;
    };
    is_listed(&format!("{module}//{directory}")) || is_covered(&directory) && is_listed(&module)
}

fn is_listed(name: &str) -> bool {
    WITHOUT_TASK_DEFINITIONS.binary_search(&name).is_ok()
}

/// `namespace/name/provider` and the directory in it, whatever its form.
fn on_registry(source: &str) -> (String, &str) {
    let hosts = ["registry.terraform.io/", "registry.opentofu.org/"];
    let name = hosts.iter().find_map(|host| source.strip_prefix(host));
    let (module, directory) = split(name.unwrap_or(source));
    (module.to_string(), directory)
}

/// The same of the repository `namespace/terraform-provider-name`, in the forms in which Terraform
/// fetches one from GitHub.
fn on_github(source: &str) -> Option<(String, &str)> {
    let address = source.split('?').next()?;
    let (is_git, address) = match address.strip_prefix("git::") {
        Some(address) => (true, address),
        None => (false, address),
    };
    let path = match address.split_once("://") {
        Some(("https" | "ssh", url)) if is_git => {
            let (authority, path) = url.split_once('/')?;
            let host = authority.rsplit('@').next()?;
            (host == "github.com").then_some(path)?
        }
        // An archive, or what Terraform refuses.
        Some(_) => return None,
        None => ["github.com/", "git@github.com:"]
            .iter()
            .find_map(|host| address.strip_prefix(host))?,
    };
    let (repository, directory) = split(path);
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let (namespace, repository) = repository.split_once('/')?;
    let (provider, name) = repository.strip_prefix("terraform-")?.split_once('-')?;
    Some((format!("{namespace}/{name}/{provider}"), directory))
}

/// A package and the directory in it.
fn split(address: &str) -> (&str, &str) {
    address.split_once("//").unwrap_or((address, ""))
}

/// A directory without the parts that lead nowhere; nothing where one leads up.
fn cleaned(directory: &str) -> Option<String> {
    let parts = directory
        .split('/')
        .filter(|part| !["", "."].contains(part));
    let parts: Vec<&str> = parts.collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}

/// Whether an entry of a whole repository speaks for a directory of it. Examples and tests are
/// whole applications.
fn is_covered(directory: &str) -> bool {
    let mut parts = directory.split('/');
    matches!(parts.next(), Some("" | "modules" | "wrappers"))
        && !parts.any(|part| part.starts_with("example") || part.starts_with("test"))
}

#[cfg(test)]
mod tests;
