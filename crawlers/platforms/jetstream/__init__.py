"""Bluesky's Jetstream: every public change of the network as JSON over a websocket; read by spiders/jetstream.py."""
