"""The web application: routes, health, metrics, and who is calling."""
