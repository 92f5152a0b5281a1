"""Requests for space: asked from outside, quoted, held, accepted, and made into an event."""
