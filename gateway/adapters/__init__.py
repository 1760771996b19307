"""Adapters: implementations of the services' ports, such as databases and providers."""
