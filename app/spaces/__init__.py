"""Sites, spaces, the units they are made of, and when they are open."""
