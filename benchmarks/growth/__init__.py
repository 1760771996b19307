"""Growth: what the same work costs once there are many orders and products."""
