"""How fast and how large: this project and a plain tutorial pipeline, side by side. `python -m benchmarks --help`."""
