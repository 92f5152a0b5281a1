"""A tenant sees only itself, whatever the code forgets."""
