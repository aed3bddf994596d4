"""The life of a run's output: lock, manifest, commit, earlier runs."""
