"""What happens, in order: the two halves, the whole job, and the command line."""
