"""Decisions about money at a counter, in plain Python."""
