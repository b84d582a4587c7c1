"""Importers: products, content and people from elsewhere, with a report of what could not be taken as it was."""
