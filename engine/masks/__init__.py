"""Regions of pixels, maps of classes, and their encodings."""
