"""Every touch of a disk or an object store."""
