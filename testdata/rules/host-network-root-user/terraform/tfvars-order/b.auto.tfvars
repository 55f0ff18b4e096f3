c = "1000"
d = "root" # expect: fail host-network-root-user `"root"`
