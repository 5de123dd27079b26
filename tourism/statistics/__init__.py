"""Counts over the areas below, for the office."""
