"""Commands for what people read of an audit, and what they answer."""
