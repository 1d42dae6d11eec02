"""The canonical vocabulary: what is known about a person's benefits, said once for every version of LEFI."""
