"""How a consumer moves from one version to the next, and back by itself. No I/O."""
