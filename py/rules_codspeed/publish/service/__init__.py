"""CodSpeed's services: uploads, GraphQL, results."""
