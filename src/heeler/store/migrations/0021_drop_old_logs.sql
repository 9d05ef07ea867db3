-- A separate file: the data migration of the previous file is recorded by now and is not repeated.
DROP TABLE IF EXISTS logs
