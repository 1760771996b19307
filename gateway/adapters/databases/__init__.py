"""The two databases: opening them, SQLite and PostgreSQL, and whether they can be written."""
