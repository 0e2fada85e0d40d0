"""Figures that say how well masks agree."""
