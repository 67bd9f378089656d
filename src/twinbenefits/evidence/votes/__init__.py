"""Votes of the workshops: the form to fill in, and the way of filled-in forms into the tables."""
