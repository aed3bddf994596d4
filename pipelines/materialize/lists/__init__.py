"""Lists of what stays and what goes, as people and other programs read them."""
