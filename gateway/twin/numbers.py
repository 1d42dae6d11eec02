"""Personal numbers that no living person has: Skatteverket's series for tests.

The birth numbers 980 to 999 (the last four digits are then 98xx or 99xx) are kept for tests and are never given to
anybody. A samordningsnummer of the series has 60 added to its day. Source: Skatteverket's published test numbers.
"""

from __future__ import annotations

FIRST, LAST = 980, 999
_SAMORDNING_DAY = 60
_DAY_AT = 6


def number(born: str, serial: int = FIRST, *, samordning: bool = False) -> str:
    """Twelve digits for a date of birth (YYYYMMDD) and a birth number of the test series."""
    if not FIRST <= serial <= LAST:
        msg = f"a birth number of the test series is {FIRST} to {LAST}"
        raise ValueError(msg)
    day = int(born[_DAY_AT:]) + (_SAMORDNING_DAY if samordning else 0)
    digits = f"{born[:_DAY_AT]}{day:02d}{serial}"
    return digits + _check_digit(digits[2:])


def born(personnummer: str) -> str:
    """The date of birth that a number of twelve digits says, as YYYY-MM-DD."""
    day = int(personnummer[6:8])
    return f"{personnummer[:4]}-{personnummer[4:6]}-{day % _SAMORDNING_DAY:02d}"


def _check_digit(nine: str) -> str:
    """The check digit of nine digits by the Luhn rule."""
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(nine))
    return str(-sum(each // 10 + each % 10 for each in doubled) % 10)
