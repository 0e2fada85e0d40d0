"""Sheets and layers that come and go: export, add model, train, command palette, settings."""
