"""A stateful stand-in for Stripe, spoken to by the real SDK over real HTTP.

It promises what a venue's money depends on: one effect per idempotency key, isolation between
accounts, signed events in any order and number, declines, 3-D Secure, late SEPA answers. It is a
program of its own: it imports nothing else of the product, and the product never imports it.
"""
