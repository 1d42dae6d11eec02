"""The database, SQLite or PostgreSQL: the only package that knows how to speak with either."""
