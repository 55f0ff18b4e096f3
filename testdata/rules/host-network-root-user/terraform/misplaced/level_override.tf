locals {
  lvl = "warn" # expect: problem refused `lvl`
}
