"""What every stage knows: records, schemas, kinds of settings, partitions, words."""
