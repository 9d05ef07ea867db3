"""Log archives: files of logs in a bucket, by filter, whatever the indexes keep."""
