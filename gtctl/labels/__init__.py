"""Labels brought back: the output manifest of a labeling job, read and exported."""
