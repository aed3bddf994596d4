"""What people read about a run and what they answer: the report, the summary and verdicts."""
