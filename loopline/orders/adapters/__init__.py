"""What serves the port to billing and provisioning."""
