"""A small museum with QR codes beside its exhibits, watched by Heeler."""
