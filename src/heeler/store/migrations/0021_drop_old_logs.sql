-- A file of its own: the carrying over of the file before is recorded by now and is not repeated.
DROP TABLE IF EXISTS logs
