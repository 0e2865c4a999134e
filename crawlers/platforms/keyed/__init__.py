"""What platforms with a key of the operator's share: calls, budgets, keys kept out of what is written."""
