"""A corpus of kinds: copies made by families of edits, and look-alikes of families of templates, with the truth.

Nothing in the product was chosen on it. It says which kinds of copies are found and which kinds of look-alikes are
merged, family by family, where a single figure would hide them.
"""
