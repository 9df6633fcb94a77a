"""What is done about key accounts and groups."""
