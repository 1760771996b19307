"""The use cases: fetch, decide, save."""
