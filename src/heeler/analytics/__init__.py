"""Statistical algorithms on one metric or on a group of series: numpy in, numpy out, no I/O, no other
package."""
