"""The catalogue: products and variants, and the product files they are imported from."""
