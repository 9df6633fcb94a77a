"""When a report is due, and what makes a section a good one."""
