"""Who is asking, and what is kept for them: recognition, sign-in, addresses, one-click."""
