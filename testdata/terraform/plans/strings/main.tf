# String functions on users and images.
variable "image" {
  default = "  Registry.Example.com/Shop/App:V1  "
}

locals {
  image = lower(trimspace(var.image))
  parts = regex("^(?P<registry>[^/]+)/(?P<path>[^:]+):(?P<tag>.+)$", local.image)
  uid   = split(":", "0:1000")
}

resource "aws_ecs_task_definition" "this" {
  family       = substr(replace(local.parts.path, "/", "-"), 0, -1)
  network_mode = trimsuffix(trimprefix("the-host-mode", "the-"), "-mode")
  container_definitions = jsonencode([
    { name = title("app"), image = local.image, user = element(local.uid, 0) },
    { name = "joined", image = join(":", [local.parts["registry"], local.parts.tag]), user = join(":", local.uid) },
    { name = "regexall", image = "i", command = regexall("[a-z]+", "a1b2"), user = one(regexall("^[0-9]+", "1000:0")) },
    { name = "padded", image = format("%-5s|%5s", "ab", "cd"), user = strcontains("rootless", "root") ? "root" : "other" },
    { name = "cased", image = "i", command = [upper("a"), strrev("abc"), trim("--x--", "-"), indent(2, "a\nb"), chomp("x\n\n"), startswith("abc", "ab") ? "y" : "n", endswith("abc", "ab") ? "y" : "n"] },
    { name = "encoded", image = base64encode("x"), user = base64decode("MA=="), command = [urlencode("a b&c"), sha256("x"), md5("x"), textdecodebase64(textencodebase64("x", "UTF-16LE"), "UTF-16LE")] },
    { name = "network", image = cidrhost("10.0.0.0/8", 5), command = concat([cidrsubnet("10.0.0.0/8", 8, 2), cidrnetmask("10.0.0.0/12")], cidrsubnets("10.1.0.0/16", 4, 8)) },
    { name = "time", image = formatdate("YYYY-MM-DD", "2024-02-29T01:02:03Z"), command = [timeadd("2024-02-29T00:00:00Z", "24h"), tostring(timecmp("2024-01-01T00:00:00Z", "2023-01-01T00:00:00Z"))] },
    { name = "quote", image = "i", command = ["a \"b\" \\ \t ${"in${"ner"}"}", "$${x} %%{y} $x %y", "\u00e9\U0001F600"] },
  ])
}
