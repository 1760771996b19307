"""Areas: sets of destinations, their notation, and which hold or overlap which."""
