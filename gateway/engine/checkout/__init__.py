"""Checkout: what stands in the way of a purchase, the draft order, and the outcomes."""
