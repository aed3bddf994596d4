"""Designs that are filled with other contents: pages, charts, cards, screens."""
