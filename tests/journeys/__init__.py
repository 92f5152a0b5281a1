"""A real browser on the whole product: web, worker, clock, mail, and a bank that is not one."""
