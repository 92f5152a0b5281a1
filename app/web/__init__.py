"""The page shell: requests, rendering, errors. It knows no feature."""
