"""Beam options by runner."""
