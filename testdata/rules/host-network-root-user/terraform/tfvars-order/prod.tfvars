# Not read unless it is asked for.
a = "root"
e = "1000"
