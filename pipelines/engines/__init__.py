"""Where a pipeline runs: runners, workers, progress, metrics."""
