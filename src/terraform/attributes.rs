//! What is certain of the attributes of AWS resources that the source does not set: their types,
//! and what the provider takes for some of them. From the schema of the AWS provider 5.100 and
//! from plans that it makes.

mod arguments;
mod spelling;

use super::containers;
use super::environment::{ModuleInstance, member};
use super::eval::Scope;
use super::module::{Argument, Merged, TASK_DEFINITION};
use super::types::Constraint;
use crate::source::Span;
use crate::value::{Hint, Kind, List, Marks, Member, Object, Part, Unknown, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// Strings in every resource and data source that has them, but for those of `OTHERWISE`.
const TEXTS: &[&str] = &[
    "account_id",
    "address",
    "arn_suffix",
    "availability_zone",
    "bootstrap_brokers",
    "bootstrap_brokers_sasl_iam",
    "bootstrap_brokers_tls",
    "bucket",
    "bucket_domain_name",
    "bucket_regional_domain_name",
    "certificate_arn",
    "cidr_block",
    "client_id",
    "client_secret",
    "cluster_address",
    "cluster_id",
    "cluster_identifier",
    "configuration_endpoint",
    "database_name",
    "db_name",
    "description",
    "dns_name",
    "domain_name",
    "endpoint",
    "engine",
    "engine_version",
    "execution_arn",
    "family",
    "fqdn",
    "function_name",
    "hosted_zone_id",
    "http_name",
    "invoke_arn",
    "ip_address_type",
    "key_id",
    "key_name",
    "kms_key_arn",
    "kms_key_id",
    "load_balancer_type",
    "master_username",
    "name",
    "name_prefix",
    "namespace_id",
    "owner_id",
    "password",
    "path",
    "policy_arn",
    "primary_endpoint_address",
    "private_dns",
    "private_ip",
    "prometheus_endpoint",
    "proxy_endpoint",
    "public_dns",
    "public_ip",
    "qualified_arn",
    "reader_endpoint",
    "reader_endpoint_address",
    "registry_id",
    "replication_group_id",
    "repository_url",
    "resource_id",
    "role",
    "secret_id",
    "secret_string",
    "state",
    "stream_arn",
    "subnet_id",
    "table_name",
    "type",
    "unique_id",
    "uri",
    "url",
    "user_name",
    "user_pool_id",
    "username",
    "value",
    "vpc_id",
    "website_endpoint",
    "workspace_id",
    "zone_id",
];

/// Strings that every resource with them has once it is there.
const IDENTITIES: &[&str] = &["arn", "id"];

/// Numbers, likewise.
const NUMBERS: &[&str] = &["allocated_storage", "desired_count", "port"];

/// Resources and data sources in which one of these names stands for something else.
const OTHERWISE: &[&str] = &[
    "aws_cloudfront_realtime_log_config",
    "aws_customerprofiles_profile",
    "aws_elasticache_serverless_cache",
    "aws_identitystore_user",
    "aws_redshiftserverless_workgroup",
    "aws_route53_traffic_policy_document",
    "aws_servicequotas_service_quota",
    "aws_servicequotas_template",
];

/// The types of the attributes of a resource or data source.
pub fn types(kind: &str) -> Option<Hint> {
    thread_local! {
        static PARTS: Rc<[Part]> = parts();
    }
    let is_known = kind.starts_with("aws_") && !OTHERWISE.contains(&kind);
    is_known.then(|| Hint::Object(PARTS.with(Rc::clone)))
}

fn parts() -> Rc<[Part]> {
    let part = |name: &&str, hint: Hint, never_null: bool| Part {
        name: (*name).into(),
        hint: Some(hint),
        never_null,
    };
    let texts = TEXTS.iter().map(|name| part(name, Hint::Text, false));
    let numbers = NUMBERS.iter().map(|name| part(name, Hint::Number, false));
    let identities = IDENTITIES.iter().map(|name| part(name, Hint::Text, true));
    texts.chain(numbers).chain(identities).collect()
}

enum Constant {
    Text(&'static str),
    Number(i64),
    Bool(bool),
}

use Constant::{Bool, Number, Text};

/// What the provider takes where an argument is not set: of a resource or a nested block, its
/// argument, the value.
/// Those that are the same in all versions of the provider, of resources that stand near a task
/// definition.
const DEFAULTS: &[(&str, &str, Constant)] = &[
    (
        "aws_cloudwatch_event_rule",
        "event_bus_name",
        Text("default"),
    ),
    ("aws_cloudwatch_log_group", "skip_destroy", Bool(false)),
    ("aws_docdb_cluster", "engine", Text("docdb")),
    ("aws_docdb_cluster", "port", Number(27_017)),
    (
        "aws_ecr_repository",
        "image_tag_mutability",
        Text("MUTABLE"),
    ),
    ("aws_ecs_service", "scheduling_strategy", Text("REPLICA")),
    ("aws_efs_file_system", "throughput_mode", Text("bursting")),
    ("aws_elasticache_replication_group", "engine", Text("redis")),
    ("aws_iam_role", "force_detach_policies", Bool(false)),
    ("aws_iam_role", "max_session_duration", Number(3600)),
    ("aws_iam_role", "path", Text("/")),
    ("aws_kinesis_stream", "retention_period", Number(24)),
    ("aws_lb", "load_balancer_type", Text("application")),
    ("aws_lb_target_group", "deregistration_delay", Text("300")),
    ("aws_lb_target_group", "target_type", Text("instance")),
    (
        "aws_lb_target_group.health_check",
        "port",
        Text("traffic-port"),
    ),
    ("aws_lb_target_group.health_check", "protocol", Text("HTTP")),
    ("aws_neptune_cluster", "engine", Text("neptune")),
    ("aws_neptune_cluster", "port", Number(8182)),
    ("aws_rds_cluster", "engine_mode", Text("provisioned")),
    ("aws_redshift_cluster", "port", Number(5439)),
    ("aws_s3_bucket", "force_destroy", Bool(false)),
    (
        "aws_secretsmanager_secret",
        "recovery_window_in_days",
        Number(30),
    ),
    (
        "aws_security_group",
        "description",
        Text("Managed by Terraform"),
    ),
    ("aws_sns_topic", "fifo_topic", Bool(false)),
    ("aws_sqs_queue", "delay_seconds", Number(0)),
    ("aws_sqs_queue", "fifo_queue", Bool(false)),
    (
        "aws_sqs_queue",
        "message_retention_seconds",
        Number(345_600),
    ),
    ("aws_sqs_queue", "visibility_timeout_seconds", Number(30)),
    ("aws_vpc", "enable_dns_support", Bool(true)),
    ("aws_vpc", "instance_tenancy", Text("default")),
];

/// The value that the provider takes for an argument that is not set.
fn default(kind: &str, name: &str, span: Span) -> Option<Value> {
    if is_tags(kind, name) {
        return Some(Value::null(span));
    }
    let mut all = DEFAULTS.iter();
    let (.., constant) = all.find(|(of, argument, _)| *of == kind && *argument == name)?;
    let value = match constant {
        Text(text) => Value::string(*text, span),
        Number(number) => Value::new(Kind::Number((*number).into()), span),
        Bool(flag) => Value::bool(*flag, span),
    };
    Some(value.step(format!("the provider's default of `{name}`"), span))
}

/// Tags are never chosen by the provider. Those of nested blocks are something else.
fn is_tags(kind: &str, name: &str) -> bool {
    name == "tags" && kind.starts_with("aws_") && !kind.contains('.')
}

/// What is known of one instance of a resource: what its source sets, and what follows from it.
/// `rest` is what its attributes are otherwise.
pub fn of_resource(
    owner: &Rc<ModuleInstance>,
    kind: &str,
    body: &Merged,
    scope: &Scope,
    rest: &Unknown,
    span: Span,
) -> Vec<Member> {
    let kind = canonical(kind);
    let resource = Resource {
        owner,
        kind: (&*kind).into(),
        scope,
    };
    let arguments = body.argument_names().into_iter();
    let arguments = arguments.filter_map(|name| body.argument(&name.text));
    let mut members = resource.set_by(arguments, rest, span);
    for (_, block) in LISTS_OF_ONE.iter().filter(|(of, _)| **of == *kind) {
        members.extend(resource.list_of_one(body, block, rest));
    }
    if kind == "terraform_data" {
        let input = members.iter().find(|known| &*known.name == "input");
        let output = match input {
            Some(input) => input.value.clone(),
            None => Value::null(span).into(),
        };
        members.push(member("output", span, output));
    }
    members
}

/// The name that a kind of resource goes by here: some have two.
fn canonical(kind: &str) -> Cow<'_, str> {
    match kind.strip_prefix("aws_alb") {
        Some(rest) if rest.is_empty() || rest.starts_with('_') => format!("aws_lb{rest}").into(),
        _ => kind.into(),
    }
}

struct Resource<'a> {
    owner: &'a Rc<ModuleInstance>,
    kind: Rc<str>,
    scope: &'a Scope,
}

impl Resource<'_> {
    /// The attributes that arguments set, and those that have a default; `rest` is what they are
    /// where an argument sets nothing.
    fn set_by(
        &self,
        arguments: impl Iterator<Item = Argument>,
        rest: &Unknown,
        span: Span,
    ) -> Vec<Member> {
        let set = |argument: Argument| {
            let name = argument.name.clone();
            if is_meta_argument(&name.text) || is_changed(&self.kind, &name.text) {
                return None;
            }
            let (kind, scope, rest) = (self.kind.clone(), self.scope.clone(), rest.clone());
            let compute = move || {
                let name = &argument.name.text;
                let constraint = arguments::constraint(&kind, name);
                let value = without_nulls(constraint.convert(argument.eval(&scope)), &constraint);
                let value = value.mark(Marks::SENSITIVE.when(arguments::is_sensitive(&kind, name)));
                match value.kind {
                    _ if value.marks.is_ephemeral() => Value::unknown(Unknown::invalid(
                        format!("argument `{name}` is kept in the state, and this is ephemeral"),
                        argument.span,
                    )),
                    Kind::Null(_) if &*kind == "terraform_data" => value,
                    // The provider may choose a value where none is set.
                    _ if is_nothing(&kind, name, &constraint, &value) => {
                        default(&kind, name, value.span)
                            .unwrap_or_else(|| Value::unknown(rest.attribute(name, value.span)))
                    }
                    _ if !spelling::is_kept(&kind, name, &value) => {
                        Value::unknown(rest.attribute(name, value.span))
                    }
                    _ if (&*kind, &**name) == (TASK_DEFINITION, "container_definitions") => {
                        let span = value.span;
                        containers::planned(value, scope.unit())
                            .unwrap_or_else(|| Value::unknown(rest.attribute(name, span)))
                    }
                    _ => value,
                }
            };
            let slot = self.owner.thunk(name.span, compute);
            Some(member(&name.text, name.span, slot))
        };
        let mut members: Vec<Member> = arguments.filter_map(set).collect();
        let defaults = DEFAULTS.iter().filter(|(of, ..)| **of == *self.kind);
        let tags = ["tags"]
            .into_iter()
            .filter(|name| is_tags(&self.kind, name));
        for name in defaults.map(|(_, name, _)| *name).chain(tags) {
            if !members.iter().any(|set| &*set.name == name) {
                let value = default(&self.kind, name, span);
                members.extend(value.map(|value| member(name, span, value.into())));
            }
        }
        members
    }

    /// A nested block that is written once, as those see it who refer to it.
    fn list_of_one(&self, body: &Merged, name: &str, rest: &Unknown) -> Option<Member> {
        let blocks = body.blocks(name);
        let [block] = &blocks[..] else {
            return None;
        };
        if block.is_dynamic() {
            return None;
        }
        let span = block.header();
        let rest = rest.attribute(name, span).element("0", span);
        let arguments = block.argument_names();
        let arguments = arguments.filter_map(|name| block.argument(&name.text));
        let block = Resource {
            kind: format!("{}.{name}", self.kind).into(),
            ..*self
        };
        let mut object = Object::new(block.set_by(arguments, &rest, span));
        object.rest = Some(rest);
        let object = Value::new(Kind::Object(object), span);
        let list = List::new(vec![object.into()]);
        Some(member(
            name,
            span,
            Value::new(Kind::List(list), span).into(),
        ))
    }
}

/// Nested blocks that are lists of at most one object for those who refer to them, of resources
/// that stand near a task definition.
const LISTS_OF_ONE: &[(&str, &str)] = &[
    ("aws_ecs_service", "network_configuration"),
    ("aws_efs_access_point", "posix_user"),
    ("aws_efs_access_point", "root_directory"),
    ("aws_lambda_function", "environment"),
    ("aws_lambda_function", "vpc_config"),
    ("aws_lb_target_group", "health_check"),
    ("aws_lb_target_group", "stickiness"),
    ("aws_service_discovery_service", "dns_config"),
];

/// Arguments that the provider changes before they become attributes: a hash in place of the
/// data, JSON in a canonical form, names and the one that stands beside them.
fn is_changed(kind: &str, name: &str) -> bool {
    matches!(name, "user_data" | "policy" | "assume_role_policy")
        || name.ends_with("_wo")
        || (kind, name) == ("aws_acm_certificate", "subject_alternative_names")
}

/// A map without the members that are null: the provider leaves them out.
fn without_nulls(value: Value, of: &Constraint) -> Value {
    let kind = match (of, &value.kind) {
        (Constraint::Map(_), Kind::Object(map)) => Kind::Object(map.without_nulls()),
        _ => return value,
    };
    Value { kind, ..value }
}

/// Whether a value sets nothing, as far as the provider sees: null, an empty string for which it
/// chooses one, and an empty set or map.
fn is_nothing(kind: &str, name: &str, of: &Constraint, value: &Value) -> bool {
    match &value.kind {
        Kind::Null(_) => true,
        Kind::Text(text) => {
            arguments::is_chosen(kind, name) && text.known().is_some_and(|text| text.is_empty())
        }
        Kind::List(list) => {
            matches!(of, Constraint::Set(_)) && list.items.is_empty() && list.rest.is_none()
        }
        Kind::Object(map) => {
            matches!(of, Constraint::Map(_)) && map.members().is_empty() && map.rest.is_none()
        }
        _ => false,
    }
}

/// Arguments that Terraform reads itself and no reference can see.
fn is_meta_argument(name: &str) -> bool {
    matches!(name, "count" | "for_each" | "provider" | "depends_on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_that_share_a_name_share_a_type() {
        let Some(hint) = types("aws_lb") else {
            panic!("its attributes are known");
        };
        let Hint::Object(parts) = hint else {
            panic!("a resource is an object");
        };
        let names: Vec<&str> = parts.iter().map(|part| &*part.name).collect();
        let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len());
        assert!(types("aws_identitystore_user").is_none());
        assert!(types("random_id").is_none());
    }
}
