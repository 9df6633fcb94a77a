"""What decides in the catalogue, in plain Python: life cycle, options, prices, who may buy, what fits together."""
