"""The settings of the stages: the one place of keys, kinds, defaults and explanations; a module for each block."""
