"""The resolvers of the schema's fields."""
