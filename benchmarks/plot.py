"""The plot: bars of CPU in ratio to the floor, as SVG by hand."""

from collections.abc import Sequence

from benchmarks.measuring import WorkMeasurement

WIDTH, LEFT, ROW, GAP = 760, 215, 16, 14
COLOURS = {"floor": "#8a8f98", "ours": "#2563c4", "postgres": "#0f8a6d", "stock": "#c46a25"}
XMLNS = 'xmlns="http://www.w3.org/2000/svg"'
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def bars(rows: Sequence[WorkMeasurement]) -> str:
    """A bar for each variant at each kind of work, the kinds one below the other."""
    most = max(row.ratio for row in rows)
    scale = (WIDTH - LEFT - 70) / most
    parts: list[str] = []
    y = 34
    for at, row in enumerate(rows):
        if at and (row.work, row.concurrency) != (rows[at - 1].work, rows[at - 1].concurrency):
            y += GAP
        parts += _bar(row, y, scale)
        y += ROW
    head = _text(8, 18, "Server CPU a request, in ratio to the floor (less is better)")
    return "\n".join(
        [
            f'<svg {XMLNS} width="{WIDTH}" height="{y + 12}" role="img" {FONT}>',
            "<title>Server CPU a request, in ratio to the floor</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            head,
            *parts,
            "</svg>",
            "",
        ]
    )


def _bar(row: WorkMeasurement, y: int, scale: float) -> list[str]:
    width = max(1.0, row.ratio * scale)
    colour = COLOURS.get(row.variant, "#555555")
    label = f"{row.work}, {row.concurrency} at once: {row.variant}"
    return [
        _text(8, y + 11, label),
        f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="{ROW - 4}" fill="{colour}"/>',
        _text(LEFT + width + 6, y + 11, f"{row.ratio:.2f}"),
    ]


def _text(x: float, y: int, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="#1a1d21">{text}</text>'
