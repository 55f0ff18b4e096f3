c = "root"
d = "1000"
