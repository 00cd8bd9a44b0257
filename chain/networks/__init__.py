"""The ways to reach a chain: in this process, in a child process, or at an address."""
