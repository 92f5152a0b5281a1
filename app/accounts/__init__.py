"""People who sign in, what they may do, and how we know it is them."""
