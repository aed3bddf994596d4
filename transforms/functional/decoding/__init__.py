"""What an image file is to the product: which formats are opened, what is hashed, what picture is fingerprinted."""
