"""The demonstration shop, as data."""
