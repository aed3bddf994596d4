"""A finished audit back into a corpus: a Beam job in a new folder, which can be resumed."""
