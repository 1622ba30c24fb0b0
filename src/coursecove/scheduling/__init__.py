"""Where, what and when: places, kinds of appointment, who teaches them, and teachers' hours."""
