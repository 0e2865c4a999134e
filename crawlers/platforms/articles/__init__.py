"""Article pages of outlets: which are read, and what is in them."""
