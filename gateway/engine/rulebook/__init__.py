"""The rulebook: all rules of a merchant, and their linting."""
