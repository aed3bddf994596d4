"""Commands that measure: what an audit finds, and how sure it should be."""
