"""What is decided about money owed, in plain Python."""
