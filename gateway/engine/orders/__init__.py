"""Orders: what was bought, how it is sent, and what comes back."""
