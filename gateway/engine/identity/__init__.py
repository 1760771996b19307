"""Purchasers, the assurance about callers, and one-click offers."""
