"""Who may ask: how a consumer proves who it is, what it may ask for and state, and what of an answer it is shown."""
