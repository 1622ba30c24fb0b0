"""Events, functions and steps: work that survives a crash, on the embedded engine or on Inngest."""
