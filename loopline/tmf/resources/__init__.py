"""One file for each API: what its resources are, over the doors of the modules that own them."""
