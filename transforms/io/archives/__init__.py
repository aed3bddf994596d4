"""The insides of tar, zip and Parquet files: what they hold, how it is named, and its bytes."""
