"""The settings of the stages: the one place of keys, kinds, defaults and explanations; a module for each
step. `Config` in `pipelines/configuration/config.py` lists the blocks.
"""
