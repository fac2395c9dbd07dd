"""Where CodSpeed listens (spec: upload 2). Imports nothing, as every command imports this."""

DEFAULT_UPLOAD_URL = "https://api.codspeed.io/upload"
DEFAULT_API_URL = "https://gql.codspeed.io/"
