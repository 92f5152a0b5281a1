"""What a desk sells besides time: coffee, prints, lockers, services."""
