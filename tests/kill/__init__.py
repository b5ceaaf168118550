"""The process is killed wherever it can be; afterwards nothing is lost and nothing stands twice."""
