"""What can be swapped, by capability: a port, a real adapter and an embedded one."""
