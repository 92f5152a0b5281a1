"""What must be true is true, and what is false is found."""
