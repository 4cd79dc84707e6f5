"""What happens by itself: reactions to events, timers, mail, the projector."""
