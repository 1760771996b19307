"""The simulated payment provider: charges, its pages, and its payment methods."""
