"""Pictures of one make, each kept in several ways."""
