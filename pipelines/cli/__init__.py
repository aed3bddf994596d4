"""The command line, one file a command (`fingerprint`, the first half of an audit, is in `audit.py`)."""
