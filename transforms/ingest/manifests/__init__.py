"""Files that name images: their rows, and what these name."""
