"""Use cases of identity: recognition, sign-in, addresses, payment methods, one-click."""
