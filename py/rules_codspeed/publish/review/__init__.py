"""What reviewers of a change see of a run: one comment, and the status of the commit."""
