"""Gifts ordered with too little delivery information, and how the rest is obtained."""
