# Policies that are composed without an account: order, single elements, variables of the policy
# language, documents that are merged, and blocks that are made.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

data "aws_iam_policy_document" "a" {
  policy_id = "pid"
  statement {
    sid         = "One"
    actions     = ["s3:*", "ec2:a", "ec2:a", "s3:<>&"]
    resources   = ["arn:&{aws:username}", "b"]
    not_actions = []
    principals {
      type        = "AWS"
      identifiers = ["b", "a"]
    }
    principals {
      type        = "AWS"
      identifiers = ["z"]
    }
    principals {
      type        = "AWS"
      identifiers = ["q", "r"]
    }
    principals {
      type        = "Service"
      identifiers = ["ecs"]
    }
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:x"
      values   = ["b", "a", "&{x}"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:x"
      values   = ["c"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:y"
      values   = ["c"]
    }
    condition {
      test     = "Bool"
      variable = "aws:y"
      values   = [true]
    }
    condition {
      test     = "Null"
      variable = "aws:y"
      values   = []
    }
  }
  statement {
    effect  = "Deny"
    actions = ["a"]
    principals {
      type        = "*"
      identifiers = []
    }
  }
}
data "aws_iam_policy_document" "empty" {
}
data "aws_iam_policy_document" "nulls" {
  version = null
  statement {
    sid       = null
    effect    = null
    actions   = null
    resources = [""]
    principals {
      type        = "AWS"
      identifiers = ["b", "", "a"]
    }
    principals {
      type        = "AWS"
      identifiers = ["b", "x"]
    }
    condition {
      test     = "a"
      variable = "b"
      values   = ["", "a"]
    }
  }
}
data "aws_iam_policy_document" "src" {
  source_policy_documents = [data.aws_iam_policy_document.a.json, jsonencode({ Version = "2008-10-17", Id = "other", Statement = [{ Effect = "Allow", Principal = { Service = ["a", "c"], AWS = "x", Federated = ["m"] }, Action = ["b", "a"], Resource = "*", Condition = { A = { x = "a", y = ["b"], z = true, w = ["u", "v"] } } }] })]
  statement {
    sid       = "One"
    actions   = ["x:y"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "over" {
  source_policy_documents   = [data.aws_iam_policy_document.a.json]
  override_policy_documents = [data.aws_iam_policy_document.src.json, jsonencode({}), jsonencode({ Statement = [{ Sid = "Q", Principal = "foo" }] })]
}
data "aws_iam_policy_document" "old" {
  version = "2008-10-17"
  statement {
    actions = ["&{a}"]
  }
}

variable "buckets" {
  type    = map(list(string))
  default = { logs = ["b", "a"], data = ["c"] }
}

data "aws_iam_policy_document" "made" {
  dynamic "statement" {
    for_each = var.buckets
    content {
      sid       = title(statement.key)
      actions   = ["s3:GetObject"]
      resources = [for name in statement.value : "arn:aws:s3:::${name}/*"]
      dynamic "condition" {
        for_each = length(statement.value) > 1 ? [1] : []
        content {
          test     = "Bool"
          variable = "aws:SecureTransport"
          values   = ["true"]
        }
      }
    }
  }
}

resource "aws_ecs_task_definition" "this" {
  family       = "policies"
  network_mode = jsondecode(data.aws_iam_policy_document.a.json).Statement[0].Effect == "Allow" ? "host" : "awsvpc"
  container_definitions = jsonencode([{
    name  = "app"
    image = "app"
    user  = data.aws_iam_policy_document.empty.minified_json == "{\"Version\":\"2012-10-17\"}" ? "0" : "1"
    environment = [
      for name, document in {
        a     = data.aws_iam_policy_document.a
        empty = data.aws_iam_policy_document.empty
        made  = data.aws_iam_policy_document.made
        nulls = data.aws_iam_policy_document.nulls
        old   = data.aws_iam_policy_document.old
        over  = data.aws_iam_policy_document.over
        src   = data.aws_iam_policy_document.src
      } : { name = "${name}-${document.id}-${document.version}", value = "${document.json}${document.minified_json}" }
    ]
  }])
}
