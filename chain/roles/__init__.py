"""The roles: the only place where numbers and chain meet. Each is a small class over one project."""
