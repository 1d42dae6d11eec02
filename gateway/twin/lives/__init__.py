"""What can happen to an invented person, by group of families: every function gives a part of an answer."""
