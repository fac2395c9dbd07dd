"""Generated code: dumps of just-in-time compilers."""
