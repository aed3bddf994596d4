"""The stages, one file each; the mathematics lies in `lookalike.transforms.functional`."""
