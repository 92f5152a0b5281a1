"""Machines and buildings kept in order: what is to be done again, its proof, the day on a sheet."""
