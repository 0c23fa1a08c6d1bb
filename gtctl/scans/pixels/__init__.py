"""Whose pixels are these: may an image be shown, and which parts of it not? Burned-in text, and faces."""
