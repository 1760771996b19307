"""The rules: pure, synchronous, immutable; the standard library only."""
