"""What runs in the guest of the trial: the project's tests, and measurements by its drivers."""
