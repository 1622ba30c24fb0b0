"""Composition: the application, the URL map, the worker's map, the shell around every page."""
