"""The pages of founding, shaping and closing a school."""
