"""Double entry: every cent that moves, in lines that sum to zero, never edited."""
