"""Two observations of one question held against each other, fact by fact: pure functions, no I/O, no clock."""
