"""What one picture is to another: evidence, measures, the learnt decision and the relations."""
