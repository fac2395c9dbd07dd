"""Programs of Java: how they are started, and what JMH lists and prints."""
