"""The accuracy report as the page shows it: in the page's letters and the theme that the reader chose.

The report is a file that anybody may have written, so it runs in a sandbox: no origin, no storage, no network. A sandbox
cannot load the page's fonts either, so they are written into it.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

FONTS = {
    "Source Serif": "source-serif-4-latin-wght-normal.woff2",
    "Source Sans": "source-sans-3-latin-wght-normal.woff2",
}
THEMES = frozenset({"light", "dark"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
        "frame-ancestors 'self'; sandbox allow-scripts"
    ),
    "x-frame-options": "SAMEORIGIN",
}


def dressed(report: str, fonts: Path, theme: str = "") -> str:
    """The report's HTML with the fonts from the folder `fonts`, light or dark as `theme` says, "" as the system is."""
    scheme = f":root {{ color-scheme: {theme}; }}" if theme in THEMES else ""
    return report.replace("</head>", f"<style>{_faces(fonts)}{scheme}</style></head>", 1)


@cache
def _faces(fonts: Path) -> str:
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: 200 900; '
        f"src: url(data:font/woff2;base64,{base64.b64encode((fonts / name).read_bytes()).decode()}); }}"
        for family, name in FONTS.items()
    )
