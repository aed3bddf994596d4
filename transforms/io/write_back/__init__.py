"""A finished audit in, its images without their copies out: in shards, tables and folders of the form they came in."""
