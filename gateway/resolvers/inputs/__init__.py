"""The inputs of operations, named by the resolvers that take them."""
