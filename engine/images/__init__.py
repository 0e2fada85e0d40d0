"""Reading images by level and box, oriented as they are meant to be seen."""
