"""Statistics of one metric or of a group of them: numpy in, numpy out, no I/O and nothing else of ours."""
