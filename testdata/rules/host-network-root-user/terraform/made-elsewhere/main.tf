# Task definitions that resources of other types make are not read, which is told.
resource "awscc_ecs_task_definition" "app" { # expect: problem unreadable `"awscc_ecs_task_definition"`
  family                = "app"
  network_mode          = "host"
  container_definitions = [{ name = "a", image = "app:1", user = "0" }]
}

resource "aws_cloudformation_stack" "app" { # expect: problem unreadable `"aws_cloudformation_stack"`
  name = "app"
  template_body = jsonencode({
    Resources = {
      Task = {
        Type       = "AWS::ECS::TaskDefinition"
        Properties = { NetworkMode = "host", ContainerDefinitions = [{ Name = "a", Image = "app:1", User = "0" }] }
      }
    }
  })
}

resource "aws_cloudformation_stack" "queue" {
  name          = "queue"
  template_body = jsonencode({ Resources = { Queue = { Type = "AWS::SQS::Queue" } } })
}
