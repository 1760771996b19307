"""Pricing: the tree of a purchase, the strategies that price it, and its figures."""
