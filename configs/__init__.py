"""The YAML files that ship: default.yaml says what to compute, runners/ where."""
