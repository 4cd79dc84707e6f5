"""Search in what a caller may see. Texts are opened in memory for one request; there is no index of them."""
