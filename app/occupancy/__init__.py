"""Units and what takes them: the only writer of the occupancy table."""
