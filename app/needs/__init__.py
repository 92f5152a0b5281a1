"""What events need besides space: shared things, people, suppliers; what is short, and when."""
