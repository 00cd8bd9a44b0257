"""The default estimator: Gaussian processes on the odd part of a game. Its door is `estimator`."""
