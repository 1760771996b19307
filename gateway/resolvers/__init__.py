"""How a field is reached: a few lines each."""
