"""What the report shows of the tables: clusters, pairs, conflicts, each with its evidence."""
