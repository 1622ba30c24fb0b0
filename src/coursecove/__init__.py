"""CourseCove: a learning platform that a music school, a yoga studio or a tutoring centre can run its days on."""
