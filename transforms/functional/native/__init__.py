"""Kernels in C: what many small steps of NumPy would spend their time between."""
