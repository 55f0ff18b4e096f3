# A service module takes a map of definitions of containers as `any` and calls a module for each, as the well-known ones do.
module "service" {
  source = "./service"
  name   = "shop"

  container_definitions = {
    fluent-bit = {
      image                  = "fluent-bit:stable"
      user                   = "0"
      firelens_configuration = { type = "fluentbit" }
      memory_reservation     = 50
    }
    web = {
      image       = "shop:1"
      cpu         = 512
      port_mappings = [{ name = "web", containerPort = 8080, protocol = "tcp" }]
      environment = [{ name = "STAGE", value = "prod" }]
      log_configuration = {
        logDriver = "awsfirelens"
        options   = { Name = "firehose", "log-driver-buffer-limit" = "2097152" }
      }
      readonly_root_filesystem = false
      linux_parameters         = { capabilities = { add = [], drop = ["NET_RAW"] } }
    }
    off = { create = false, image = "off", user = "root" }
  }

  container_definition_defaults = { user = "1000" }
  volume                        = { scratch = {}, docker = { host_path = "/var/run/docker.sock" } }
}
