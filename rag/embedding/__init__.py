"""The embedder: where its files are, how it runs, and what one pass of it gives."""
