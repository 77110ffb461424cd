"""Whether a piece of an article settles what is asked: a small model that reads both at once."""
