"""Readers that turn GraphQL inputs into engine values, collecting every error."""
