"""The outside: everything that can fail for reasons not ours."""
