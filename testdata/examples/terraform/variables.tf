variable "debug" {
  description = "Whether the agent gets every right, to look into a host."
  type        = bool
}
