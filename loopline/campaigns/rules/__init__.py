"""What decides in a campaign, in plain Python: the draw, who is left out, and how the effect is measured."""
