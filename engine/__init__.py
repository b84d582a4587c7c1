"""Executes a Strawberry schema breadth first. Knows no commerce."""
