"""Schools as their owners found, shape and close them: addresses, looks, policies, exports, joining."""
