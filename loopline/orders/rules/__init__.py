"""Decisions about orders, in plain Python."""
