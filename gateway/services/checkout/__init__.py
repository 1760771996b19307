"""Checkout: turning carts and clicks into orders, one order for each idempotency key."""
