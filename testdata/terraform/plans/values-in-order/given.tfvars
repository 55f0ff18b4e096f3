from_flag = "file"
from_file = "file"
users     = ["given", 0]
