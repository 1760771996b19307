"""The rulebook: all rules of a merchant, and what is wrong with them."""
