"""When the versions of LEFI come and go: the agency's rule, the dates that are known, and what follows for a day."""
