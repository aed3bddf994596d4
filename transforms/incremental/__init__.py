"""What changed since an earlier audit in, what has to be done again out."""
