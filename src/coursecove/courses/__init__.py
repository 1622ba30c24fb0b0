"""Courses: their outline, the lessons' drafts and published versions, and the files in them."""
