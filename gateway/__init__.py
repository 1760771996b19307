"""A GraphQL commerce gateway."""
