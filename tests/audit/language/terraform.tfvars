from_file = ["p", "q"]
