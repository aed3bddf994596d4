"""The version of this package: the one place where it is written. setup.py reads it as text, before anything is there
to be imported, and a test holds the deployment's files to it.
"""

VERSION = "0.11.0"
