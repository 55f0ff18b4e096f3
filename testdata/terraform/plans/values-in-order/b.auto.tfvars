from_auto_b = "b"
