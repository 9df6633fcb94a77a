"""Writes: definitions with their history, the watch over values, what follows from a breach."""
