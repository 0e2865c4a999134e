"""A command for each figure in docs/benchmarks.md."""
