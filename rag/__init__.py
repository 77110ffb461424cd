"""Questions answered from a folder of articles, with exact quotes."""
