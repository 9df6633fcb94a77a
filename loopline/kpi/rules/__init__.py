"""What decides: periods, judging a value, forecasting, weighing. Plain Python without ORM, clock or settings."""
