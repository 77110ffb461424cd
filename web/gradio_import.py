"""Gradio, imported as this program wants it: it asks for nothing outside this machine, and is there sooner."""

from __future__ import annotations

import inspect
import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

_getfile = inspect.getfile


def _unless_component(thing: Any) -> str:
    """The file of anything but Gradio's own classes.

    At every import Gradio parses the sources of all its components to write type stubs for them, 0.7 s of 1.8 s; a
    class whose file is not known is left alone.
    """
    if inspect.isclass(thing) and thing.__module__.startswith("gradio."):
        raise OSError(f"{thing} needs no stub")
    return _getfile(thing)


inspect.getfile = _unless_component  # type: ignore[assignment]  # its parameter has another name
try:
    import gradio as gr
    from gradio.events import api as endpoint
finally:
    inspect.getfile = _getfile

__all__ = ["endpoint", "gr"]
