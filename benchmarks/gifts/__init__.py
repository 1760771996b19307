"""Gifts: what their acceptance, their steps, their sleep and their followers cost."""
