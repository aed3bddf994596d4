"""The configuration, and the stages that are built from it."""
