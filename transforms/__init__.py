"""The stages, one file each; the mathematics lies in `transforms.functional`."""
