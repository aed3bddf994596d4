"""What is raised where an input can't be used."""


class InputError(ValueError):
    """An input that does not exist or can't be listed; the message names it and what to do."""
