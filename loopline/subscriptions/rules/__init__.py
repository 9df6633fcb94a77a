"""Decisions about subscriptions."""
