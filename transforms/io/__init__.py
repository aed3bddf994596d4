"""Tables and numbered sequences: how stages read and write what is larger than memory."""
