"""Cards, the catalog, and what turns tensors into masks."""
