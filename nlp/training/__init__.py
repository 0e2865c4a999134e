"""Making and judging models. Nothing here runs in the service."""
