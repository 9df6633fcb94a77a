"""Ways in which mail leaves the house."""
