"""The dashboard: a project as pages, read-only, for one person on one machine or as a static copy."""
