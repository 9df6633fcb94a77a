"""What decides about tickets, in plain Python: states, working time, service levels, who gets the next one."""
