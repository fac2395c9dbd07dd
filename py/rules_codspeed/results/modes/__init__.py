"""What differs between the modes when results are shown, compared or published: one file each."""
