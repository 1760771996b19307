"""Programs beside the gateway, to begin one's own with. They import nothing of it."""
