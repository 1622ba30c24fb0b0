"""What people see of the provider, on `id.<root>`."""
