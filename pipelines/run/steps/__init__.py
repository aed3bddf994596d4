"""What an audit does, step by step: `lookalike.pipelines.audit` has the order."""
