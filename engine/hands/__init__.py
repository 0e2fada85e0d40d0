"""Many hands on one project: parts that are handed out and taken back, and how far they agree."""
