"""Decisions about stock: what a number is worth, which keys are sound, and which state follows which."""
