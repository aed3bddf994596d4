"""What kinds are drawn with: canvases, fields of noise, lettering, looks."""
