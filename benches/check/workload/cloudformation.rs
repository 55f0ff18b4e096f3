//! Templates as people write them, and some as the CDK writes them: a megabyte of JSON each.

use super::{OTHER_USERS, ROOT_USERS, Random, Tree};
use serde_json::{Map, Value, json};
use serde_yaml::value::{Tag, TaggedValue};

const CDK_BYTES: usize = 1_000_000;

/// Templates in YAML with short tags.
pub fn yaml(tree: &mut Tree, units: usize) {
    for unit in 0..units {
        let mut random = Random(unit as u64);
        let template = template(&mut random, tree, 0);
        let text = serde_yaml::to_string(&with_tags(&template)).expect("a template is YAML");
        tree.write(
            &format!("stacks/{:02}/stack-{unit:04}.yaml", unit / 100),
            &text,
        );
    }
}

/// Templates in JSON; one in a hundred is large.
pub fn json(tree: &mut Tree, units: usize) {
    for unit in 0..units {
        let mut random = Random((1 << 32) + unit as u64);
        let size = if unit % 100 == 0 { CDK_BYTES } else { 0 };
        let template = template(&mut random, tree, size);
        let text = to_json(&template);
        tree.write(
            &format!("stacks/{:02}/stack-{unit:04}.json", unit / 100),
            &text,
        );
    }
}

pub fn to_json(template: &Value) -> String {
    serde_json::to_string_pretty(template).expect("a template is JSON")
}

/// A template with one to three task definitions among at least `size` bytes of other resources.
fn template(random: &mut Random, tree: &mut Tree, size: usize) -> Value {
    let mut resources = Map::new();
    for index in 0..random.within(1, 4) {
        resources.insert(format!("Task{index}"), task(random));
        tree.instances += 1;
    }
    let least = random.within(5, 40);
    let (mut count, mut bytes) = (0, 0);
    while count < least || bytes < size {
        let mut resource = noise(random, count);
        if size > 0 {
            let path = format!("App/Stack/{}/Resource{count}", random.word());
            resource["Metadata"] = json!({ "aws:cdk:path": path });
            bytes += to_json(&resource).len();
        }
        resources.insert(format!("Resource{count}"), resource);
        count += 1;
    }
    tree.units += 1;
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("The {} stack", random.word()),
        "Parameters": {
            "Stage": { "Type": "String", "Default": "test", "AllowedValues": ["test", "live"] },
            "VpcId": { "Type": "AWS::EC2::VPC::Id" },
        },
        "Mappings": { "Users": { "all": { "admin": "root", "app": "1000" } } },
        "Conditions": {
            "IsLive": { "Fn::Equals": [{ "Ref": "Stage" }, "live"] },
            "IsTest": { "Fn::Not": [{ "Condition": "IsLive" }] },
        },
        "Resources": resources,
    })
}

fn task(random: &mut Random) -> Value {
    let containers: Vec<Value> = (0..random.within(1, 4))
        .map(|index| container(random, index))
        .collect();
    let mut properties = json!({
        "Family": { "Fn::Sub": format!("${{Stage}}-{}", random.word()) },
        "RequiresCompatibilities": ["EC2"],
        "Memory": "512",
        "ContainerDefinitions": containers,
    });
    let mode = match random.within(0, 20) {
        0..=2 => Some(json!("host")),
        3 => Some(json!({ "Fn::If": ["IsLive", "awsvpc", "host"] })),
        4..=12 => Some(json!("awsvpc")),
        _ => None,
    };
    if let Some(mode) = mode {
        properties["NetworkMode"] = mode;
    }
    json!({ "Type": "AWS::ECS::TaskDefinition", "Properties": properties })
}

fn container(random: &mut Random, index: usize) -> Value {
    let word = random.word();
    let mut container = json!({
        "Name": format!("{word}{index}"),
        "Image": { "Fn::Sub": format!("${{AWS::AccountId}}.registry.example/{word}:1") },
        "Essential": index == 0,
        "Memory": 128,
        "PortMappings": [{ "ContainerPort": random.within(1024, 10_000) }],
        "Environment": [{ "Name": "STAGE", "Value": { "Ref": "Stage" } }],
    });
    let user = match random.within(0, 20) {
        0..=2 => None,
        3 => Some(json!({ "Fn::If": ["IsLive", "1000", { "Ref": "AWS::NoValue" }] })),
        4 => Some(json!({ "Fn::FindInMap": ["Users", "all", "app"] })),
        5 => Some(json!(random.pick(ROOT_USERS))),
        _ => Some(json!(random.pick(OTHER_USERS))),
    };
    if let Some(user) = user {
        container["User"] = user;
    }
    container
}

fn noise(random: &mut Random, index: usize) -> Value {
    match random.within(0, 4) {
        0 => {
            let rule = |_| {
                let port = random.within(1, 10_000);
                json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8" })
            };
            let rules: Vec<Value> = (0..6).map(rule).collect();
            json!({
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": { "Fn::Sub": "Who may talk to ${Stage}" },
                    "VpcId": { "Ref": "VpcId" },
                    "SecurityGroupIngress": rules,
                },
            })
        }
        1 => json!({
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Principal": { "Service": "ecs-tasks.amazonaws.com" },
                        "Action": "sts:AssumeRole",
                    }],
                },
                "Policies": [{
                    "PolicyName": format!("policy{index}"),
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{
                            "Effect": "Allow",
                            "Action": ["s3:GetObject", "s3:ListBucket"],
                            "Resource": { "Fn::Sub": format!("arn:${{AWS::Partition}}:s3:::${{Stage}}-{index}") },
                        }],
                    },
                }],
            },
        }),
        2 => json!({
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "Properties": {
                "LogGroupName": { "Fn::Sub": format!("/ecs/${{Stage}}/{index}") },
                "RetentionInDays": 30,
            },
        }),
        _ => json!({
            "Type": "AWS::SQS::Queue",
            "Condition": random.pick(&["IsLive", "IsTest"]),
            "Properties": {
                "QueueName": { "Fn::Join": ["-", [{ "Ref": "Stage" }, format!("queue{index}")]] },
                "VisibilityTimeout": random.within(30, 900),
                "Tags": [{ "Key": "Stage", "Value": { "Ref": "Stage" } }],
            },
        }),
    }
}

/// The template with `{"Fn::If": …}` as `!If …` and `{"Ref": …}` as `!Ref …`.
fn with_tags(value: &Value) -> serde_yaml::Value {
    match value {
        Value::Object(members) => {
            if let Some((name, argument)) = members.iter().next()
                && members.len() == 1
                && let Some(tag) = name
                    .strip_prefix("Fn::")
                    .or((name == "Ref").then_some("Ref"))
            {
                return serde_yaml::Value::Tagged(Box::new(TaggedValue {
                    tag: Tag::new(tag),
                    value: with_tags(argument),
                }));
            }
            let members = members.iter();
            let members = members.map(|(name, value)| (name.as_str().into(), with_tags(value)));
            serde_yaml::Value::Mapping(members.collect())
        }
        Value::Array(elements) => elements.iter().map(with_tags).collect(),
        other => serde_yaml::to_value(other).expect("a scalar is YAML"),
    }
}
