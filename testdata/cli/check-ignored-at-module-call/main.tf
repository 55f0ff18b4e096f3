# ecslint: ignore[privileged-container] the agents look into the host
module "agents" {
  source = "./agents"
}

module "others" {
  source = "./agents"
}
