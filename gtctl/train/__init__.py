"""Training on labels brought home: a training job on the augmented manifest, launched exactly once."""
