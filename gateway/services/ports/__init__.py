"""Ports: the protocols of everything that the use cases need from outside."""
