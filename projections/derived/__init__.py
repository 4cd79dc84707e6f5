"""What is computed from the rows of other views, and holds no rows itself."""
