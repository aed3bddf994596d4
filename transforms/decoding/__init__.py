"""Sources in, decoded images out, in a process that may crash."""
