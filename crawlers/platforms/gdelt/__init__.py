"""Answers of GDELT's article list."""
