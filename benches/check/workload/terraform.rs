//! Root modules as a platform team keeps them: a few task definitions in a lot of everything else.

use super::{OTHER_USERS, ROOT_USERS, Random, Tree, fill};

/// Bytes of a root of `tf-mono` and of `tf-shared`, about.
const LARGE_ROOT: usize = 50_000;
const SMALL_ROOT: usize = 6_000;

/// Many roots, each with one to four task definitions in all the ways in which they are written.
pub fn mono(tree: &mut Tree, units: usize) {
    let mut called = false;
    for unit in 0..units {
        let mut random = Random(unit as u64);
        called |= large_root(tree, &mut random, &format!("roots/root-{unit:04}"));
    }
    write_module_if(called, tree);
}

/// Many small roots that call one module, which has its own noise.
pub fn shared(tree: &mut Tree, units: usize) {
    let mut random = Random(1 << 32);
    tree.write("modules/service/main.tf", SERVICE_MODULE);
    let noise: String = (0..6)
        .map(|index| noise(&mut random, index).concat())
        .collect();
    tree.write("modules/service/noise.tf", &noise);
    for unit in 0..units {
        let mut random = Random((2 << 32) + unit as u64);
        let mut root = Root::default();
        for call in 0..random.within(1, 4) {
            let mode = match random.within(0, 20) {
                0..=2 => root.through(&mut random, "host"),
                3..=9 => root.through(&mut random, "awsvpc"),
                _ => "null".to_owned(),
            };
            let user =
                user(&mut random).map_or("null".to_owned(), |user| root.through(&mut random, user));
            root.calls += &fill(
                SERVICE_CALL,
                &[
                    ("call", &call),
                    ("mode", &mode),
                    ("user", &user),
                    ("sidecars", &random.within(0, 3)),
                ],
            );
            tree.instances += 1;
        }
        let directory = format!("roots/root-{unit:04}");
        root.write(tree, &mut random, &directory, SMALL_ROOT);
    }
}

/// One root of ten files.
pub fn one_root(tree: &mut Tree) {
    let called = large_root(tree, &mut Random(7), "roots/root");
    write_module_if(called, tree);
}

/// One root that is one file.
pub fn one_file(tree: &mut Tree) {
    let mut random = Random(7);
    let containers = containers(&mut random, &mut Root::default());
    let task = task("web", "\"host\"", &as_json_function(&containers));
    let noise = noise(&mut random, 0).concat();
    tree.write(
        "main.tf",
        &format!("{VARIABLES}{LOCALS}}}\n\n{task}{noise}"),
    );
    tree.units += 1;
    tree.instances += 1;
}

/// Blocks that have nothing to do with task definitions: one text for each file they go to.
pub fn noise(random: &mut Random, index: usize) -> [String; 4] {
    [
        role(random, index),
        security_group(random, index),
        load_balancer(random, index),
        alarm(random, index),
    ]
}

/// A module that nobody calls would be a root of its own.
fn write_module_if(called: bool, tree: &mut Tree) {
    if called {
        tree.write("modules/task/main.tf", TASK_MODULE);
    }
}

/// Tells whether the root calls the module of tasks.
fn large_root(tree: &mut Tree, random: &mut Random, directory: &str) -> bool {
    let mut root = Root::default();
    let mut calls_module = false;
    for index in 0..random.within(1, 5) {
        let name = format!("task{index}");
        let mode = if random.percent(15) { "host" } else { "awsvpc" };
        let mode = root.through(random, mode);
        let containers = containers(random, &mut root);
        match random.within(0, 10) {
            0..=4 => root.calls += &task(&name, &mode, &as_json_function(&containers)),
            5..=6 => root.calls += &task(&name, &mode, &as_heredoc(&containers)),
            7..=8 => {
                let path = format!("templates/{name}.json.tftpl");
                tree.write(&format!("{directory}/{path}"), TEMPLATE);
                let list = as_list(&containers);
                let call =
                    format!("templatefile(\"${{path.module}}/{path}\", {{ containers = {list} }})");
                root.calls += &task(&name, &mode, &call);
            }
            _ => {
                let count = random.within(1, 4);
                root.calls += &fill(
                    TASK_CALL,
                    &[
                        ("name", &name),
                        ("count", &count),
                        ("mode", &mode),
                        ("containers", &as_list(&containers)),
                    ],
                );
                tree.instances += count - 1;
                calls_module = true;
            }
        }
        tree.instances += 1;
    }
    root.write(tree, random, directory, LARGE_ROOT);
    calls_module
}

/// A root module in the making.
#[derive(Default)]
struct Root {
    variables: String,
    values: String,
    locals: String,
    calls: String,
    names: usize,
}

impl Root {
    /// An expression that gives `value`, often by way of a variable, a local or a conditional.
    fn through(&mut self, random: &mut Random, value: &str) -> String {
        self.names += 1;
        let number = self.names;
        match random.within(0, 10) {
            0..=4 => format!("{value:?}"),
            5..=6 => {
                let default = if random.percent(50) {
                    value
                } else {
                    self.values += &format!("choice{number} = {value:?}\n");
                    "unused"
                };
                self.variables += &format!(
                    "variable \"choice{number}\" {{\n  type    = string\n  default = {default:?}\n}}\n\n"
                );
                format!("var.choice{number}")
            }
            7..=8 => {
                self.locals += &format!("  choice{number} = {value:?}\n");
                format!("local.choice{number}")
            }
            _ => format!("var.environment == \"production\" ? {value:?} : \"unused\""),
        }
    }

    fn write(self, tree: &mut Tree, random: &mut Random, directory: &str, size: usize) {
        let mut files = [const { String::new() }; 4];
        let mut written = self.calls.len();
        for index in 0.. {
            for (file, block) in files.iter_mut().zip(noise(random, index)) {
                written += block.len();
                file.push_str(&block);
            }
            if written >= size {
                break;
            }
        }
        let mut write = |name: &str, text: &str| tree.write(&format!("{directory}/{name}"), text);
        for (name, text) in ["iam.tf", "network.tf", "balancer.tf", "alarms.tf"]
            .iter()
            .zip(&files)
        {
            write(name, text);
        }
        write("providers.tf", PROVIDERS);
        write("variables.tf", &format!("{VARIABLES}{}", self.variables));
        write(
            "terraform.tfvars",
            &format!("environment = \"production\"\n{}", self.values),
        );
        write("locals.tf", &format!("{LOCALS}{}}}\n", self.locals));
        write("tasks.tf", &self.calls);
        write("outputs.tf", OUTPUTS);
        tree.units += 1;
    }
}

/// A container; the user is an expression.
struct Container {
    name: String,
    image: String,
    memory: usize,
    port: usize,
    variables: usize,
    user: Option<String>,
}

fn containers(random: &mut Random, root: &mut Root) -> Vec<Container> {
    let count = random.within(1, 5);
    let container = |index| {
        let word = random.word();
        let user = user(random);
        Container {
            name: format!("{word}{index}"),
            image: format!("registry.example/{word}:1.{}", random.within(0, 40)),
            memory: 64 * random.within(1, 16),
            port: random.within(1024, 10_000),
            variables: random.within(0, 6),
            user: user.map(|user| root.through(random, user)),
        }
    };
    (0..count).map(container).collect()
}

fn user(random: &mut Random) -> Option<&'static str> {
    match random.within(0, 10) {
        0..=1 => None,
        2 => Some(*random.pick(ROOT_USERS)),
        _ => Some(*random.pick(OTHER_USERS)),
    }
}

/// `jsonencode([…])`.
fn as_json_function(containers: &[Container]) -> String {
    let mut text = "jsonencode([\n".to_owned();
    for (index, container) in containers.iter().enumerate() {
        let user = container.user.as_ref();
        let user = user.map_or(String::new(), |user| format!("      user      = {user}\n"));
        let variables: String = (0..container.variables)
            .map(|number| {
                format!("        {{ name = \"SETTING_{number}\", value = \"value {number}\" }},\n")
            })
            .collect();
        text += &fill(
            "    {
      name      = \"@name@\"
      image     = \"@image@\"
      essential = @essential@
      memory    = @memory@
@user@      portMappings = [{ containerPort = @port@, protocol = \"tcp\" }]
      environment = [
@variables@      ]
      logConfiguration = {
        logDriver = \"awslogs\"
        options = {
          \"awslogs-group\"         = \"/ecs/${var.environment}/@name@\"
          \"awslogs-region\"        = \"eu-west-1\"
          \"awslogs-stream-prefix\" = \"@name@\"
        }
      }
    },
",
            &[
                ("name", &container.name),
                ("image", &container.image),
                ("essential", &(index == 0)),
                ("memory", &container.memory),
                ("user", &user),
                ("port", &container.port),
                ("variables", &variables),
            ],
        );
    }
    text + "  ])"
}

/// A heredoc of JSON.
fn as_heredoc(containers: &[Container]) -> String {
    let objects: Vec<String> = containers
        .iter()
        .map(|container| {
            let user = container.user.as_ref();
            let user = user.map_or(String::new(), |user| {
                let quoted = match user.starts_with('"') {
                    true => user.clone(),
                    false => format!("\"${{{user}}}\""),
                };
                format!("\n      \"user\": {quoted},")
            });
            fill(
                "    {
      \"name\": \"@name@\",
      \"image\": \"@image@\",@user@
      \"memory\": @memory@,
      \"portMappings\": [{ \"containerPort\": @port@ }],
      \"environment\": [{ \"name\": \"STAGE\", \"value\": \"${var.environment}\" }]
    }",
                &[
                    ("name", &container.name),
                    ("image", &container.image),
                    ("user", &user),
                    ("memory", &container.memory),
                    ("port", &container.port),
                ],
            )
        })
        .collect();
    format!("<<-JSON\n  [\n{}\n  ]\n  JSON", objects.join(",\n"))
}

/// A list of objects, as a module or a template takes it.
fn as_list(containers: &[Container]) -> String {
    let mut text = "[\n".to_owned();
    for container in containers {
        let user = container.user.as_deref().unwrap_or("null");
        text += &fill(
            "    { name = \"@name@\", image = \"@image@\", memory = @memory@, user = @user@ },\n",
            &[
                ("name", &container.name),
                ("image", &container.image),
                ("memory", &container.memory),
                ("user", &user),
            ],
        );
    }
    text + "  ]"
}

fn task(name: &str, mode: &str, definitions: &str) -> String {
    fill(
        "resource \"aws_ecs_task_definition\" \"@name@\" {
  family                   = \"${var.environment}-@name@\"
  network_mode             = @mode@
  requires_compatibilities = [\"EC2\"]
  execution_role_arn       = aws_iam_role.role0.arn
  container_definitions    = @definitions@
  tags                     = local.tags
}

",
        &[
            ("name", &name),
            ("mode", &mode),
            ("definitions", &definitions),
        ],
    )
}

fn role(random: &mut Random, index: usize) -> String {
    let statements: Vec<String> = (0..random.within(3, 9))
        .map(|number| {
            fill(
                "      {
        \"Sid\": \"Statement@number@\",
        \"Effect\": \"Allow\",
        \"Action\": [
          \"s3:GetObject\",
          \"s3:PutObject\",
          \"sqs:SendMessage\"
        ],
        \"Resource\": \"arn:aws:s3:::${var.environment}-@word@-@bucket@/*\"
      }",
                &[
                    ("number", &number),
                    ("word", &random.word()),
                    ("bucket", &random.within(0, 1000)),
                ],
            )
        })
        .collect();
    fill(
        "resource \"aws_iam_role\" \"role@index@\" {
  name = \"${var.environment}-role@index@\"
  assume_role_policy = jsonencode({
    Version = \"2012-10-17\"
    Statement = [{
      Effect    = \"Allow\"
      Action    = \"sts:AssumeRole\"
      Principal = { Service = \"ecs-tasks.amazonaws.com\" }
    }]
  })
}

resource \"aws_iam_role_policy\" \"role@index@\" {
  name   = \"policy@index@\"
  role   = aws_iam_role.role@index@.id
  policy = <<-EOT
  {
    \"Version\": \"2012-10-17\",
    \"Statement\": [
@statements@
    ]
  }
  EOT
}

",
        &[("index", &index), ("statements", &statements.join(",\n"))],
    )
}

fn security_group(random: &mut Random, index: usize) -> String {
    let rules: String = (0..random.within(2, 9))
        .map(|number| {
            fill(
                "  ingress {
    description = \"rule @number@ for @word@\"
    from_port   = @port@
    to_port     = @port@
    protocol    = \"tcp\"
    cidr_blocks = [\"10.@network@.0.0/16\"]
  }
",
                &[
                    ("number", &number),
                    ("word", &random.word()),
                    ("port", &random.within(1, 10_000)),
                    ("network", &random.within(0, 256)),
                ],
            )
        })
        .collect();
    fill(
        "# Who may talk to @word@: ask the network team before you change this.
resource \"aws_security_group\" \"group@index@\" {
  name   = \"${var.environment}-group@index@\"
  vpc_id = var.vpc_id
@rules@  tags = merge(local.tags, { Name = \"group@index@\" })
}

",
        &[
            ("word", &random.word()),
            ("index", &index),
            ("rules", &rules),
        ],
    )
}

fn load_balancer(random: &mut Random, index: usize) -> String {
    fill(
        "resource \"aws_lb\" \"balancer@index@\" {
  name               = substr(\"${var.environment}-balancer@index@\", 0, 32)
  internal           = true
  load_balancer_type = \"application\"
  subnets            = var.subnets
  security_groups    = [aws_security_group.group@index@.id]
  tags               = local.tags
}

resource \"aws_lb_target_group\" \"target@index@\" {
  name     = substr(\"${var.environment}-target@index@\", 0, 32)
  port     = @port@
  protocol = \"HTTP\"
  vpc_id   = var.vpc_id

  health_check {
    path     = \"/@word@/health\"
    matcher  = \"200-299\"
    interval = @interval@
  }
}

",
        &[
            ("index", &index),
            ("port", &random.within(80, 9000)),
            ("word", &random.word()),
            ("interval", &random.within(5, 60)),
        ],
    )
}

fn alarm(random: &mut Random, index: usize) -> String {
    fill(
        "resource \"aws_cloudwatch_metric_alarm\" \"alarm@index@\" {
  alarm_name          = \"${var.environment}-alarm@index@\"
  alarm_description   = \"@word@ is busier than it should be at this time of the day\"
  comparison_operator = \"GreaterThanThreshold\"
  evaluation_periods  = @periods@
  metric_name         = \"CPUUtilization\"
  namespace           = \"AWS/ECS\"
  period              = 60
  statistic           = \"Average\"
  threshold           = @threshold@
  tags                = local.tags
}

",
        &[
            ("index", &index),
            ("word", &random.word()),
            ("periods", &random.within(1, 6)),
            ("threshold", &random.within(50, 100)),
        ],
    )
}

const PROVIDERS: &str = r#"terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}
"#;

const VARIABLES: &str = r#"variable "environment" {
  type    = string
  default = "development"
}

variable "vpc_id" {
  type    = string
  default = "vpc-0123456789abcdef0"
}

variable "subnets" {
  type    = list(string)
  default = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
}

"#;

/// The beginning of a block that is left open.
const LOCALS: &str = r#"locals {
  tags = {
    Environment = var.environment
    Owner       = "platform"
  }
"#;

const OUTPUTS: &str = r#"output "security_group" {
  value = aws_security_group.group0.id
}
"#;

const TEMPLATE: &str = r#"[
%{ for index, container in containers ~}
  {
    "name": "${container.name}",
    "image": "${container.image}",
    "memory": ${container.memory},
%{ if container.user != null ~}
    "user": "${container.user}",
%{ endif ~}
    "essential": ${index == 0}
  }%{ if index < length(containers) - 1 },%{ endif }
%{ endfor ~}
]
"#;

const TASK_MODULE: &str = r#"variable "name" {
  type = string
}

variable "network_mode" {
  type    = string
  default = "awsvpc"
}

variable "containers" {
  type = any
}

resource "aws_ecs_task_definition" "this" {
  family                = var.name
  network_mode          = var.network_mode
  container_definitions = jsonencode([for c in var.containers : merge({ essential = true }, c)])
}
"#;

const TASK_CALL: &str = r#"module "@name@" {
  source       = "../../modules/task"
  count        = @count@
  name         = "@name@-${count.index}"
  network_mode = @mode@
  containers   = @containers@
}

"#;

const SERVICE_MODULE: &str = r#"variable "name" {
  type = string
}

variable "environment" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "network_mode" {
  type    = string
  default = null
}

variable "user" {
  type    = string
  default = null
}

variable "sidecars" {
  type    = number
  default = 0
}

locals {
  tags     = { Name = var.name }
  main     = { name = var.name, image = "registry.example/${var.name}:1", memory = 256, user = var.user }
  sidecars = [{ name = "proxy", image = "registry.example/proxy:1", memory = 64, user = "1000" }]
}

resource "aws_ecs_task_definition" "this" {
  family                = var.name
  network_mode          = var.network_mode
  execution_role_arn    = aws_iam_role.role0.arn
  container_definitions = jsonencode(concat([local.main], var.sidecars > 0 ? local.sidecars : []))
}

"#;

const SERVICE_CALL: &str = r#"module "service@call@" {
  source       = "../../modules/service"
  name         = "service@call@"
  environment  = var.environment
  vpc_id       = var.vpc_id
  subnets      = var.subnets
  network_mode = @mode@
  user         = @user@
  sidecars     = @sidecars@
}

"#;
