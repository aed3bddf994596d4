"""Copies and look-alikes of every kind, made of any pictures with parameters by chance.

The decision learns from them and, with other pictures, is measured on them.
"""
