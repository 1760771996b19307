"""Repositories: reading and writing of engine values in tables, one module a feature."""
