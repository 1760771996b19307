"""Use cases of gifts."""
