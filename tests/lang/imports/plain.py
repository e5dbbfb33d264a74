# part of a test
NAME = "plain python"
