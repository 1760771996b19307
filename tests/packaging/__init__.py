"""What is installed, and that it serves."""
