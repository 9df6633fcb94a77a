"""What is decided about key accounts, in plain Python."""
