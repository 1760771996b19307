"""Stripe as the payment provider. Its package is imported here and nowhere else."""
