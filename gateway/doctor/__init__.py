"""`lefi doctor`: the agency's list of what a connection needs, and what the gateway itself needs, as checks."""
