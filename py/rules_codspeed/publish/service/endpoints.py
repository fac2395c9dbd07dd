"""Where CodSpeed listens (spec: upload 2). Imports nothing, as every command knows these."""

DEFAULT_UPLOAD_URL = "https://api.codspeed.io/upload"
DEFAULT_API_URL = "https://gql.codspeed.io/"
