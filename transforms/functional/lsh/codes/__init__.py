"""Codes of images, by which they meet in bands: MinHash, hyperplanes, cross-polytopes, and how many bands it takes."""
