"""Arrays in, arrays out: no Beam, no files, no logging, no global random state."""
