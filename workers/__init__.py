"""Background processes: the projector, reactions to events, jobs, timers and mail."""
