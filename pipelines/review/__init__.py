"""What people read of a run and what they answer: report, summary, verdicts."""
