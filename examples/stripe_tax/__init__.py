"""A merchant's calculator whose taxes Stripe Tax computes, and books.

See docs/calculator-stripe-tax.md; start it with ``python -m examples.stripe_tax``.
"""
