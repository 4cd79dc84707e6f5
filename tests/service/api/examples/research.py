"""Position of a stakeholder."""

PLACED = {"power": 5, "interest": 2, "stance": -1, "desired_stance": 2}
