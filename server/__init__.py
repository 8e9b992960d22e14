"""The web server of the playground: FastAPI, one training session for each open tab."""
