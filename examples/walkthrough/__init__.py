"""The walkthrough: an exercise that many have done with the paid service, done with Heeler by itself."""
