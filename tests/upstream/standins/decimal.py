"""No decimal numbers; the one test of test_context needs them."""
