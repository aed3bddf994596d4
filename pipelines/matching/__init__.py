"""The second half: fingerprints in, confirmed pairs and clusters out."""
