"""The data of the demonstration shop."""
