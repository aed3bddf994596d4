"""The fingerprints table in, groups of images that are to be compared out."""
