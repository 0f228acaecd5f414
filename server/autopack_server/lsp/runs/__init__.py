"""Runs as the language server sees them: followed in the journal, driven by workers, told to the client."""
