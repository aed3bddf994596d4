"""Limits for tests that are of residual bits alone."""


def bits_up_to(differ: int) -> tuple[int, ...]:
    """Any sketches agree where at most so many residual bits differ."""
    return (256,) * (differ + 1)
