"""Fields of forms whose text means more than the text: amounts of money, and local times."""
