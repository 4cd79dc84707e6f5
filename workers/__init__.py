"""What happens by itself: reactions to facts, timers, mail, the projector."""
