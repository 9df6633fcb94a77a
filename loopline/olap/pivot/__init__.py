"""What a pivot is on screen, on paper and in words, without requests: moves, tables, charts, files, sentences."""
