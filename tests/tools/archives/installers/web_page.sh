<!DOCTYPE html>
<html><body>Please log in to fetch codspeed-runner-x86_64-unknown-linux-musl.tar.gz.</body></html>
