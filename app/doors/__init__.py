"""The door of an event: who holds a ticket, who came in, which phone said so."""
