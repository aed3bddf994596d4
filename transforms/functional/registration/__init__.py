"""Two pictures laid onto one another, and how far they then agree."""
