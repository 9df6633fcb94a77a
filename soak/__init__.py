"""What takes an hour: kills at seeded random moments, races, properties with large budgets."""
