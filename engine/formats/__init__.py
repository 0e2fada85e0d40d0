"""Annotation files of other programs, read and written exactly."""
