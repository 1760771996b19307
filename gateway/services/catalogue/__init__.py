"""The catalogue: browsing it, and importing products."""
