"""Study trips."""
