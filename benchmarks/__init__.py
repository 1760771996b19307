"""Measurements: not part of the gateway, nor of its tests."""
