"""What does not work, from the tap of whoever saw it to what it cost."""
