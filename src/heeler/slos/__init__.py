"""Service level objectives: definitions, corrections, error budgets and burn rates."""
