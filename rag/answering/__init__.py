"""Question -> answer: understood, searched for, ranked, settled or not, and quoted."""
