"""Pictures that are drawn, and edits of pictures."""
