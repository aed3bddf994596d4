"""`lookalike review`: the report's page over all clusters and pairs, served to a browser on this machine."""
