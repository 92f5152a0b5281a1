"""Read-only figures and checks over everything below."""
