"""Acts on a finished audit by a plan that is made, reviewed, applied and, if wanted, undone."""
