"""The databases SQLite and Postgres: how to open and use them, and whether they are writable."""
