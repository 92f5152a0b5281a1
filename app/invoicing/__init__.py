"""Charges become documents: quotes, deposits, invoices, credit notes; issued ones never change."""
