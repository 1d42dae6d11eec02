"""The invented persons before their dice are thrown: who they are and what has happened to them."""
