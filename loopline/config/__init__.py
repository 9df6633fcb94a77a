"""The house: settings, addresses, the installation, its processes and which adapter serves which port."""
