"""The one door for people at a terminal."""
