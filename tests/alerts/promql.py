"""What PromQL asks for."""

import re

# PromQL's own words that our expressions use without a parenthesis after them.
WORDS = {"and", "or", "unless", "on", "by", "sum", "offset"}


def selectors(expression: str) -> set[str]:
    """Each `metric{…}` in an expression; fails at a metric that has no braces, since that is not limited to the release."""
    found = set(re.findall(r"\w+\{[^}]*\}", expression))
    rest = re.sub(r"\w+\{[^}]*\}(\[\w+\])?|\b(by|on|ignoring) \([^)]*\)|\boffset \w+", " ", expression)
    names = set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", rest)) - WORDS
    assert not names, f"{names} without a selector in {expression}"
    return found
