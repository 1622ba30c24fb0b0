"""What is read about schools, their domains, exports and visitors."""
