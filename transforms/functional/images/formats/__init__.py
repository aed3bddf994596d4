"""What is particular to single file formats, and which of them are opened at all."""
