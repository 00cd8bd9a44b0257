"""What the site needs besides Sphinx, MyST and Furo."""
