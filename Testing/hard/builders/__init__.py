"""Small pieces that inputs are put together from."""
