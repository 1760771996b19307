"""The floor: bare ASGI handlers that do the same work by hand, without framework or GraphQL.

They read and write the same rows, compute the same figures and answer the same bytes, for the one
market, destination and selection that is measured, and for nothing else.
"""
