"""Edits that move, cut or surround a picture."""
