"""Articles -> passages: files read, their structure found, and cut along it."""
