"""The ground floor: what one step of the data flow owes the next. It imports nobody."""
