"""A model of provider, network and processes: histories of them are made up, and the rows must come out right."""
