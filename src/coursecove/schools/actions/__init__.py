"""What changes schools."""
