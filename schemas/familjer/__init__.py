"""One module for each group of benefit families."""
