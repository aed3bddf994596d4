"""Numbers as people read them."""


def counted(count: int, one: str, many: str = "") -> str:
    """Format a number of things: (1, 'image') -> '1 image', (1200, 'copy', 'copies') -> '1,200 copies'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def human_bytes(count: int) -> str:
    """Format a number of bytes: 12345678 -> '12.3 MB'."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 1000 or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
