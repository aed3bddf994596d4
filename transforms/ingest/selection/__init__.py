"""Which of the files that are listed are images."""
