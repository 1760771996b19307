"""Reading and writing engine values, one module a feature."""
