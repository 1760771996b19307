"""Postal addresses and destinations: their forms by country, and whether they suffice."""
