"""Several venues at once, for their network's operator: the only feature that crosses tenants."""
