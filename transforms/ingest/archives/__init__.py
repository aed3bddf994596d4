"""Images inside of tar, zip and Parquet files."""
