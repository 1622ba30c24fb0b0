"""The people of a school: who comes in, who goes, who stands for whom, and children without an address of their own."""
