"""Files that hold their picture as a file of another format: camera raws by their preview, and JPEG XL."""
