"""Bulk import of product collections into HighLevel (LeadConnector)."""

__version__ = "0.1.0"
