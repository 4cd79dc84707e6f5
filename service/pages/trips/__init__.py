"""Pages about study trips: the ideas of a CoP, one trip, its dates, itinerary, bookings and costs."""
