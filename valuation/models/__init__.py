"""Small reference models with exact gradients, and the real data that they are trained and measured on."""
