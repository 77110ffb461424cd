"""Chat models: which there are, what they are asked, and what of their words the articles bear out."""
