"""Takes profiles that CodSpeed's runner measured into a suite's command."""
