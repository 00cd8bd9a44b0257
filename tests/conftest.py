"""What all tests share: time is never asserted, and a failure found on one machine is found on all."""

from hypothesis import settings

settings.register_profile("weighhouse", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("weighhouse")
