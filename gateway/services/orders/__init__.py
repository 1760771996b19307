"""Orders after their purchase: life cycle, access, updates, shipments and charges."""
