"""What is decided about customers in plain Python: search tokens, masks and checks of documents."""
