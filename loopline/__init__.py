"""Loopline, the open telecom CRM."""
