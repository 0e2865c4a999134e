"""What every test may use."""

pytest_plugins = ["tests.peers.plugin"]
