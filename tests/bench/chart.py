"""The chart: an SVG file with a block for each case, and in it a line for each server."""

import math
from xml.sax.saxutils import escape

from figures import Figures, medians
from report import Results, floor_of
from series import Bridge, Server

_LABEL, _COLUMN, _GAP, _LINE, _WIDTH = 250, 260, 40, 18, 1230
_GREY = "#8a8f98"
_COLOURS = {"Nginx": _GREY, "Bare": "#c9a227", "Bridge": "#2f6fb0"}
_LEAST_MS, _MOST_MS = 0.05, 5000.0  # of the latencies' axis, which is logarithmic
_DECADES_MS = (0.1, 1, 10, 100, 1000)


def _text(x: float, y: float, text: str, **attributes) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" fill="{colour}"/>'


def _left(column: int) -> float:
    return _LABEL + column * (_COLUMN + _GAP)


def _latency_x(ms: float) -> float:
    part = math.log(min(max(ms, _LEAST_MS), _MOST_MS) / _LEAST_MS) / math.log(_MOST_MS / _LEAST_MS)
    return _left(2) + part * (_COLUMN - 90)


def _bar(column: int, y: float, value: float, most: float, text: str, colour: str) -> list[str]:
    width = value / most * (_COLUMN - 90) if most else 0
    return [_rectangle(_left(column), y, width, _LINE - 5, colour),
            _text(_left(column) + width + 4, y + _LINE - 8, text)]


def _latency(y: float, figures: Figures, colour: str) -> list[str]:
    """From p50 to p99.9, with p99 as the dot between."""
    begin, dot, end = map(_latency_x, (figures.p50_ms, figures.p99_ms, figures.p999_ms))
    middle = y + _LINE / 2 - 2
    return [*(_rectangle(_latency_x(ms), y - 2, 0.5, _LINE, "#d5d8dc") for ms in _DECADES_MS),
            _rectangle(begin, middle - 1.5, end - begin, 3, colour),
            f'<circle cx="{dot:.1f}" cy="{middle:.1f}" r="4" fill="{colour}"/>',
            _text(_left(2) + _COLUMN - 80, y + _LINE - 8,
                  f"{figures.p50_ms:.2f} · {figures.p99_ms:.2f} · {figures.p999_ms:.2f}")]


def _line(y: float, server: Server, figures: dict[Server, Figures]) -> list[str]:
    own = figures[server]
    colour = _COLOURS[type(server).__name__]
    floor = floor_of(figures, server.partitions) if isinstance(server, Bridge) and server.real_kafka else None
    ratio = f"  ({own.server_us / floor.total_us:.2f} × floor)" if floor else ""
    most_us, most = (max(getattr(one, of) for one in figures.values()) for of in ("server_us", "per_second"))
    return [_text(_LABEL - 8, y + _LINE - 8, server.title, text_anchor="end"),
            *_bar(0, y, own.server_us, most_us, f"{own.server_us:.1f}{ratio}", colour),
            *_bar(1, y, own.per_second, most, f"{own.per_second:.0f}", colour),
            *_latency(y, own, colour)]


def chart(results: Results, title: str) -> str:
    """The text of the file."""
    parts, y = [_text(10, 24, title, font_size=15, font_weight="bold")], 48.0
    for column, head in enumerate(("CPU µs per event", "events/s", "latency in ms: p50 · p99 (dot) · p99.9")):
        parts.append(_text(_left(column), y, head, font_weight="bold"))
    parts += [_text(_latency_x(ms), y + 16, f"{ms:g}", text_anchor="middle", fill=_GREY) for ms in _DECADES_MS]
    for case, rounds in results.items():
        figures = {server: medians(own) for server, own in rounds.items() if own}
        if not figures:
            continue
        y += 30
        parts.append(_text(10, y, f"{case.series}: {case}", font_weight="bold"))
        y += 6
        for server in figures:
            parts += _line(y, server, figures)
            y += _LINE
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 20:.0f}" '
                      f'font-family="sans-serif" font-size="11">',
                      '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])
