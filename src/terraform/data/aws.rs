//! What the provider of AWS tells of regions, partitions and services without asking AWS.

use super::super::environment::{ModuleInstance, member};
use super::super::eval::Scope;
use super::super::module::Merged;
use super::super::types::Constraint;
use super::{provider, put_off};
use crate::source::Span;
use crate::value::{Hint, Kind, Member, Object, Slot, Unknown, Value};
use std::rc::Rc;
use std::sync::Arc;

/// A data source of AWS in an instance of a module.
pub struct DataSource<'a> {
    pub owner: &'a Rc<ModuleInstance>,
    pub body: &'a Arc<Merged>,
    pub scope: &'a Scope,
    pub span: Span,
}

impl DataSource<'_> {
    /// What is known of it, if anything is.
    pub fn attributes(&self, kind: &str) -> Option<Vec<Member>> {
        match kind {
            "aws_arn" => Some(self.arn()),
            "aws_billing_service_account" => {
                let partition = self.partition()?;
                Some(self.texts(
                    &Value::null(self.span),
                    account("386209384616", "root", partition),
                ))
            }
            "aws_cloudfront_log_delivery_canonical_user_id" => {
                let region = self.region()?;
                let id = match Partition::of(&region.as_str()?).name {
                    "aws-cn" => "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56",
                    _ => "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
                };
                Some(self.texts(&region, [("id", id.to_owned())]))
            }
            "aws_cloudtrail_service_account" => self.account(|known| known.cloudtrail, "root"),
            "aws_default_tags" => self.default_tags(),
            "aws_elastic_beanstalk_hosted_zone" => self.zone(|known| known.beanstalk_zone),
            "aws_elb_hosted_zone_id" => self.zone(|known| known.balancer_zone),
            "aws_elb_service_account" => self.account(|known| known.balancers, "root"),
            "aws_lb_hosted_zone_id" => {
                let of = self.text("load_balancer_type");
                match of
                    .as_ref()
                    .map_or(Some("application".into()), Value::as_str)?
                    .as_ref()
                {
                    "application" => self.zone(|known| known.balancer_zone),
                    "network" => self.zone(|known| known.network_balancer_zone),
                    _ => None,
                }
            }
            "aws_partition" => {
                let region = self.region()?;
                let partition = Partition::of(&region.as_str()?);
                let attributes = [
                    ("id", partition.name),
                    ("partition", partition.name),
                    ("dns_suffix", partition.dns_suffix),
                    ("reverse_dns_prefix", partition.reverse_dns_prefix),
                ];
                Some(self.texts(
                    &region,
                    attributes.map(|(name, text)| (name, text.to_owned())),
                ))
            }
            "aws_redshift_service_account" => self.account(|known| known.redshift, "user/logs"),
            "aws_region" if self.body.argument("endpoint").is_none() => self.its_region(),
            "aws_service" => self.service(),
            "aws_service_principal" => self.service_principal(),
            _ => None,
        }
    }

    /// An argument that is a string, unless it is not set or null.
    fn text(&self, name: &str) -> Option<Value> {
        let argument = self.body.argument(name)?;
        let value = Constraint::String.convert(argument.eval(self.scope));
        (!value.is_null()).then_some(value)
    }

    /// The region that it is read in: its own, else that of its provider.
    fn region(&self) -> Option<Value> {
        let own = self.text("region").or_else(|| self.text("name"));
        own.or_else(|| self.provider_region())
    }

    fn provider_region(&self) -> Option<Value> {
        let (at, block) = provider::aws(self.owner, self.body)?;
        let region = block.argument("region")?;
        let value = Constraint::String.convert(region.eval(&at.scope()));
        let value = value.step("`region` of the provider", region.name.span);
        (!value.is_null()).then_some(value)
    }

    /// The partition of the provider, whichever the region lies in.
    fn partition(&self) -> Option<&'static Partition> {
        Some(Partition::of(&self.provider_region()?.as_str()?))
    }

    /// Attributes that are computed from a value: with its place, its way and its marks.
    fn texts<'n>(
        &self,
        from: &Value,
        attributes: impl IntoIterator<Item = (&'n str, String)>,
    ) -> Vec<Member> {
        let attributes = attributes.into_iter().map(|(name, text)| {
            let mut value = Value::string(text, from.span).mark(from.marks);
            value.trail = from.trail.clone();
            member(name, self.span, value.into())
        });
        attributes.collect()
    }

    fn account(&self, of: fn(&Region) -> &'static str, user: &str) -> Option<Vec<Member>> {
        let region = self.region()?;
        let id = Region::named(&region.as_str()?).map(|known| of(&known))?;
        let partition = self.partition()?;
        (id != NOTHING).then(|| self.texts(&region, account(id, user, partition)))
    }

    fn zone(&self, of: fn(&Region) -> &'static str) -> Option<Vec<Member>> {
        let region = self.region()?;
        let id = Region::named(&region.as_str()?).map(|known| of(&known))?;
        (id != NOTHING).then(|| self.texts(&region, [("id", id.to_owned())]))
    }

    fn its_region(&self) -> Option<Vec<Member>> {
        let region = self.region()?;
        let names = ["id", "name", "region"].into_iter();
        let mut members: Vec<Member> = names
            .map(|name| member(name, self.span, region.clone().into()))
            .collect();
        if let Some(name) = region.as_str() {
            let endpoint = format!("ec2.{name}.{}", Partition::of(&name).dns_suffix);
            members.extend(self.texts(&region, [("endpoint", endpoint)]));
            let description = Region::named(&name).map(|known| known.description.to_owned());
            members.extend(self.texts(&region, description.map(|it| ("description", it))));
        }
        Some(members)
    }

    fn default_tags(&self) -> Option<Vec<Member>> {
        let (at, block) = provider::aws(self.owner, self.body)?;
        if !block.blocks("ignore_tags").is_empty() {
            return None;
        }
        let tags: Slot = match &block.blocks("default_tags")[..] {
            [] => Value::new(Kind::Object(Object::empty_map(Hint::Text)), self.span).into(),
            [of] if !of.is_dynamic() => {
                let (tags, span) = (of.argument("tags"), self.span);
                self.owner.thunk(span, move || {
                    let none = || Value::new(Kind::Object(Object::empty_map(Hint::Text)), span);
                    let tags = tags
                        .as_ref()
                        .map_or_else(none, |tags| tags.eval(&at.scope()));
                    let tags = Constraint::Map(Rc::new(Constraint::String)).convert(tags);
                    let kind = match &tags.kind {
                        Kind::Null(_) => return none(),
                        Kind::Object(map) => Kind::Object(map.without_nulls()),
                        _ => return tags,
                    };
                    Value { kind, ..tags }
                })
            }
            _ => return None,
        };
        Some(vec![member("tags", self.span, tags)])
    }

    /// The parts of an ARN.
    fn arn(&self) -> Vec<Member> {
        let span = self.span;
        let parts = ARN.iter().map(|&(name, at)| {
            let (body, scope) = (self.body.clone(), self.scope.clone());
            put_off(self.owner, name, span, move || {
                part_of_arn(&body, &scope, at, span)
            })
        });
        parts.collect()
    }

    /// The names of a service in a region; whether the region has it stands in a table of the
    /// provider's.
    fn service(&self) -> Option<Vec<Member>> {
        let others = ["dns_name", "reverse_dns_name", "reverse_dns_prefix"];
        if others.iter().any(|name| self.body.argument(name).is_some()) {
            return None;
        }
        let (id, region) = (self.text("service_id")?, self.region()?);
        let (service, place) = (id.as_str()?, region.as_str()?);
        let partition = self.partition()?;
        let prefix = partition.reverse_dns_prefix;
        let reversed = format!("{prefix}.{place}.{service}");
        let attributes = [
            ("id", reversed.clone()),
            ("service_id", service.to_string()),
            ("region", place.to_string()),
            ("partition", partition.name.to_owned()),
            (
                "dns_name",
                format!("{service}.{place}.{}", partition.dns_suffix),
            ),
            ("reverse_dns_name", reversed),
            ("reverse_dns_prefix", prefix.to_owned()),
        ];
        Some(self.texts(&id.clone().mark(region.marks), attributes))
    }

    /// The name by which policies know a service.
    fn service_principal(&self) -> Option<Vec<Member>> {
        let (of, region) = (self.text("service_name")?, self.region()?);
        let (service, place) = (of.as_str()?, region.as_str()?);
        let partition = Partition::of(&place);
        let suffix = match (partition.name, &*service) {
            ("aws-cn", "codedeploy" | "elasticmapreduce" | "logs")
            | ("aws-iso", "cloudhsm" | "config" | "logs" | "workspaces")
            | ("aws-iso-b", "dms" | "logs") => partition.dns_suffix,
            _ => "amazonaws.com",
        };
        let attributes = [
            ("id", format!("{service}.{place}.{suffix}")),
            ("name", format!("{service}.{suffix}")),
            ("service_name", service.to_string()),
            ("suffix", suffix.to_owned()),
            ("region", place.to_string()),
        ];
        Some(self.texts(&of.clone().mark(region.marks), attributes))
    }
}

fn account(id: &str, user: &str, partition: &Partition) -> [(&'static str, String); 2] {
    let arn = format!("arn:{}:iam::{id}:{user}", partition.name);
    [("id", id.to_owned()), ("arn", arn)]
}

/// The attributes of `data.aws_arn` and which part of the name each of them is, between colons; of
/// `None`, all of it.
const ARN: [(&str, Option<usize>); 7] = [
    ("arn", None),
    ("id", None),
    ("partition", Some(1)),
    ("service", Some(2)),
    ("region", Some(3)),
    ("account", Some(4)),
    ("resource", Some(5)),
];

fn part_of_arn(
    body: &Merged,
    scope: &Scope,
    part: Option<usize>,
    span: Span,
) -> Result<Value, Unknown> {
    let missing = || Unknown::invalid("`arn` is not set", span);
    let argument = body.argument("arn").ok_or_else(missing)?;
    let value = Constraint::String.convert(argument.eval(scope));
    let (Some(part), Kind::Text(text)) = (part, &value.kind) else {
        return Ok(value);
    };
    let rendered = text.render()?;
    let parts: Vec<&str> = rendered.text.splitn(6, ':').collect();
    match (parts.first(), parts.get(part)) {
        (Some(&"arn"), Some(found)) if parts.len() == 6 => {
            let found = Value::string(*found, value.span).mark(value.marks | rendered.marks);
            Ok(found.step("a part of this ARN", argument.span))
        }
        _ => Err(Unknown::invalid("this is no ARN", argument.span)),
    }
}

/// What regions are grouped by.
struct Partition {
    name: &'static str,
    dns_suffix: &'static str,
    reverse_dns_prefix: &'static str,
}

/// The partitions by what the names of their regions begin with, the last for all others.
const PARTITIONS: [(&str, Partition); 8] = {
    const fn partition(
        name: &'static str,
        dns_suffix: &'static str,
        reverse_dns_prefix: &'static str,
    ) -> Partition {
        Partition {
            name,
            dns_suffix,
            reverse_dns_prefix,
        }
    }
    [
        (
            "cn-",
            partition("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        ),
        (
            "us-gov-",
            partition("aws-us-gov", "amazonaws.com", "com.amazonaws"),
        ),
        ("us-iso-", partition("aws-iso", "c2s.ic.gov", "gov.ic.c2s")),
        (
            "us-isob-",
            partition("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"),
        ),
        (
            "eu-isoe-",
            partition("aws-iso-e", "cloud.adc-e.uk", "uk.adc-e.cloud"),
        ),
        (
            "us-isof-",
            partition("aws-iso-f", "csp.hci.ic.gov", "gov.ic.hci.csp"),
        ),
        (
            "eusc-",
            partition("aws-eusc", "amazonaws.eu", "eu.amazonaws"),
        ),
        ("", partition("aws", "amazonaws.com", "com.amazonaws")),
    ]
};

impl Partition {
    /// The one that a region lies in, by the names that AWS gives regions.
    fn of(region: &str) -> &'static Partition {
        let mut all = PARTITIONS.iter();
        let found = all.find(|(prefix, _)| region.starts_with(prefix));
        &found.unwrap_or(&PARTITIONS[PARTITIONS.len() - 1]).1
    }
}

/// What the provider has in its tables of a region: accounts and zones, or [`NOTHING`].
struct Region {
    balancers: &'static str,
    balancer_zone: &'static str,
    network_balancer_zone: &'static str,
    cloudtrail: &'static str,
    redshift: &'static str,
    beanstalk_zone: &'static str,
    description: &'static str,
}

const NOTHING: &str = "-";

impl Region {
    fn named(wanted: &str) -> Option<Region> {
        let mut lines = include_str!("regions.txt").lines();
        let rest = lines.find_map(|line| line.strip_prefix(wanted)?.strip_prefix(' '))?;
        let mut words = rest.splitn(7, ' ');
        let mut next = || words.next();
        Some(Region {
            balancers: next()?,
            balancer_zone: next()?,
            network_balancer_zone: next()?,
            cloudtrail: next()?,
            redshift: next()?,
            beanstalk_zone: next()?,
            description: next()?,
        })
    }
}
