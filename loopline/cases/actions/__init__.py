"""What can be done with tickets, and with the rules by which they are worked."""
