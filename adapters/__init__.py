"""One folder for each version of LEFI that the gateway speaks; what several share stands beside them."""
