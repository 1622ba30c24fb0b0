"""Every page of the site, asked for by everybody, without a browser."""
