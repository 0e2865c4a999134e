"""Real servers for the tests: one file a peer, each on the loopback interface and ended by who started it."""
