"""Checkout: from a cart or a click to an order, once for each idempotency key."""
