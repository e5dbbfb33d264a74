"""Small line charts in a grid, as an SVG that is readable on light and on dark pages."""
from typing import NamedTuple

COLUMNS = 3
WIDTH, HEIGHT = 300, 190  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 48, 46, 44, 32  # what the axes and the title take of it

STYLE = """
  .page { fill: #fcfcfb } .title { fill: #1c1c1a; font-weight: 600 } .note { fill: #63625e }
  .grid { stroke: #e4e3df } .line { fill: none; stroke: #2a78d6; stroke-width: 2 } .dot { fill: #2a78d6 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #1a1a19 } .title { fill: #f2f1ed } .note { fill: #a9a8a2 } .grid { stroke: #3a3a37 }
    .line { stroke: #5aa0f2 } .dot { fill: #5aa0f2 }
  }
  text { font: 12px system-ui, sans-serif }
"""


class Panel(NamedTuple):
    title: str
    unit: str
    points: list  # (label of the size, value), at even distances: the sizes grow by a factor


def number(value):
    return '{:,.0f}'.format(value) if value >= 100 else '%.3g' % value


def ceiling(value):
    """The next round number, which the axis ends at."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


def text(x, y, words, kind='note', anchor='start'):
    return '<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>' % (kind, x, y, anchor, words)


def draw(panel, x, y):
    """A panel with its upper left corner at x, y."""
    top = ceiling(max(value for _, value in panel.points))
    left, right = x + LEFT, x + WIDTH - RIGHT
    ceiling_y, floor_y = y + TOP, y + HEIGHT - BOTTOM
    parts = [text(x + 12, y + 18, panel.title, 'title'), text(x + 12, y + 34, panel.unit)]
    for share in (0, 0.5, 1):
        at = floor_y - share * (floor_y - ceiling_y)
        parts.append('<path class="grid" d="M%.1f %.1fH%.1f"/>' % (left, at, right))
        parts.append(text(left - 6, at + 4, number(top * share), anchor='end'))
    step = (right - left) / (len(panel.points) - 1)
    places = [(left + i * step, floor_y - value / top * (floor_y - ceiling_y))
              for i, (_, value) in enumerate(panel.points)]
    parts.append('<path class="line" d="M%s"/>' % ' L'.join('%.1f %.1f' % place for place in places))
    for (px, py), (label, value) in zip(places, panel.points):
        parts.append('<circle class="dot" cx="%.1f" cy="%.1f" r="3.5"><title>%s: %s %s</title></circle>' % (
            px, py, label, number(value), panel.unit))
        parts.append(text(px, floor_y + 16, label, anchor='middle'))
    parts.append(text(places[-1][0] + 7, places[-1][1] + 4, number(panel.points[-1][1])))
    return parts


def picture(panels):
    rows = -(-len(panels) // COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT + 12
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" '
             'aria-label="Cost an element over size">' % (width, height, width, height), '<style>%s</style>' % STYLE,
             '<rect class="page" width="%d" height="%d"/>' % (width, height)]
    for i, panel in enumerate(panels):
        parts += draw(panel, i % COLUMNS * WIDTH, i // COLUMNS * HEIGHT + 6)
    return '\n'.join(parts + ['</svg>']) + '\n'
