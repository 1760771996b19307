"""A Stripe of the tests' own: an ASGI application in a process of its own, on loopback alone."""
