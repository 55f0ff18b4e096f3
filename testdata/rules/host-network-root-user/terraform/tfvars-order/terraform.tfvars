a = "1000"
b = "root"
c = "root"
d = "1000"
