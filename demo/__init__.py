"""The demo world: invented posts about migration, and a small local web site that serves them."""
