"""The networks of the built-in spaces, layer by layer."""
