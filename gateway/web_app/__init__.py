"""The web application: routes, health, metrics, and authentication."""
